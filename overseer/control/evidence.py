"""The samples behind the last thing a check has caused, for those who ask why."""

from overseer.control.moments import told
from overseer.control.protocol import Answer
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock


class Evidence:
    """Kept in memory only, for as long as the daemon lives; the history has the words."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, Answer] = {}

    def hear(self, name: str, _: Watch, __: Status, news: tuple[News, ...]) -> None:
        """On the engine's thread."""
        for one in news:
            if one.samples:
                self._last[name] = {
                    "at": told(self._clock.wall()),
                    "kind": one.kind,
                    "message": one.message,
                    "samples": list(one.samples),
                }

    def of(self, name: str) -> Answer | None:
        return self._last.get(name)
