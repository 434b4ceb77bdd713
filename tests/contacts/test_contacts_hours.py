"""Hours of the day, as people write them."""

import time
from collections.abc import Iterator

import pytest

from overseer.contacts.hours import Hours, hours
from overseer.contacts.terms import Rate, rate

pytestmark = pytest.mark.design("6")


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


NIGHT = hours("22:00-07:00")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-30 21:59", None),
        ("2026-01-30 22:00", "2026-01-31 07:00"),
        ("2026-01-31 06:59", "2026-01-31 07:00"),
        ("2026-01-31 07:00", None),
    ],
)
def test_a_night_ends_in_the_morning(now: str, end: str | None) -> None:
    assert NIGHT.until(at(now)) == (None if end is None else at(end))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_night_in_which_the_clock_changes_ends_at_seven_all_the_same(day: str) -> None:
    assert NIGHT.until(at(f"{day} 01:00")) == at(f"{day} 07:00")


@pytest.mark.field("J2")
@pytest.mark.parametrize("text", ["02:30-03:30", "23:30-00:30", "00:00-24:00", "03:00-02:00"])
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-28"),
        ("Europe/Berlin", "2026-10-24"),
        ("Asia/Beirut", "2026-03-28"),  # without the day's first hour
        ("America/Santiago", "2026-04-04"),  # the day's last hour twice
        ("Australia/Lord_Howe", "2026-10-03"),
    ],
)
def test_they_are_those_that_the_clock_shows(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: str, text: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    begin, end = (
        hour * 60 + minute
        for hour, minute in [map(int, part.split(":")) for part in text.split("-")]
    )

    for moment in range(int(at(f"{day} 12:00")), int(at(f"{day} 12:00")) + 86400, 300):
        shown = time.localtime(moment).tm_hour * 60 + time.localtime(moment).tm_min
        inside = begin <= shown < end if begin < end else not end <= shown < begin
        until = hours(text).until(moment)
        assert (until is not None) is inside, time.ctime(moment)
        assert until is None or until > moment


def test_days_are_those_on_which_they_begin() -> None:
    weekend = hours("fri-sun 18:00-08:00")

    assert weekend.until(at("2026-01-29 19:00")) is None  # a Thursday
    assert weekend.until(at("2026-01-30 19:00")) == at("2026-01-31 08:00")
    assert weekend.until(at("2026-02-02 07:00")) == at("2026-02-02 08:00")  # a Monday
    assert weekend.until(at("2026-02-02 19:00")) is None


def test_a_whole_day_is_written_with_24() -> None:
    assert hours("sat 00:00-24:00").until(at("2026-01-31 12:00")) == at("2026-02-01 00:00")


@pytest.mark.parametrize(
    "text", ["22-07", "22:00", "25:00-07:00", "24:00-07:00", "someday 22:00-07:00", "abc 1:00-2:00"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        hours(text)


def test_hours_are_written_as_they_are_read() -> None:
    for text in ("22:00-07:00", "sat,sun 00:00-24:00"):
        assert str(hours(text)) == text
    assert hours("sun-mon 1:00-2:00") == Hours(60, 120, (0, 6))


def test_a_rate_is_so_many_in_a_time() -> None:
    assert rate("20/h") == Rate(20, 3600.0)
    assert str(rate("3/d")) == "3/d"
    for wrong in ("20", "0/h", "20/y", "-1/h", "/h"):
        with pytest.raises(ValueError, match="is not a rate"):
            rate(wrong)
