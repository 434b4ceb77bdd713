"""Make-believe time, timers, rounds and disk."""

from collections.abc import Iterable, Mapping

from overseer.model.event import (
    Timer,
)
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch

BOOT = "boot-one"
DAYBREAK = 1_000.0
"""Seconds since boot at which every story begins."""


class FakeClock:
    """Time that passes only when a story says so."""

    def __init__(self, now: float = DAYBREAK) -> None:
        self.time = now
        self.set_by = 0.0  # seconds by which somebody has set the wall clock

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return 1_700_000_000.0 + self.time + self.set_by


class FakeTimers:
    def __init__(self) -> None:
        self.dues: dict[str, Mapping[str, float]] = {}

    def set(self, name: str, dues: Mapping[str, float]) -> None:
        self.dues[name] = dict(dues)

    def next(self) -> tuple[float, str, Timer] | None:
        """The earliest timer of all."""
        every = [
            (due, name, Timer(timer))
            for name, dues in self.dues.items()
            for timer, due in dues.items()
        ]
        return min(every, default=None)

    def take(self, name: str, timer: Timer) -> None:
        self.dues[name] = {key: due for key, due in self.dues[name].items() if key != timer}


class FakeRounds:
    """No polling: a story gives the answers itself."""

    def __init__(self) -> None:
        self.arranged: dict[str, Status] = {}

    def arrange(self, watch: Watch, status: Status) -> None:
        self.arranged[watch.name] = status

    def forget(self, name: str) -> None:
        self.arranged.pop(name, None)


class FakeStore:
    """Remembers what was recorded: `disk` is what the next daemon finds."""

    def __init__(self) -> None:
        self.disk: dict[str, Status] = {}
        self.news: list[tuple[str, News]] = []
        self.durable = 0

    def record(
        self,
        changed: Mapping[str, Status],
        news: Iterable[tuple[Watch, Status, News]],
        durable: bool,
    ) -> None:
        self.disk.update(changed)
        self.news.extend((watch.name, item) for watch, _, item in news)
        self.durable += durable

    def forget(self, name: str) -> None:
        self.disk.pop(name, None)
