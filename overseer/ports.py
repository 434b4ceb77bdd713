"""What the engine needs from the world: the seam that tests fill with make-believe.

No port returns news. What happens is put into the inbox, as an event.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from overseer.model.action import Cancel, Follow, Hook, Look, Signal, Spawn, Sweep
from overseer.model.event import Event
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch

Inbox = Callable[[str, Event], None]
"""Takes (watch name, event) from any thread."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds of CLOCK_BOOTTIME: for every duration, never for people."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch: for people, never for a duration."""
        ...


class Processes(Protocol):
    """Births, signals and deaths. The end of every followed process arrives as Exited, once."""

    def spawn(self, watch: Watch, action: Spawn) -> None: ...

    def cancel(self, watch: Watch, action: Cancel) -> None: ...

    def look(self, watch: Watch, action: Look) -> None: ...

    def follow(self, watch: Watch, action: Follow) -> None: ...

    def signal(self, watch: Watch, action: Signal) -> None: ...

    def sweep(self, watch: Watch, action: Sweep) -> None: ...

    def hook(self, watch: Watch, action: Hook) -> None: ...

    def forget(self, name: str) -> None:
        """The watch is gone: stop following whatever was its own."""
        ...


class Timers(Protocol):
    def set(self, name: str, dues: Mapping[str, float]) -> None:
        """TimerRang(timer, due) for each; timers set before for *name* are forgotten."""
        ...


class Rounds(Protocol):
    def arrange(self, watch: Watch, status: Status) -> None:
        """Poll the conditions that hold in this state, each in its rhythm, and no others."""
        ...

    def forget(self, name: str) -> None: ...


class Judged(NamedTuple):
    """What news comes to, beside its line in the history."""

    drafts: Sequence[object] = ()  # for people, to be written with the change they tell of
    silenced: str = ""  # why nobody is to get them; "" for somebody does
    incident: str = ""  # that it belongs to
    log: str = ""  # whose last lines are to be kept with it, in the secretary's words
    evidence: str = ""  # by which they are found then


class Store(Protocol):
    def record(
        self,
        changed: Mapping[str, Status],
        news: Iterable[tuple[Watch, Status, News]],
        durable: bool,
    ) -> None:
        """Write all of it in one transaction: statuses, history, and the alerts that the news
        calls for. *durable*: also against loss of power. Never raises: if the disk will not
        take it, it is kept in memory, tried again, and said."""
        ...

    def forget(self, name: str) -> None: ...


class World(Protocol):
    """The ports, filled."""

    @property
    def clock(self) -> Clock: ...
    @property
    def processes(self) -> Processes: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def store(self) -> Store: ...
