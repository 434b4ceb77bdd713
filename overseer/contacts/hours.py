"""`22:00-07:00`, `sat,sun 00:00-24:00`: hours of the day, on the clock of the host."""

import re
import time
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WRITTEN = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:[,-][a-z]{3})*) )?"
    r"(?P<from>\d{1,2}:[0-5]\d)-(?P<to>\d{1,2}:[0-5]\d)"
)
DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """*begin* and *end* are minutes of the day; an end that is not later is on the next day.

    *days* are those on which they begin; Monday is 0.
    """

    begin: int
    end: int
    days: tuple[int, ...] = tuple(range(7))

    def until(self, wall: float) -> float | None:
        """The moment of their end, None outside of them; seconds since the epoch."""
        there = time.localtime(wall)
        shown = there.tm_hour * 60 + there.tm_min
        for back in (0, 1):
            begin, end = self.begin - back * DAY, self.end - back * DAY
            end += DAY * (self.end <= self.begin)
            if (there.tm_wday - back) % 7 in self.days and begin <= shown < end:
                return max(moment(there, end), wall + 1)  # the clock may show the hour twice
        return None

    def __str__(self) -> str:
        days = "" if len(self.days) == 7 else ",".join(DAYS[day] for day in self.days) + " "
        return f"{days}{face(self.begin)}-{face(self.end)}"


def moment(there: time.struct_time, minutes: int) -> float:
    """So many minutes into the day, by the face of the clock; from 24 hours on into the next."""
    return time.mktime((there.tm_year, there.tm_mon, there.tm_mday, 0, minutes, 0, 0, 0, -1))


def face(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def hours(text: str) -> Hours:
    """ValueError for what is not understood."""
    found = WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} are no hours")
    begin, end = (minutes(found[key]) for key in ("from", "to"))
    if begin == DAY:
        raise ValueError(f"{text!r} begin at no hour of a day")
    return Hours(begin, end, days(found["days"]))


def minutes(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    if hour * 60 + minute > DAY:
        raise ValueError(f"{text!r} is no hour of a day")
    return hour * 60 + minute


def days(text: str | None) -> tuple[int, ...]:
    if text is None:
        return tuple(range(7))
    found: list[int] = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += [day % 7 for day in range(begin, end + 1 + 7 * (end < begin))]
    return tuple(sorted(set(found)))
