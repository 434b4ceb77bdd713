"""Schedules are kept whatever happens to the clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from overseer.system.calendar import Window, check, following, is_repeat, trigger

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("cron", "timezone", "words"),
    [
        ("0 4 * * *", None, None),
        ("0 4 * * *", "Europe/Berlin", None),
        ("0 4 * *", None, "is not understood"),
        ("0 25 * * *", None, "is not understood"),
        ("0 4 30 2 *", None, "never comes"),
    ],
)
def test_a_schedule_is_checked_before_it_is_needed(
    cron: str, timezone: str | None, words: str | None
) -> None:
    said = check(cron, timezone)

    assert said is None if words is None else words in str(said)


@pytest.mark.design("4.14")
def test_a_step_back_over_a_run_does_not_repeat_it() -> None:
    four = trigger("0 4 * * *", "Europe/Berlin").get_next_fire_time

    due = following(four, at("2026-05-01T04:00:01"), at("2026-05-01T03:30:00"))

    assert due == at("2026-05-02T04:00:00")


@pytest.mark.design("4.14")
def test_a_run_by_a_clock_that_was_years_ahead_holds_nothing_up() -> None:
    four = trigger("0 4 * * *", "Europe/Berlin").get_next_fire_time

    due = following(four, at("2033-05-01T04:00:01"), at("2026-05-01T03:30:00"))

    assert due == at("2026-05-01T04:00:00")


@pytest.mark.design("4.14")
def test_the_hour_that_comes_twice_in_autumn_rings_once() -> None:
    first = at("2026-10-25T02:30:00")

    assert is_repeat(first, first.replace(fold=1))
    assert not is_repeat(first, first + timedelta(days=1))


@pytest.mark.design("4.14")
def test_the_hour_that_is_missing_in_spring_is_made_up_for() -> None:
    half_past_two = trigger("30 2 * * *", "Europe/Berlin").get_next_fire_time

    due = half_past_two(None, at("2026-03-29T01:00:00"))

    assert due is not None
    assert due.astimezone(BERLIN).date().isoformat() == "2026-03-29"


SUNDAY_NIGHT = ("0 2 * * sun", "Europe/Berlin", 7200.0)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-05-03T01:59:59", None),
        ("2026-05-03T02:00:00", "2026-05-03T04:00:00"),
        ("2026-05-03T03:59:59", "2026-05-03T04:00:00"),
        ("2026-05-03T04:00:00", None),
        ("2026-05-04T03:00:00", None),
    ],
)
def test_a_window_is_open_from_each_moment_of_its_schedule(now: str, end: str | None) -> None:
    found = Window(*SUNDAY_NIGHT).until(at(now).timestamp())

    assert found == (None if end is None else at(end).timestamp())


@pytest.mark.design("4.14")
def test_a_window_follows_the_clock_wherever_it_is_set() -> None:
    window = Window(*SUNDAY_NIGHT)
    open_, closed = at("2026-05-03T03:00:00"), at("2026-05-03T05:00:00")

    answers = [window.until(one.timestamp()) for one in (closed, open_, closed, open_)]

    assert [one is not None for one in answers] == [False, True, False, True]


def test_windows_that_overlap_are_one() -> None:
    window = Window("*/10 * * * *", "Europe/Berlin", 1800.0)

    assert (
        window.until(at("2026-05-03T03:05:00").timestamp()) == at("2026-05-03T03:30:00").timestamp()
    )
