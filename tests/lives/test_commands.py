"""Stories of programs that daemonize themselves: look before judging."""

from dataclasses import replace

import pytest
from cast import DAEMON

from overseer.core.outcome import Outcome, outcome
from overseer.core.outdated import runs_as_before
from overseer.errors import FAILED
from overseer.model.event import Looked, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Phase
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import Life


def commands(life: Life, job: Job) -> list[int]:
    return [pid for pid, it in life.processes.living.items() if it.job is job]


def ends(life: Life, job: Job, code: int) -> None:
    [pid] = commands(life, job)
    life.processes.die(pid, Exit(code))
    life.engine.turn()


def bears(life: Life) -> int:
    """A worker is there, and its pid file names it."""
    worker = life.processes.bear("worker", Job.LAUNCH)
    life.processes.pid_files["worker"] = worker
    return worker.pid


@pytest.fixture
def up(daemon: Watch) -> Life:
    """The article's worker, up."""
    life = Life(daemon)
    bears(life)
    ends(life, Job.START, 0)
    life.passes(10)
    assert life.phase is Phase.UP
    return life


@pytest.mark.design("4.7")
@pytest.mark.case(80)
def test_a_start_command_is_waited_for(daemon: Watch) -> None:
    life = Life(daemon)
    life.passes(30)
    before = life.phase
    worker = bears(life)

    ends(life, Job.START, 0)
    life.passes(10)

    assert (before, life.phase, life.pid) == (Phase.STARTING, Phase.UP, worker)


@pytest.mark.design("4.7")
def test_a_process_that_is_there_is_believed_also_after_exit_1(daemon: Watch) -> None:
    life = Life(daemon)
    worker = bears(life)

    ends(life, Job.START, 1)
    life.passes(10)

    assert (life.phase, life.pid) == (Phase.UP, worker)


@pytest.mark.design("4.7")
@pytest.mark.case(69)
def test_a_pid_file_that_comes_late_is_no_second_start(daemon: Watch) -> None:
    life = Life(daemon)
    ends(life, Job.START, 0)
    life.passes(4)
    bears(life)
    life.passes(20)

    assert life.phase is Phase.UP
    assert life.processes.spawned == [("worker", Job.START)]


@pytest.mark.design("4.7")
def test_without_a_process_it_is_a_failed_start(daemon: Watch) -> None:
    life = Life(daemon)

    ends(life, Job.START, 1)

    assert life.told(Kind.START_FAILED) == ["start failed: start command: exit code 1"]
    assert len(life.processes.spawned) == 2


@pytest.mark.design("4.7")
@pytest.mark.case(91)
def test_a_start_command_that_takes_too_long_is_cut_short(daemon: Watch) -> None:
    life = Life(daemon)
    [control] = commands(life, Job.START)

    life.passes(61)

    assert (control, 15) in life.processes.signals
    assert "took too long" in life.told(Kind.START_FAILED)[0]


@pytest.mark.design("4.7")
@pytest.mark.case(91)
def test_a_foreground_program_with_a_pid_file_is_kept_and_said(daemon: Watch) -> None:
    life = Life(daemon)
    [control] = commands(life, Job.START)
    life.processes.pid_files["worker"] = life.processes.living[control].process

    life.passes(61)

    assert life.pid == control
    assert "foreground" in life.told(Kind.WARNING)[0]
    life.passes(10)
    assert life.phase is Phase.UP


@pytest.mark.design("4.7")
@pytest.mark.case(91)
def test_a_stop_cuts_a_start_command_short(daemon: Watch) -> None:
    life = Life(daemon)
    [control] = commands(life, Job.START)

    life.asks(Verb.STOP)

    assert (control, 15) in life.processes.signals
    assert life.phase is Phase.STOPPED
    life.passes(10_000)
    assert life.processes.living == {}


@pytest.mark.design("4.7")
def test_a_restart_command_brings_a_new_process(up: Life) -> None:
    old = up.pid
    request = up.asks(Verb.RESTART)
    up.processes.die(old or 0, Exit(0))
    up.engine.turn()
    new = bears(up)
    ends(up, Job.RESTART, 0)
    up.passes(10)

    answer = outcome(Verb.RESTART, up.watch, up.status, request)
    assert (up.phase, up.pid) == (Phase.UP, new)
    assert answer is not None
    assert answer.ok


@pytest.mark.design("4.7")
def test_a_restart_that_failed_leaves_the_old_process_up(up: Life) -> None:
    old = up.pid
    request = up.asks(Verb.RESTART)

    ends(up, Job.RESTART, 1)
    up.passes(10)

    assert (up.phase, up.pid) == (Phase.UP, old)
    assert len(up.told(Kind.RESTART_FAILED)) == 1
    answer = outcome(Verb.RESTART, up.watch, up.status, request)
    assert answer is not None
    assert (answer.ok, answer.code) == (False, FAILED)
    said = f"restart command: exit code 1; the old process goes on, pid {old}"
    assert answer.message == said
    again = up.asks(Verb.START)
    assert outcome(Verb.START, up.watch, up.status, again) == Outcome(True, 0, f"up, pid {old}")


def changes(life: Life, **program: object) -> None:
    """A load of a file that says something else by now, and restarts nothing."""
    new = replace(life.watch, program=replace(life.watch.program, **program))  # type: ignore[arg-type]
    life.engine.replace(new, hard="user" in program, restart=False)
    life.engine.turn()


@pytest.mark.design("4.15")
def test_a_changed_program_is_not_left_to_its_old_restart_command(up: Life) -> None:
    """That would launch it as it was."""
    changes(up, user="other")
    assert runs_as_before(up.watch, up.status) == ("user",)

    up.asks(Verb.RESTART)
    assert not commands(up, Job.RESTART)
    ends(up, Job.STOP, 0)
    up.exits(0)
    bears(up)
    ends(up, Job.START, 0)
    up.passes(10)

    assert up.phase is Phase.UP
    assert up.status.program == up.watch.program
    assert runs_as_before(up.watch, up.status) == ()


@pytest.mark.design("4.15")
def test_what_counts_from_the_next_start_counts_after_a_restart_command(up: Life) -> None:
    changes(up, reload=1)
    old = up.pid

    up.asks(Verb.RESTART)
    up.processes.die(old or 0, Exit(0))
    up.engine.turn()
    bears(up)
    ends(up, Job.RESTART, 0)
    up.passes(10)

    assert up.status.program == up.watch.program


@pytest.mark.design("4.8")
def test_the_pid_file_may_name_a_successor(up: Life) -> None:
    old = up.pid
    successor = bears(up)

    up.processes.die(old or 0, Exit())
    up.engine.turn()
    up.passes(10)

    assert (up.phase, up.pid) == (Phase.UP, successor)
    assert up.processes.spawned == [("worker", Job.START)]


@pytest.mark.design("4.16")
@pytest.mark.case(170)
def test_the_next_daemon_finds_the_process_and_restarts_nothing(up: Life) -> None:
    worker = up.pid
    up.daemon_dies()
    up.daemon_begins()
    up.passes(100)

    assert (up.phase, up.pid) == (Phase.UP, worker)
    assert up.processes.spawned == [("worker", Job.START)]


@pytest.mark.design("4.6")
def test_a_command_lost_with_its_daemon_is_found_and_waited_for(daemon: Watch) -> None:
    """Killed between the fork and its record."""
    life = Life(daemon)
    life.processes.prompt = False
    ends(life, Job.START, 1)
    for event in life.processes.waiting[:]:
        life.processes.waiting.remove(event)
        life.happens(event[1])
    for event in life.processes.waiting[:]:
        life.processes.waiting.remove(event)
        life.happens(event[1])
    [(name, spawn)] = life.processes.unborn
    control = life.processes.bear(name, Job.START, spawn.errand.id).pid
    life.daemon_dies()
    life.processes.prompt = True
    life.daemon_begins()
    life.passes(5)

    assert commands(life, Job.START) == [control]
    bears(life)
    ends(life, Job.START, 0)
    life.passes(10)
    assert life.phase is Phase.UP


@pytest.mark.design("4.16")
def test_a_restart_outlives_daemons_that_did_not_find_its_stop_command(daemon: Watch) -> None:
    """The process and its tree have ended; whether its stop command was ever run is looked for."""
    life = Life(replace(daemon, program=replace(DAEMON, restart=None)))
    worker = bears(life)
    ends(life, Job.START, 0)
    life.passes(10)
    life.processes.prompt = False
    life.asks(Verb.RESTART)
    life.processes.waiting.clear()
    life.processes.die(worker, Exit(0))
    for _ in range(2):  # killed before their look is answered
        for event in [one for _, one in life.processes.waiting if not isinstance(one, Looked)]:
            life.happens(event)
        life.daemon_dies()
        life.daemon_begins()
        assert life.phase is Phase.RESTARTING

    life.processes.prompt = True
    life.daemon_dies()
    life.daemon_begins()
    bears(life)
    ends(life, Job.START, 0)
    life.passes(10)

    assert life.phase is Phase.UP


@pytest.mark.design("4.6")
def test_what_cannot_be_told_is_neither_doubled_nor_signalled(daemon: Watch) -> None:
    life = Life(daemon)
    bears(life)
    ends(life, Job.START, 0)
    life.passes(10)
    life.daemon_dies()
    life.processes.looks_fail = "its environment is hidden"
    life.daemon_begins()
    life.passes(300)

    assert life.phase is Phase.UNKNOWN
    assert life.processes.signals == []
    assert len(life.told(Kind.UNKNOWN)) == 1
    life.processes.looks_fail = ""
    life.passes(31)
    assert life.phase is Phase.UP


@pytest.mark.design("4.5")
def test_grace_is_a_timer_in_which_a_stop_is_heard(up: Life) -> None:
    program = replace(DAEMON, stop=None)
    life = Life(replace(up.watch, program=program))
    bears(life)
    ends(life, Job.START, 0)
    life.passes(3)

    life.asks(Verb.STOP)

    assert life.phase is Phase.STOPPED
