"""The moments of a schedule, as cron(8) has them.

The only file that knows APScheduler, which reads a line and finds its dates on a calendar whose
clock is never changed. Changes of a zone's clock are worked out here: APScheduler 3 takes a day
for 24 hours and leaves out the one after a change.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from math import floor, inf
from time import time
from typing import NamedTuple
from zlib import crc32

from overseer.model.schedule import Schedule
from overseer.units import show_seconds

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MOST_COUNTED = 256
"""Moments that have passed and are counted one by one."""
MOMENTS_COMPARED = 50
"""To find the shortest time between two moments of a line."""
MINUTE = timedelta(minutes=1)
STRIDE = 12 * 3600.0
"""Seconds: no zone changes its clock twice in so short a time."""


class Moment(NamedTuple):
    """Seconds since the epoch: what the calendar says, and when it rings."""

    nominal: float
    rings: float
    text: str


class Cron:
    """Five fields in a time zone. Where both days are given either will do.

    As cron(8) has it: what names hours and minutes runs once on each of its days, right after the
    change where the clock jumps over its time, and the first time where its time comes twice. What
    begins its hours or minutes with `*` goes by the time that passes.
    """

    def __init__(self, text: str, timezone: str | None) -> None:
        minute, hour, day, month, weekday = text.split()
        either = not day.startswith("*") and not weekday.startswith("*")
        days = [(day, "*"), ("*", weekday)] if either else [(day, weekday)]
        self._dates = [Dates(minute, hour, day, month, weekday) for day, weekday in days]
        self._frequent = minute.startswith("*") or hour.startswith("*")
        self._zone = zone_of(timezone)

    def after(self, wall: float) -> float | None:
        """The next moment, seconds since the epoch; None if there is none any more."""
        minute = floor(wall / 60) * 60.0
        return self._passing(minute + 60) if self._frequent else self._named(minute)

    def _passing(self, moment: float) -> float | None:
        """From *moment* on, by the time that passes."""
        while (found := self._on_face(face(moment, self._zone))) is not None:
            wanted = moment + (found - face(moment, self._zone)).total_seconds()
            change = change_between(moment, wanted, self._zone)
            if change is None:
                return wanted
            moment = change
        return None

    def _named(self, minute: float) -> float | None:
        """After *minute*, once for each time on the face of the clock."""
        found = self._on_face(face(minute, self._zone) + MINUTE)
        while found is not None:
            moment = first_at(found, self._zone)
            if moment > minute:
                return moment
            found = self._on_face(found + MINUTE)
        return None

    def _on_face(self, begin: datetime) -> datetime | None:
        """The first time from *begin* on, both as the face of the clock shows them."""
        found = [date for one in self._dates if (date := one.first(begin)) is not None]
        return min(found, default=None)


class Dates:
    """The dates of a line, on a calendar whose clock is never changed."""

    def __init__(self, minute: str, hour: str, day: str, month: str, weekday: str) -> None:
        from apscheduler.triggers.cron import CronTrigger

        self._trigger = CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=by_name(weekday),
            timezone="UTC",
        )  # fmt: skip

    def first(self, begin: datetime) -> datetime | None:
        """From *begin* on; both without a zone."""
        found = self._trigger.get_next_fire_time(None, begin.replace(tzinfo=self._trigger.timezone))
        return found.replace(tzinfo=None) if found else None


def zone_of(name: str | None) -> tzinfo:
    """The host's if it has no name."""
    from zoneinfo import ZoneInfo

    from tzlocal import get_localzone

    return ZoneInfo(name) if name else get_localzone()


def face(moment: float, zone: tzinfo) -> datetime:
    """What the clocks of *zone* show; without a zone."""
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)


def ahead(moment: float, zone: tzinfo) -> timedelta | None:
    """By how much the clocks of *zone* are ahead of UTC."""
    return datetime.fromtimestamp(moment, zone).utcoffset()


def first_at(shown: datetime, zone: tzinfo) -> float:
    """When the clocks of *zone* show that for the first time; or jump over it."""
    moment = shown.replace(tzinfo=zone).timestamp()
    if face(moment, zone) == shown:
        return moment
    before = shown.replace(tzinfo=zone, fold=1).timestamp()  # by the time after the change
    return change_between(before, moment, zone) or moment


def change_between(begin: float, end: float, zone: tzinfo) -> float | None:
    """The first moment after *begin*, and not after *end*, of which the clocks are changed."""
    old = ahead(begin, zone)
    while begin < end and ahead(upto := min(begin + STRIDE, end), zone) == old:
        begin = upto
    if begin >= end:
        return None
    while upto - begin > 1:
        middle = (begin + upto) // 2
        begin, upto = (middle, upto) if ahead(middle, zone) == old else (begin, middle)
    return upto


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
            for _ in range(MOST_COUNTED):
                coming = self.after(last.nominal)
                if coming is None or coming.rings > wall:
                    return last, before
                last, before = coming, before + 1
        return last, before


def delay(name: str, at: float, jitter: float) -> float:
    """Seconds, from 0 to *jitter*: another for each moment and each name."""
    return jitter * crc32(f"{name} {at:.0f}".encode()) / 2**32


def check(schedule: Schedule) -> str | None:
    """Why a schedule would never ring, None if it does."""
    if schedule.every is not None:
        return None
    text = schedule.cron
    try:
        cron = Cron(text, schedule.timezone)
        moment = cron.after(time())
    except (ValueError, LookupError):
        return f"{text!r} is not understood; write '0 4 * * *' for every day at four"
    if moment is None:
        minute, hour, _, month, weekday = text.split()
        right = f"{minute} {hour} 28 {month} {weekday}"
        return f"{text!r} never comes: no such month has that day; write {right!r}"
    return _too_long_a_jitter(schedule.jitter, cron, moment) if schedule.jitter else None


def _too_long_a_jitter(jitter: float, cron: Cron, moment: float) -> str | None:
    """A run that comes after the next one's moment would be in its place."""
    for _ in range(MOMENTS_COMPARED):
        following = cron.after(moment)
        if following is None:
            return None
        if jitter >= following - moment:
            apart = show_seconds(following - moment)
            return f"jitter is to be less than the {apart} between two moments; write a shorter one"
        moment = following
    return None
