"""The moments of a schedule. APScheduler computes them; here it reads a line as cron(8) does.

The only file that knows APScheduler.
"""

from collections.abc import Sequence
from datetime import datetime
from math import floor, inf
from time import time
from typing import NamedTuple
from zlib import crc32

from overseer.model.schedule import Schedule

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MOST_REPEATS = 256
"""Moments of an hour that comes twice, which are passed over: at most one a minute."""


class Moment(NamedTuple):
    """Seconds since the epoch: what the calendar says, and when it rings."""

    nominal: float
    rings: float
    text: str


class Cron:
    """Five fields in a time zone. Where both days are given either will do. An hour that summer
    time leaves out is made up for in the next one; in an hour that comes twice only what runs
    in every hour runs twice."""

    def __init__(self, text: str, timezone: str | None) -> None:
        from apscheduler.triggers.cron import CronTrigger

        minute, hour, day, month, weekday = text.split()
        either = not day.startswith("*") and not weekday.startswith("*")
        days = [(day, "*"), ("*", weekday)] if either else [(day, weekday)]
        self._triggers = [
            CronTrigger(
                minute=minute, hour=hour, day=day, month=month, day_of_week=by_name(weekday),
                timezone=timezone,
            )
            for day, weekday in days
        ]  # fmt: skip
        self._each_hour = hour.startswith("*")

    def after(self, wall: float) -> float | None:
        """The next moment, seconds since the epoch; None if there is none any more."""
        for _ in range(MOST_REPEATS):
            found = min(self._next(one, floor(wall) + 1) for one in self._triggers)
            if found == inf:
                return None
            zone = self._triggers[0].timezone
            if self._each_hour or not datetime.fromtimestamp(found, zone).fold:
                return found
            wall = found
        return None

    def _next(self, trigger: object, wall: float) -> float:
        """From that whole second on."""
        now = datetime.fromtimestamp(wall, trigger.timezone)  # type: ignore[attr-defined]
        found = trigger.get_next_fire_time(None, now)  # type: ignore[attr-defined]
        return float(found.timestamp()) if found else inf


def by_name(weekdays: str) -> str:
    """In cron 0 and 7 are Sunday, for APScheduler 0 is Monday: names mean the same to both."""
    if weekdays == "*":
        return weekdays
    found: set[int] = set()
    for piece in weekdays.lower().split(","):
        span, _, step = piece.partition("/")
        first, _, last = span.partition("-")
        low = 0 if span == "*" else _number(first)
        high = 6 if span == "*" or (step and not last) else _number(last or first)
        found.update(range(low, max(high, low) + 1, int(step or 1)))
    return ",".join(dict.fromkeys(DAYS[day % 7] for day in sorted(found)))


def _number(day: str) -> int:
    """`sun` ends a span as 7, as in `fri-sun`."""
    return int(day) if day.isdigit() else (DAYS.index(day) or 7)


class Moments:
    """Those of several schedules, of the watch *name*. What jitter makes of a moment hangs on
    *name* and the moment alone, so that a daemon that is restarted keeps to it."""

    def __init__(self, schedules: Sequence[Schedule], name: str = "") -> None:
        self._crons = [(one, Cron(one.cron, one.timezone)) for one in schedules]
        self._name = name

    def after(self, wall: float) -> Moment | None:
        found = [(at, one) for one, cron in self._crons if (at := cron.after(wall)) is not None]
        if not found:
            return None
        at, schedule = min(found, key=lambda pair: pair[0])
        return Moment(at, at + delay(self._name, at, schedule.jitter), str(schedule))

    def latest(self, first: Moment, wall: float) -> tuple[Moment, int]:
        """Of those from *first* to *wall* the last, and how many there were before it; at least
        that many where they are very many."""
        last, before = first, 0
        for back in (inf, 86400.0 * 31, 86400.0, 3600.0, 60.0):
            if wall - back > last.nominal and (later := self.after(wall - back)):
                if later.rings > wall:
                    continue
                last, before = later, before + 1
            for _ in range(MOST_REPEATS):
                coming = self.after(last.nominal)
                if coming is None or coming.rings > wall:
                    return last, before
                last, before = coming, before + 1
        return last, before


def delay(name: str, at: float, jitter: float) -> float:
    """Seconds, from 0 to *jitter*: another for each moment and each name."""
    return jitter * crc32(f"{name} {at:.0f}".encode()) / 2**32


def check(schedule: Schedule) -> str | None:
    """Why APScheduler would not take a schedule, None if it does."""
    if schedule.every is not None:
        return None
    text = schedule.cron
    try:
        found = Cron(text, schedule.timezone).after(time())
    except (ValueError, LookupError) as error:
        return f"{text!r} is not understood ({error}); write '0 4 * * *' for every day at four"
    return None if found is not None else f"{text!r} never comes"
