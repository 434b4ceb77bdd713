"""What the store remembers for the desk: what has been, and what operators have asked for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from overseer.model.copies import Scale
from overseer.model.order_queue import OrderQueue


class Entry(Protocol):
    """One line of the history; *at* in seconds since the epoch."""

    @property
    def at(self) -> float: ...
    @property
    def watch(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def incident(self) -> str:
        """That it belongs to."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What shows it: `exit`, `ran_for_s`, `samples`, `next`, `lines` of the log and about
        them `lines_at`, `log`, `error_line`, `note`."""
        ...


class Story(Protocol):
    """An incident; *began* and *latest* in seconds since the epoch."""

    @property
    def incident(self) -> str: ...
    @property
    def watch(self) -> str: ...
    @property
    def began(self) -> float: ...
    @property
    def latest(self) -> float: ...
    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    @property
    def entries(self) -> int: ...
    @property
    def error_line(self) -> str:
        """Of the last log that was kept with it."""
        ...


class RunEntry(Protocol):
    """A run that is over, or was not begun. *at*, its end, and *moment*, the calendar's, in
    seconds since the epoch; *output*: None until it has been read."""

    @property
    def at(self) -> float: ...
    @property
    def moment(self) -> float | None: ...
    @property
    def by(self) -> str: ...
    @property
    def result(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def code(self) -> int | None: ...
    @property
    def signal(self) -> int | None: ...
    @property
    def ran_for(self) -> float | None: ...
    @property
    def output(self) -> str | None: ...


class Chronicle(Protocol):
    """What the store remembers for the desk. Called from any thread."""

    def history(
        self, names: Sequence[str], since: float | None, limit: int, incident: str = ""
    ) -> Sequence[Entry]:
        """The last *limit* lines of these watches (none named: all), the oldest first."""
        ...

    def last_evidence(self, name: str) -> Entry | None:
        """The last line about the watch with which the end of its log is kept."""
        ...

    def incidents(
        self, names: Sequence[str], since: float | None, limit: int
    ) -> Sequence[Story]: ...

    def runs(self, name: str, limit: int) -> Sequence[RunEntry]:
        """The last *limit* runs of a watch that are over, or were not begun; oldest first."""
        ...

    def note(self, name: str, kind: str, message: str, by: str) -> None:
        """A line of the history that is no watch's alone."""
        ...


class Wishes(Protocol):
    """What operators have asked for that stands in no watch file. Called from any thread."""

    def loaded(self) -> Sequence[str]:
        """The watch files given to `load`, and not to `run`."""
        ...

    def remember_loaded(self, files: Sequence[str]) -> None: ...
    def variables(self) -> Mapping[str, Mapping[str, str]]:
        """What was given by `--var`, by watch file."""
        ...

    def remember_variables(self, variables: Mapping[str, Mapping[str, str]]) -> None: ...
    def allowed(self) -> Sequence[str]:
        """The paths given by `--allow-untrusted`."""
        ...

    def remember_allowed(self, paths: Sequence[str]) -> None: ...
    def removed(self) -> Mapping[str, str]:
        """The watches that operators have removed, with the file of each."""
        ...

    def remember_removed(self, files: Mapping[str, str]) -> None: ...

    def scales(self) -> Mapping[str, Scale]:
        """How many copies operators want, by the name of the definition."""
        ...

    def remember_scales(self, scales: Iterable[Scale]) -> None: ...

    def order_queues(self) -> Sequence[OrderQueue]:
        """Orders that wait for their turn."""
        ...

    def remember_order_queues(self, queues: Sequence[OrderQueue]) -> None: ...
