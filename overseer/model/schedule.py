"""When something is to happen, and what becomes of a moment that cannot be kept."""

from dataclasses import dataclass
from enum import StrEnum

from overseer.model.units import Seconds
from overseer.units import show_seconds

LATE = 60.0
"""Seconds after its moment from which on a run is missed: the machine slept, or was off."""
CORRECTION = 3 * 3600.0
"""Seconds: a clock that is set back by more than that was wrong before; by less, it repeats
itself, and nothing is run twice. cron(8) draws the line there too."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments in the calendar, five cron fields in an IANA time zone (None: the host's); or one
    *every* so many seconds, whatever the calendar says. *jitter*: up to so many seconds later."""

    cron: str = ""
    timezone: str | None = None
    every: Seconds | None = None
    jitter: Seconds = 0.0

    def __str__(self) -> str:
        what = self.cron if self.every is None else f"every {show_seconds(self.every)}"
        later = f"up to {show_seconds(self.jitter)} later" if self.jitter else ""
        return ", ".join(filter(None, (f"{what} {self.timezone or ''}".rstrip(), later)))


class Missed(StrEnum):
    """What becomes of a run whose moment has passed unheard."""

    RUN = "run"  # once, as soon as it is seen, however many moments have passed
    SKIP = "skip"


class Overlap(StrEnum):
    """What becomes of a run that is due while the one before goes on."""

    SKIP = "skip"
    QUEUE = "queue"  # one at most waits
    KILL = "kill"  # the one before


@dataclass(frozen=True, slots=True)
class Plan:
    """When a program is run, and how its runs get along with each other."""

    moments: tuple[Schedule, ...]
    missed: Missed = Missed.RUN
    overlap: Overlap = Overlap.SKIP
    max_run_time: Seconds | None = None

    def __str__(self) -> str:
        said = [*map(str, self.moments), f"missed: {self.missed}", f"overlap: {self.overlap}"]
        if self.max_run_time is not None:
            said.append(f"max_run_time: {show_seconds(self.max_run_time)}")
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program. *moment* is the calendar's, seconds since the epoch; None where
    somebody asked for it, by *request*. *cut*: why it is being ended, if it is."""

    moment: float | None = None
    by: str = ""
    request: int = 0
    cut: str = ""
    log_at: int | None = None  # bytes in its log when it began
    err_at: int | None = None  # and in its err_log, where it has one


class Result(StrEnum):
    """What has become of a run."""

    OK = "ok"  # of `restart_at`: it was restarted
    FAILED = "failed"
    TIMED_OUT = "timed_out"  # cut short by max_run_time
    CUT = "cut"  # by an operator, or with overseer
    UNKNOWN = "unknown"  # it ended while no overseer looked
    MISSED = "missed"  # never begun: its moment passed
    SKIPPED = "skipped"  # never begun: the one before went on, or what it needs is not there


BAD = frozenset({Result.FAILED, Result.TIMED_OUT, Result.UNKNOWN})
"""People are told of these: whether a run went well that ended unseen nobody knows."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last run that is over; *said* in words."""

    result: Result
    said: str
    request: int = 0
