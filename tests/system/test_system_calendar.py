"""Schedules are kept whatever happens to the clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from overseer.model.event import Event, Planned, Scheduled
from overseer.model.schedule import Schedule
from overseer.model.status import Status
from overseer.system.calendar import Calendar, Window

BERLIN = ZoneInfo("Europe/Berlin")
FOUR = Schedule("0 4 * * *", "Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class Days:
    """A calendar, and a clock that is stepped as a story wants it. What rings is answered as the
    machine does, and told as the moment and how late it was."""

    def __init__(self, begin: str, *schedules: Schedule) -> None:
        self.now_ = 1000.0
        self.wall_ = at(begin).timestamp()
        self.schedules = schedules
        self.status = Status(name="web", boot="one")
        self.rung: list[Scheduled] = []
        self.daemon_begins()

    def now(self) -> float:
        return self.now_

    def wall(self) -> float:
        return self.wall_

    def daemon_begins(self) -> None:
        self.calendar = Calendar(self, lambda name: self.status, self.ring)
        self.calendar.plan({"web": self.schedules})

    def ring(self, name: str, event: Event) -> None:
        assert isinstance(event, Planned | Scheduled)
        changes = {"planned": event.moment, "planned_at": event.at}
        if isinstance(event, Planned):
            changes["planned_by"] = event.text
        else:
            self.rung.append(event)
        self.status = self.status.but(changes)

    def passes(self, hours: float) -> list[str]:
        """What rings meanwhile, by the clock's face."""
        before, end = len(self.rung), self.now_ + hours * 3600.0
        while (due := self.calendar.turn(self.now_)) <= end:
            self.sleeps(max(0.0, due - self.now_) / 3600.0)
        self.sleeps((end - self.now_) / 3600.0)
        self.calendar.turn(self.now_)
        return [self.face(one) for one in self.rung[before:]]

    def sleeps(self, hours: float) -> None:
        """The machine, or the daemon."""
        self.now_ += hours * 3600.0
        self.wall_ += hours * 3600.0

    def steps(self, hours: float) -> None:
        self.wall_ += hours * 3600.0

    def face(self, one: Scheduled) -> str:
        return datetime.fromtimestamp(round(one.moment or 0), BERLIN).strftime("%d %H:%M")


def test_it_rings_at_its_moment_and_not_before() -> None:
    days = Days("2026-05-01T03:00", FOUR)

    assert days.passes(0.99) == []
    assert days.passes(0.02) == ["01 04:00"]
    assert days.rung[0].late < 1.0
    assert days.passes(24) == ["02 04:00"]


@pytest.mark.design("4.14")
def test_a_step_back_over_a_run_does_not_repeat_it() -> None:
    days = Days("2026-05-01T03:30", FOUR)
    assert days.passes(1) == ["01 04:00"]

    days.steps(-1)

    assert days.passes(1) == []
    assert days.passes(24) == ["02 04:00"]


@pytest.mark.design("4.14")
def test_a_step_over_a_moment_rings_it_late() -> None:
    days = Days("2026-05-01T03:30", FOUR)
    days.passes(0.1)

    days.steps(+5)

    assert days.passes(1) == ["01 04:00"]
    assert days.rung[0].late > 4 * 3600
    assert days.passes(24) == ["02 04:00"]


@pytest.mark.design("4.14")
def test_a_clock_that_was_years_ahead_holds_nothing_up() -> None:
    days = Days("2033-05-01T03:30", FOUR)
    assert days.passes(1) == ["01 04:00"]

    days.wall_ = at("2026-05-01T03:30").timestamp()

    assert days.passes(1) == ["01 04:00"]


@pytest.mark.design("4.14")
@pytest.mark.parametrize(
    ("begin", "rung"), [("2026-03-28T12:00", "29 03:00"), ("2026-10-24T12:00", "25 02:30")]
)
def test_summer_time_rings_a_night_run_once(begin: str, rung: str) -> None:
    days = Days(begin, Schedule("30 2 * * *", "Europe/Berlin"))

    assert days.passes(24) == [rung]


@pytest.mark.design("4.14")
def test_a_moment_that_passed_without_a_daemon_is_rung_by_the_next() -> None:
    days = Days("2026-05-01T03:00", FOUR)
    days.passes(0.5)

    days.sleeps(50)
    days.daemon_begins()

    assert days.passes(1) == ["03 04:00"]
    assert days.rung[0].missed == 2
    assert days.rung[0].late > 3600


def test_what_has_been_answered_is_not_rung_by_the_next_daemon() -> None:
    days = Days("2026-05-01T03:00", FOUR)
    days.passes(1.5)

    days.daemon_begins()

    assert days.passes(2) == []


def test_another_schedule_counts_from_when_it_is_read() -> None:
    days = Days("2026-05-01T03:00", FOUR)
    days.passes(7)

    days.schedules = (Schedule("0 9 * * *", "Europe/Berlin"),)
    days.calendar.plan({"web": days.schedules})

    assert days.passes(12) == []
    assert days.passes(12) == ["02 09:00"]


EVERY = Schedule(every=3600.0)


@pytest.mark.design("4.14")
@pytest.mark.parametrize("hours", [-30.0, -2.0, 2.0, 1000.0])
def test_what_comes_every_hour_does_not_mind_the_clock(hours: float) -> None:
    days = Days("2026-05-01T03:30", EVERY)
    assert days.passes(1.5) == ["01 04:30"]

    days.steps(hours)

    assert len(days.passes(1)) == 1
    assert days.rung[-1].late < 1.0
    assert len(days.passes(3)) == 3


def test_the_hours_of_a_sleep_are_one_late_ring() -> None:
    days = Days("2026-05-01T03:30", EVERY)
    days.passes(0.5)

    days.sleeps(3.75)

    assert days.passes(0.5) == ["01 07:30", "01 08:30"][: len(days.rung)]
    assert days.rung[0].missed == 3


def test_across_a_boot_only_the_calendar_goes_on() -> None:
    days = Days("2026-05-01T03:30", EVERY)
    days.passes(1.25)

    days.now_, days.wall_ = 5.0, days.wall_ + 1800.0
    days.status = days.status.but({"boot": "two", "planned_at": None})
    days.daemon_begins()

    assert days.passes(0.2) == []
    assert days.passes(0.1) == ["01 05:30"]


def test_the_next_moment_can_be_asked_for() -> None:
    days = Days("2026-05-01T03:30", FOUR)
    days.passes(0.1)

    assert days.calendar.next_of("web") == at("2026-05-01T04:00").timestamp()
    assert days.calendar.next_of("other") is None


def test_without_schedules_nothing_is_looked_at() -> None:
    days = Days("2026-05-01T03:30")

    assert days.calendar.turn(days.now_) == float("inf")


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
