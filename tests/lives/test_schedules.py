"""Stories of schedules: every moment has its run, or its reason, whatever becomes of the clock."""

from dataclasses import replace

import pytest
from cast import GOD
from days import Days, nightly

from overseer.core.outcome import outcome
from overseer.model.event import Closing, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.schedule import Missed, Overlap, Result, Schedule
from overseer.model.state import Goal, Phase
from overseer.model.status import Job

HOURLY = Schedule("0 * * * *", "Europe/Berlin")
QUARTERS = Schedule("*/15 * * * *", "Europe/Berlin")
EVERY = Schedule(every=600.0)


def answer(days: Days, verb: Verb, request: int) -> tuple[int, str] | None:
    """What is said to whoever asked: the exit code, and in words."""
    done = outcome(verb, days.watch, days.status, request)
    return None if done is None else (done.code, done.message)


@pytest.mark.design("4.14")
def test_a_day_has_its_runs_and_nothing_lives_between_them() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30")

    assert len(days.live(24)) == 24
    assert (days.phase, days.pids, days.status.goal) == (Phase.SCHEDULED, [], Goal.UP)
    assert days.processes.spawned == [("backup", Job.RUN)] * 24


@pytest.mark.design("4.14")
@pytest.mark.parametrize("missed", Missed)
@pytest.mark.parametrize(
    ("begin", "run"), [("2026-03-28T12:00", "29 03:00"), ("2026-10-24T12:00", "25 02:30")]
)
def test_the_night_in_which_summer_time_begins_or_ends_has_one_run(
    begin: str, run: str, missed: Missed
) -> None:
    days = Days(nightly(missed=missed), begin)

    assert days.live(24) == [run]
    assert days.told(Kind.RUN_MISSED) == []


@pytest.mark.design("4.14")
@pytest.mark.parametrize("begin", ["2026-03-28T12:05", "2026-10-24T12:05"])
def test_quarters_of_an_hour_go_by_the_time_that_passes(begin: str) -> None:
    days = Days(nightly(QUARTERS), begin, takes=0.01)

    assert len(days.live(24)) == 96


@pytest.mark.design("4.14")
def test_a_clock_that_is_set_back_over_a_run_does_not_repeat_it() -> None:
    days = Days(nightly(), "2026-05-01T02:00")
    assert days.live(1) == ["01 02:30"]

    days.steps(-1)

    assert days.live(24) == []
    assert days.live(1) == ["02 02:30"]


@pytest.mark.design("4.14")
@pytest.mark.parametrize(("missed", "runs"), [(Missed.RUN, ["01 06:00"]), (Missed.SKIP, [])])
def test_a_clock_that_is_set_forward_over_a_run_makes_it_late(
    missed: Missed, runs: list[str]
) -> None:
    days = Days(nightly(missed=missed), "2026-05-01T02:00")
    days.live(0.01)

    days.set_clock("2026-05-01T06:00")

    assert days.live(1) == runs
    assert len(days.told(Kind.RUN_MISSED)) == (missed is Missed.SKIP)
    assert days.live(24) == ["02 02:30"]


@pytest.mark.design("4.14")
@pytest.mark.parametrize(("missed", "runs"), [(Missed.RUN, 1), (Missed.SKIP, 0)])
def test_moments_that_a_machine_slept_through_are_one_run_or_none(
    missed: Missed, runs: int
) -> None:
    days = Days(nightly(HOURLY, missed=missed), "2026-05-01T00:30")
    days.live(0.1)

    days.sleeps(7.0)

    assert len(days.live(0.1)) == runs
    said = days.told(Kind.RUN_MISSED)
    assert len(said) == 1 - runs
    assert not said or "not run: 7 moments passed, the last of them 3" in said[0]


@pytest.mark.design("4.14")
@pytest.mark.parametrize("hours", [-20.0, -1.0, 1.0, 1000.0])
def test_what_comes_every_ten_minutes_does_not_mind_the_clock(hours: float) -> None:
    days = Days(nightly(EVERY), "2026-05-01T00:30", takes=0.01)
    assert len(days.live(1.05)) == 6

    days.steps(hours)

    assert len(days.live(1)) == 6
    assert days.told(Kind.RUN_MISSED) == []


def test_skip_leaves_out_what_is_due_while_a_run_goes_on() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=2.5)

    assert days.live(6) == ["01 01:00", "01 04:00"]
    assert days.told(Kind.RUN_SKIPPED)[0] == "not run: the one before runs since 1h"
    assert len(days.told(Kind.RUN_SKIPPED)) == 4


def test_queue_runs_it_when_the_one_before_has_ended() -> None:
    days = Days(nightly(HOURLY, overlap=Overlap.QUEUE), "2026-05-01T00:30", takes=1.25)

    assert days.live(4) == ["01 01:00", "01 02:15", "01 03:30"]


def test_kill_ends_the_one_before() -> None:
    days = Days(nightly(HOURLY, overlap=Overlap.KILL), "2026-05-01T00:30", takes=0)

    assert days.live(3) == ["01 01:00", "01 02:00", "01 03:00"]
    assert len(days.pids) == 1
    assert all("overlap: kill" in said for said in days.told(Kind.RUN_FAILED))


def test_a_run_that_takes_too_long_is_ended_politely_then_not() -> None:
    days = Days(nightly(HOURLY, max_run_time=600.0), "2026-05-01T00:30", takes=0)
    days.processes.ignores_term = True
    days.live(0.6)

    days.passes(700)

    [said] = days.told(Kind.RUN_FAILED)
    assert said.startswith("run failed: cut short, it took longer than 10m after 10m")
    assert [signal for _, signal in days.processes.signals] == [15, 9]
    assert days.phase is Phase.FAILED


def test_a_failed_run_is_told_and_the_next_one_comes_all_the_same() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    days.ends(3)

    assert days.told(Kind.RUN_FAILED) == ["run failed: exit code 3 after 6m"]
    assert days.phase is Phase.FAILED

    days.live(0.9)
    days.ends(0)
    assert days.phase is Phase.SCHEDULED


def test_what_cannot_be_run_at_all_has_failed() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30")
    days.processes.broken = "no such file: backup"
    days.live(1)

    assert days.told(Kind.RUN_FAILED) == ["run failed: no such file: backup"]


@pytest.mark.design("4.16")
def test_a_run_goes_on_without_a_daemon_and_is_not_begun_again() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    [pid] = days.pids

    days.daemon_is_away(0.1)
    days.daemon_comes_back()
    days.live(0.1)

    assert (days.pids, days.phase) == ([pid], Phase.RUNNING)
    days.ends(0)
    assert days.told(Kind.RUN_FINISHED) == ["run finished: exit code 0 after 18m"]


@pytest.mark.design("4.16")
@pytest.mark.field("K11")
def test_of_a_run_that_ended_without_a_daemon_the_end_is_not_made_up() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.live(0.6)

    days.daemon_is_away(0.1)
    days.processes.die(days.pids[0], Exit(0))
    days.daemon_comes_back()
    days.live(0.1)

    assert days.runs == ["01 01:00"]
    assert "run: ended, exit code unknown after at most" in days.told(Kind.RUN_FAILED)[0]
    assert days.status.last_run
    assert days.status.last_run.result is Result.UNKNOWN


@pytest.mark.design("4.16")
def test_a_run_that_was_asked_for_and_never_came_to_be_is_said_to_have_failed() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.processes.prompt = False
    days.live(0.6)
    assert days.processes.unborn

    days.daemon_is_away(0.0)
    days.processes.prompt = True
    days.daemon_comes_back()

    assert "overseer was killed as it began" in days.told(Kind.RUN_FAILED)[0]
    assert days.runs == []


@pytest.mark.design("4.16")
@pytest.mark.parametrize(("missed", "runs"), [(Missed.RUN, 1), (Missed.SKIP, 0)])
def test_what_was_due_while_no_daemon_was_there(missed: Missed, runs: int) -> None:
    days = Days(nightly(missed=missed), "2026-05-01T02:00")
    days.live(0.1)

    days.daemon_is_away(5.0)
    days.daemon_comes_back()

    assert len(days.live(0.1)) == runs
    assert len(days.told(Kind.RUN_MISSED)) == 1 - runs
    assert days.live(24) == ["02 02:30"]


def test_what_has_been_run_is_not_run_by_the_next_daemon() -> None:
    days = Days(nightly(), "2026-05-01T02:00")
    days.live(1)

    for _ in range(3):
        days.daemon_is_away(0.1)
        days.daemon_comes_back()
        days.live(0.1)

    assert days.runs == ["01 02:30"]


@pytest.mark.design("4.17")
@pytest.mark.parametrize(("missed", "runs"), [(Missed.RUN, 2), (Missed.SKIP, 1)])
def test_a_run_that_ended_with_overseer_is_made_up_for(missed: Missed, runs: int) -> None:
    days = Days(nightly(HOURLY, missed=missed), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    days.happens(Closing())
    assert days.pids == []

    days.daemon_is_away(0.0)
    days.daemon_comes_back()
    days.live(0.1)

    assert len(days.runs) == runs
    assert days.told(Kind.RUN_FAILED) == []


def test_stop_ends_the_run_and_start_waits_for_the_next_moment() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    request = days.asks(Verb.STOP)

    assert answer(days, Verb.STOP, request) == (0, "stopped")
    assert (days.pids, days.phase) == ([], Phase.STOPPED)
    assert days.live(5) == []

    days.asks(Verb.START)
    assert days.live(1) == ["01 07:00"]
    assert days.told(Kind.RUN_MISSED) == []


def test_unmonitor_lets_the_run_finish() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=2)
    days.live(0.6)
    days.asks(Verb.UNMONITOR)

    assert len(days.pids) == 1
    assert days.live(5) == []
    assert days.phase is Phase.UNMONITORED
    assert days.told(Kind.RUN_FINISHED)


def test_trigger_runs_one_now_and_answers_with_its_end() -> None:
    days = Days(nightly(), "2026-05-01T12:00", takes=0)
    request = days.asks(Verb.TRIGGER)

    assert answer(days, Verb.TRIGGER, request) is None
    days.ends(4)
    assert answer(days, Verb.TRIGGER, request) == (1, "run failed: exit code 4 after 0s")


@pytest.mark.parametrize(
    ("overlap", "said"),
    [
        (Overlap.SKIP, "not run: the one before runs since 6m"),
        (Overlap.QUEUE, None),
        (Overlap.KILL, None),
    ],
)
def test_trigger_respects_overlap(overlap: Overlap, said: str | None) -> None:
    days = Days(nightly(HOURLY, overlap=overlap), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    request = days.asks(Verb.TRIGGER)

    assert answer(days, Verb.TRIGGER, request) == ((1, said) if said else None)
    while days.pids:
        days.ends(0)
    if said is None:
        assert answer(days, Verb.TRIGGER, request) == (0, "run finished: exit code 0 after 0s")


def test_a_stopped_program_can_be_triggered_all_the_same() -> None:
    days = Days(nightly(), "2026-05-01T12:00")
    days.asks(Verb.STOP)
    days.asks(Verb.TRIGGER)

    assert len(days.live(1)) == 1
    assert days.phase is Phase.STOPPED


def test_restart_and_reload_are_for_what_is_kept_up() -> None:
    days = Days(nightly(), "2026-05-01T12:00")
    for verb in (Verb.RESTART, Verb.RELOAD):
        request = days.asks(verb)
        code, said = answer(days, verb, request) or (0, "")
        assert (code, said[:20]) == (1, "it is run by a sched")


def test_the_machine_going_down_in_the_middle_of_a_run_is_a_failure_and_made_up_for() -> None:
    days = Days(nightly(HOURLY), "2026-05-01T00:30", takes=0)
    days.live(0.6)
    days.daemon_dies()
    days.processes.living.clear()
    disk = days.world.store.disk
    disk["backup"] = disk["backup"].but({"boot": "the boot before"})

    days.daemon_comes_back()
    days.live(0.1)

    assert days.told(Kind.RUN_FAILED) == ["run failed: the machine went down meanwhile"]
    assert len(days.pids) == 1


def test_a_program_that_was_kept_up_gets_a_schedule() -> None:
    days = Days(replace(nightly(), schedule=None, transitions=GOD), "2026-05-01T12:00", takes=0)
    assert days.pid is not None

    days.daemon_is_away(0.0)
    days.daemon_comes_back(nightly())

    assert days.status.process is None
    assert "is left to itself" in days.told(Kind.WARNING)[0]
    assert days.phase is Phase.SCHEDULED
