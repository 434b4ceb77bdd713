"""Instances of one definition that their checks restart: one after another, never all at once.

The engine's, on its thread. A check that is met again and again is put off until it is asked the
next time; what happens once, as a touched file, is kept until it is the instance's turn.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from overseer.conditions.base import Condition
from overseer.conditions.complex import Complex
from overseer.core.graph import row_of
from overseer.model.event import Answered, Event
from overseer.model.state import RESTART, Goal, Hold, Life
from overseer.model.status import Status
from overseer.model.watch import Watch

LONGEST = 300.0
"""Seconds for which the others wait for one that does not come up again."""


class UnderWay(NamedTuple):
    name: str
    since: float


class OneByOne:
    def __init__(self, statuses: Mapping[str, Status]) -> None:
        self._statuses = statuses
        self._under_way: dict[str, UnderWay] = {}  # by definition
        self._put_off: dict[str, dict[str, Answered]] = {}  # likewise, by name

    def puts_off(self, watch: Watch, event: Event, now: float) -> bool:
        """True where this answer would restart a second instance."""
        if not watch.copy_of or watch.restart_together or not isinstance(event, Answered):
            return False
        row = row_of(watch, event)
        if row is None or (row.to if event.met else row.otherwise) != RESTART:
            return False
        other = self._under_way.get(watch.copy_of)
        if other is None or other.name == watch.name or not self._is_busy(other, now):
            return False
        if happens_once(row.when):
            self._put_off.setdefault(watch.copy_of, {})[watch.name] = event
        return True

    def hear(self, watch: Watch, before: Status, now: float) -> Iterator[tuple[str, Event]]:
        """After each event: whose turn it is, with the answer that was put off."""
        if not watch.copy_of:
            return
        after = self._statuses[watch.name]
        if after.state == RESTART and after.entry != before.entry and after.life is not Life.ALIVE:
            self._under_way[watch.copy_of] = UnderWay(watch.name, now)
        waiting = self._put_off.get(watch.copy_of)
        other = self._under_way.get(watch.copy_of)
        if other is None or self._is_busy(other, now):
            return
        del self._under_way[watch.copy_of]
        if waiting:
            yield from waiting.items()
            waiting.clear()

    def _is_busy(self, other: UnderWay, now: float) -> bool:
        status = self._statuses.get(other.name)
        if status is None or now >= other.since + LONGEST:
            return False
        wanted = status.goal is Goal.UP and status.hold is Hold.NONE
        return wanted and status.life is not Life.ALIVE and not status.finished


def happens_once(condition: Condition) -> bool:
    if isinstance(condition, Complex):
        return any(happens_once(part.condition) for part in condition.parts)
    return condition.sudden
