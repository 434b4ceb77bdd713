"""Stories of what is asked before a restart stops anything, and before a start."""

from dataclasses import replace

import pytest
from cast import FOREGROUND, MEMORY

from overseer.core.outcome import outcome
from overseer.model.event import LaunchFailed, Reloading, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Phase
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import Life


@pytest.fixture
def life(foreground: Watch) -> Life:
    program = replace(FOREGROUND, check_before_restart=("control", "configtest"))
    life = Life(replace(foreground, program=program))
    life.passes(5)
    return life


def answers(life: Life, code: int) -> None:
    (check,) = (pid for pid, it in life.processes.living.items() if it.job is Job.CHECK)
    life.processes.die(check, Exit(code))
    life.engine.turn()


def said(life: Life, request: int) -> tuple[int, str] | None:
    found = outcome(Verb.RESTART, life.watch, life.status, request)
    return found and (found.code, found.message)


@pytest.mark.field("J14")
def test_a_restart_stops_nothing_before_its_check_has_said_yes(life: Life) -> None:
    old = life.pid
    request = life.asks(Verb.RESTART)
    during = life.pid, life.phase, said(life, request)
    answers(life, 0)
    life.passes(2)

    assert during == (old, Phase.RESTARTING, None)
    assert life.pid != old
    assert said(life, request) == (0, f"up, pid {life.pid}")


@pytest.mark.field("J14")
def test_where_it_says_no_the_old_process_goes_on_and_that_is_told(life: Life) -> None:
    old = life.pid
    request = life.asks(Verb.RESTART)
    answers(life, 1)
    life.passes(10)

    assert (life.pid, life.phase) == (old, Phase.UP)
    why = "check_before_restart: exit code 1"
    assert said(life, request) == (1, f"not restarted: {why}, pid {old}")
    assert life.told(Kind.RESTART_FAILED) == [why]


@pytest.mark.field("J14")
@pytest.mark.parametrize("code", [0, 1])
def test_a_check_of_the_watch_asks_it_too(life: Life, code: int) -> None:
    old = life.pid
    life.answers(MEMORY, "too much")
    life.answers(MEMORY, "too much")  # it is under way
    before = life.pid, life.told(Kind.RESTARTED)
    answers(life, code)
    life.passes(2)

    assert before == (old, [])
    assert (life.pid == old) is (code == 1)
    assert life.told(Kind.RESTARTED) == ([] if code else ["restarted: too much"])
    assert life.status.restarts == (0 if code else 1)


@pytest.mark.field("J14")
def test_one_that_takes_too_long_is_cut_short(life: Life) -> None:
    old = life.pid
    request = life.asks(Verb.RESTART)
    life.passes(70)

    assert (life.pid, life.phase) == (old, Phase.UP)
    assert said(life, request) == (
        1,
        f"not restarted: check_before_restart: took too long, pid {old}",
    )


@pytest.mark.field("J14")
@pytest.mark.parametrize("ends", [Verb.STOP, Verb.UNMONITOR])
def test_what_is_stopped_meanwhile_is_not_restarted_after_all(life: Life, ends: Verb) -> None:
    life.asks(Verb.RESTART)
    pid = life.pid
    life.asks(ends)
    for it in [pid for pid, it in life.processes.living.items() if it.job is Job.CHECK]:
        life.processes.die(it, Exit(0))
    life.engine.turn()
    life.passes(100)

    assert life.running == ([] if ends is Verb.STOP else [pid])


@pytest.mark.field("J14")
def test_what_crashes_meanwhile_is_launched_without_it(life: Life) -> None:
    life.asks(Verb.RESTART)
    life.exits(code=1)
    life.passes(10)

    assert life.phase is Phase.UP
    assert len(life.running) == 1


@pytest.mark.field("J14")
def test_a_start_that_is_not_to_be_is_no_failure(foreground: Watch) -> None:
    life = Life(replace(foreground, autostart=False), prompt=False)
    request = life.asks(Verb.START)
    _, action = life.processes.unborn.pop()
    why = "before_start: exit code 99: not the leader"
    life.happens(LaunchFailed(action.errand.id, why, skipped=True))
    life.passes(1000)

    found = outcome(Verb.START, life.watch, life.status, request)
    assert found
    assert (found.code, found.message) == (0, f"not started: {why}")
    assert (life.phase, life.status.state) == (Phase.COMPLETED, "stop")
    assert life.told(Kind.START_FAILED) == []
    assert life.processes.unborn == []


@pytest.mark.field("J10")
def test_a_reload_that_begins_beside_the_check_is_waited_for_no_longer_than_any(life: Life) -> None:
    life.asks(Verb.RESTART)
    process = life.status.process
    assert process is not None
    life.happens(Reloading(process, over=False))
    answers(life, 1)

    during = life.phase
    life.passes(life.watch.restart_timeout + 1)

    assert (during, life.phase) == (Phase.RELOADING, Phase.UP)
    assert "no READY=1" in life.status.trouble
