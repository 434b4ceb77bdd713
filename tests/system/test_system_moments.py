"""Moments are those of cron(8), in the summer time of the place and in whatever order."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from overseer.model.schedule import Schedule
from overseer.system.moments import Cron, Moments, by_name, check

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def day(cron: str, date: str, zone: str = "Europe/Berlin") -> list[str]:
    """The moments of one day, as an hour and its distance from UTC."""
    begin = datetime.fromisoformat(date).replace(tzinfo=BERLIN)
    end = (begin + timedelta(days=1)).timestamp()
    line, found, last = Cron(cron, zone), [], begin.timestamp() - 1
    while (moment := line.after(last)) is not None and moment < end:
        last = moment
        found.append(datetime.fromtimestamp(moment, BERLIN).strftime("%H:%M%z")[:-2])
    return found


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule("0 4 * * *"), None),
        (Schedule("0 4 * * *", "Europe/Berlin"), None),
        (Schedule("0 4 * * 7"), None),
        (Schedule(every=60.0), None),
        (Schedule("0 25 * * *"), "'0 25 * * *' is not understood; write '0 4 * * *'"),
        (Schedule("0 4 30 2 *"), "never comes: no such month has that day; write '0 4 28 2 *'"),
        (Schedule("0 4 * * *", jitter=3 * 86400.0), "jitter is to be less than the 1d between"),
        (Schedule("0 9-17 * * *", jitter=3600.0), "jitter is to be less than the 1h between"),
        (Schedule("0 4 * * *", jitter=3600.0), None),
    ],
)
def test_a_schedule_is_checked_before_it_is_needed(schedule: Schedule, words: str | None) -> None:
    said = check(schedule)

    assert said is None if words is None else words in str(said)


@pytest.mark.design("4.14")
@pytest.mark.parametrize(
    ("cron", "spring", "autumn"),
    [
        ("30 2 * * *", ["03:00+02"], ["02:30+02"]),
        ("0 3 * * *", ["03:00+02"], ["03:00+01"]),
        ("0 2,3 * * *", ["03:00+02"], ["02:00+02", "03:00+01"]),
        (
            "0,30 1-3 * * *",
            ["01:00+01", "01:30+01", "03:00+02", "03:30+02"],
            ["01:00+02", "01:30+02", "02:00+02", "02:30+02", "03:00+01", "03:30+01"],
        ),
    ],
)
def test_summer_time_neither_repeats_nor_loses_a_run(
    cron: str, spring: list[str], autumn: list[str]
) -> None:
    assert day(cron, "2026-03-29") == spring
    assert day(cron, "2026-10-25") == autumn


@pytest.mark.design("4.14")
def test_what_runs_in_every_hour_goes_by_hours_that_pass() -> None:
    assert len(day("0 * * * *", "2026-03-29")) == 23
    assert len(day("*/15 * * * *", "2026-10-25")) == 25 * 4


@pytest.mark.parametrize(
    ("weekdays", "names"),
    [
        ("*", "*"),
        ("0", "sun"),
        ("7", "sun"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("mon-fri", "mon,tue,wed,thu,fri"),
        ("5-7", "fri,sat,sun"),
        ("fri-sun", "fri,sat,sun"),
        ("*/2", "sun,tue,thu,sat"),
        ("sun,3", "wed,sun"),
    ],
)
def test_sunday_is_nought_and_seven(weekdays: str, names: str) -> None:
    assert by_name(weekdays) == names


def test_a_sunday_is_a_sunday() -> None:
    moment = Cron("0 4 * * 0", "Europe/Berlin").after(at("2026-05-01"))  # a Friday

    assert moment == at("2026-05-03T04:00")


def test_of_two_kinds_of_days_either_will_do() -> None:
    line = Cron("0 0 13 * fri", "Europe/Berlin")

    assert line.after(at("2026-05-01")) == at("2026-05-08")  # a Friday
    assert line.after(at("2026-05-08")) == at("2026-05-13")


def test_of_what_has_passed_the_last_is_found_and_the_rest_counted() -> None:
    moments = Moments([Schedule("0 * * * *", "Europe/Berlin")])
    first = moments.after(at("2026-05-01T00:30"))
    assert first

    latest, before = moments.latest(first, at("2026-05-02T00:10"))

    assert (latest.nominal, before) == (at("2026-05-02T00:00"), 23)


def test_a_year_of_minutes_is_no_work() -> None:
    moments = Moments([Schedule("* * * * *", "Europe/Berlin")])
    first = moments.after(at("2025-05-01"))
    assert first

    latest, before = moments.latest(first, at("2026-05-01T00:00:30"))

    assert latest.nominal == at("2026-05-01")
    assert before > 200


def test_jitter_is_another_each_time_and_the_same_when_asked_again() -> None:
    moments = Moments([Schedule("0 * * * *", "UTC", None, 600.0)], "host web")
    first = moments.after(at("2026-05-01"))
    assert first
    second = moments.after(first.nominal)
    assert second

    late = [one.rings - one.nominal for one in (first, second)]

    assert all(0 < one < 600 for one in late)
    assert late[0] != late[1]
    assert moments.after(at("2026-05-01")) == first
