"""Moments are held against a walk, minute by minute, over every change of the clock in ten years.

The walk reads cron(8) plainly: a line that names hours and minutes runs at the first time that its
face of the clock is shown, or right after the clock has jumped over it; one whose hours or minutes
begin with `*` runs whenever the clock shows it.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overseer.system.moments import Cron

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # the day's first hour is left out
    "Asia/Beirut",  # likewise
    "Africa/Cairo",  # likewise, on Fridays
    "Africa/Casablanca",  # by the moon
    "Europe/Dublin",  # the winter is the exception
    "Australia/Lord_Howe",  # by half an hour
    "Antarctica/Troll",  # by two hours
    "America/St_Johns",  # half an hour beside the others
    "Asia/Kathmandu",  # never
)
FIRST, YEARS, DAY, MINUTE = 2026, 10, 86400, timedelta(minutes=1)
SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@cache
def changes(zone: str) -> list[int]:
    """Moments at which the clock is changed; of a zone without any, some noon."""
    there, found = ZoneInfo(zone), []
    first = int(datetime(FIRST, 1, 1, tzinfo=UTC).timestamp())
    offset = datetime.fromtimestamp(first, there).utcoffset()
    for moment in range(first, first + YEARS * 366 * DAY, 1800):
        if (new := datetime.fromtimestamp(moment, there).utcoffset()) != offset:
            found.append(moment)
            offset = new
    return found or [first + DAY // 2]


def fits(field: str, value: int, low: int, high: int) -> bool:
    for piece in field.split(","):
        span, _, step = piece.partition("/")
        first, _, last = span.partition("-")
        begin, end = (low, high) if span == "*" else (int(first), int(last or first))
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def shown(line: list[str], clock: datetime) -> bool:
    """Whether the line names what the clock shows."""
    values = (clock.minute, clock.hour, clock.day, clock.month, clock.isoweekday() % 7)
    minute, hour, day, month, weekday = (
        fits(field, value, *span) for field, value, span in zip(line, values, SPANS, strict=True)
    )
    both = line[2].startswith("*") or line[4].startswith("*")
    return minute and hour and month and (day and weekday if both else day or weekday)


def walked(text: str, zone: str, begin: int, end: int) -> list[int]:
    line, there, found = text.split(), ZoneInfo(zone), []
    by_time = line[0].startswith("*") or line[1].startswith("*")
    before = datetime.fromtimestamp(begin - 60, there).replace(tzinfo=None, fold=0)
    for moment in range(begin, end, 60):
        local = datetime.fromtimestamp(moment, there)
        clock = local.replace(tzinfo=None, fold=0)
        faces = [] if local.fold and not by_time else [clock]
        if not by_time:
            jumped = max(0, int((clock - before) / MINUTE) - 1)
            faces += [before + MINUTE * (more + 1) for more in range(jumped)]
        if any(shown(line, face) for face in faces):
            found.append(moment)
        before = clock
    return found


def computed(text: str, zone: str, begin: int, end: int) -> list[int]:
    cron, found, last = Cron(text, zone), [], begin - 1.0
    while (moment := cron.after(last)) is not None and moment < end:
        found.append(int(moment))
        last = moment
    return found


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    """As people write them; of few values, so that the night is often meant."""
    numbers = st.integers(low, high)
    spans = st.tuples(numbers, numbers).map(lambda ends: f"{min(ends)}-{max(ends)}")
    lists = st.lists(numbers, min_size=1, max_size=3).map(lambda those: ",".join(map(str, those)))
    return st.one_of(st.just("*"), st.sampled_from(["*/2", "*/3"]), spans, lists)


LINES = st.tuples(
    fields(0, 59), fields(0, 4), *(st.one_of(st.just("*"), fields(*span)) for span in SPANS[2:])
).map(" ".join)


@pytest.mark.field("J2")
@settings(max_examples=12, deadline=None)
@given(data=st.data(), text=LINES)
@pytest.mark.parametrize("zone", ZONES)
def test_around_a_change_of_the_clock(zone: str, data: st.DataObject, text: str) -> None:
    change = data.draw(st.sampled_from(changes(zone)))
    begin, end = change - DAY, change + DAY

    assert computed(text, zone, begin, end) == walked(text, zone, begin, end)


@pytest.mark.field("J2")
@pytest.mark.parametrize("hour", [0, 2])
@pytest.mark.parametrize("zone", ZONES)
def test_what_runs_once_a_day_runs_on_each_day_of_ten_years(zone: str, hour: int) -> None:
    first = datetime(FIRST, 1, 1, tzinfo=ZoneInfo(zone))
    cron, moment, days = Cron(f"30 {hour} * * *", zone), first.timestamp() - 1, YEARS * 365

    found: list[date] = []
    for _ in range(days):
        following = cron.after(moment)
        assert following is not None
        moment = following
        found.append(datetime.fromtimestamp(moment, ZoneInfo(zone)).date())

    assert found == [first.date() + timedelta(days=day) for day in range(days)]


@pytest.mark.field("J2")
@pytest.mark.parametrize(
    ("text", "zone", "since", "due"),
    [
        ("0 0 * * *", "Europe/Berlin", "2027-03-28T12:00", "2027-03-29T00:00"),
        ("0 0 1 * *", "Europe/Berlin", "2027-03-20T12:00", "2027-04-01T00:00"),
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00", "2026-09-06T01:00"),
        ("30 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T02:30"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T02:30"),
    ],
)
def test_a_moment_after_the_change_is_not_left_out(
    text: str, zone: str, since: str, due: str
) -> None:
    def moment(words: str) -> float:
        return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).timestamp()

    assert Cron(text, zone).after(moment(since)) == moment(due)
