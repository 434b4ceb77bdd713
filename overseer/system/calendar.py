"""What happens by the wall clock: `restart_at` and `schedule`.

No thread of its own: the loop asks `turn` when something is due, and at least twice a minute, to
see whether the clock was stepped. What has been answered stands in the status of the watch, on
disk with what came of it: no moment is lost or doubled, whatever becomes of clock and daemon.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from overseer.model.event import Planned, Scheduled
from overseer.model.schedule import CORRECTION, Schedule
from overseer.model.status import Status
from overseer.ports import Clock, Inbox
from overseer.system.moments import Moment, Moments, delay

log = logging.getLogger("overseer")

STEP = 2.0
"""Seconds by which wall clock and monotonic clock may drift apart between two looks."""
LOOK_EVERY = 30.0
NOT_YET = 1.0
"""Seconds until the engine knows a watch that was just read."""
Known = Callable[[str], Status | None]


@dataclass(slots=True)
class Line:
    """One watch's. *last* and *coming* are seconds since the epoch for what goes by the calendar,
    and of CLOCK_BOOTTIME for what comes *every* so often."""

    schedules: tuple[Schedule, ...]
    text: str
    moments: Moments | None
    every: float | None = None
    last: float | None = None
    coming: Moment | None = None


class Calendar:
    """*known* gives the status of a watch, *ring* takes what is due for the engine."""

    def __init__(self, clock: Clock, known: Known, ring: Inbox, host: str = "") -> None:
        self._clock = clock
        self._known = known
        self._ring = ring
        self._host = host
        self._lines: dict[str, Line] = {}
        self._lock = threading.Lock()
        self._offset = clock.wall() - clock.now()
        self._due = 0.0

    def plan(self, wanted: dict[str, Sequence[Schedule]]) -> None:
        """These schedules, by watch, instead of those before; from any thread."""
        with self._lock:
            lines = {name: self._line(name, tuple(those)) for name, those in wanted.items()}
            self._lines = {name: line for name, line in lines.items() if line.schedules}
            self._due = 0.0

    def _line(self, name: str, schedules: tuple[Schedule, ...]) -> Line:
        known = self._lines.get(name)
        if known and known.schedules == schedules:
            return known
        text = "; ".join(map(str, schedules))
        every = next((one.every for one in schedules if one.every), None)
        moments = Moments(schedules, f"{self._host} {name}") if every is None else None
        return Line(schedules, text, moments, every)

    def next_of(self, name: str) -> float | None:
        """When it rings next, seconds since the epoch; from any thread."""
        line = self._lines.get(name)
        coming = line.coming if line else None
        if line is None or coming is None:
            return None
        ahead = self._clock.wall() - self._clock.now() if line.every else 0.0
        return coming.rings + ahead

    def turn(self, now: float) -> float:
        """Ring what is due at *now*, CLOCK_BOOTTIME; when to be asked again."""
        if now < self._due or not self._lines:
            return self._due if self._lines else float("inf")
        with self._lock:
            wall = self._clock.wall()
            self._mind_the_clock(wall - now)
            dues = [self._look(*line, now, wall) for line in self._lines.items()]
            self._due = min((*dues, now + LOOK_EVERY))
            return self._due

    def _mind_the_clock(self, offset: float) -> None:
        """After a step the moments of all lines are found anew, from what has been answered."""
        if abs(offset - self._offset) > STEP:
            log.warning("the clock was stepped by %.0f s", offset - self._offset)
            for line in self._lines.values():
                if not line.every:
                    line.coming = None
        self._offset = offset

    def _look(self, name: str, line: Line, now: float, wall: float) -> float:
        """When it is due; what is due is rung."""
        clock = now if line.every else wall
        if line.coming is None:
            status = self._known(name)
            if status is None or not status.boot:
                return now + NOT_YET
            line.last = self._last(name, line, status, now, wall)
            line.coming = self._next(name, line)
        if line.coming and line.coming.rings <= clock:
            self._due_now(name, line, line.coming, now, wall)
            if line.coming and line.coming.rings <= clock:  # very many: not all were looked at
                line.last = clock
                line.coming = self._next(name, line)
        return now + line.coming.rings - clock if line.coming else float("inf")

    def _last(self, name: str, line: Line, status: Status, now: float, wall: float) -> float:
        """The moment that was answered last; a watch or a schedule that is new begins now."""
        planned = status.planned
        if planned is None or status.planned_by != line.text:
            self._ring(name, Planned(wall, now, line.text))
            return now if line.every else wall
        if line.every:
            since = max(0.0, wall - planned)  # across a boot only the calendar goes on
            return now - since if status.planned_at is None else status.planned_at
        return wall if planned > wall + CORRECTION else planned

    def _next(self, name: str, line: Line) -> Moment | None:
        last = line.last or 0.0
        if line.moments:
            return line.moments.after(last)
        one = line.schedules[0]
        at = last + (one.every or 0.0)
        return Moment(at, at + delay(f"{self._host} {name}", at, one.jitter), str(one))

    def _due_now(self, name: str, line: Line, due: Moment, now: float, wall: float) -> None:
        """Of several that have passed the last is rung, and says how many there were."""
        if line.moments:
            latest, missed = line.moments.latest(due, wall)
            line.last = latest.nominal
            event = Scheduled(due.text, latest.nominal, None, wall - latest.rings, missed)
        else:
            missed = int((now - due.rings) // (line.every or 1.0))
            line.last = at = due.nominal + missed * (line.every or 0.0)
            late = now - at - (due.rings - due.nominal)
            event = Scheduled(due.text, wall - (now - at), at, late, missed)
        self._ring(name, event)
        line.coming = self._next(name, line)


class Window:
    """So many seconds from each moment of a schedule on. Keeps nothing but its last answer, so
    that a daemon which begins in the middle of one, or a step of the clock, changes nothing."""

    def __init__(self, cron: str, timezone: str | None, length: float) -> None:
        self._schedule = Schedule(cron, timezone)
        self._length = length
        self._moments: Moments | None = None
        self._known: tuple[float, float, float | None] = (0.0, 0.0, None)  # from, until, the end

    def until(self, wall: float) -> float | None:
        """The end of the one that is open, None between them; seconds since the epoch."""
        since, until, _ = self._known
        if not since <= wall < until:
            self._known = self._look(wall)
        return self._known[2]

    def _look(self, wall: float) -> tuple[float, float, float | None]:
        """From and until when the answer holds, and the answer."""
        moments = self._moments = self._moments or Moments([self._schedule])
        last, coming = None, moments.after(wall - self._length)
        while coming is not None and coming.nominal <= wall:
            last, coming = coming, moments.after(coming.nominal)
        end = last.nominal + self._length if last else None
        ends = [one for one in (end, coming.nominal if coming else None) if one is not None]
        return wall, min((one for one in ends if one > wall), default=wall), end
