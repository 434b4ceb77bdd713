"""Stories of the next daemon: what it does with what it finds, however old that is."""

from dataclasses import replace

import pytest
from cast import DAEMON

from overseer.conditions.log_match import LogMatch
from overseer.conditions.sd_notify import SdNotify
from overseer.conditions.socket_responding import SocketResponding
from overseer.model.event import Extended, Readied, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit, Process
from overseer.model.state import Goal, Phase
from overseer.model.state import Life as Living
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import Life

DAY = 86400.0
SOCKET = SocketResponding(socket="tcp:8000", responding=True)
KINDS = {
    "socket": SOCKET,
    "sd_notify": SdNotify(),
    "log_match": LogMatch(path="/var/log/app.log", pattern="listening"),
}


@pytest.fixture(params=KINDS)
def watch(request: pytest.FixtureRequest, foreground: Watch) -> Watch:
    """One for each kind of `ready`, older than all of its timers in a moment."""
    return replace(foreground, ready=(KINDS[request.param],), start_timeout=3.0, start_grace=2.0)


def up(watch: Watch, age: float = 9 * DAY) -> Life:
    """Up and ready, for so many seconds."""
    life = Life(watch)
    life.passes(watch.start_grace)
    says(life)
    assert life.phase is Phase.UP
    life.passes(age)
    return life


def says(life: Life, *, met: bool = True) -> None:
    assert life.status.process
    for row in range(len(life.watch.ready)):
        life.happens(Readied(life.status.process, row, met, "" if met else "HTTP 503"))


def next_daemon(life: Life, away: float = 0.0, watch: Watch | None = None) -> None:
    life.daemon_dies()
    life.world.clock.time += away
    life.daemon_begins(watch)


@pytest.mark.field("A1")
@pytest.mark.parametrize("away", [0.0, 1.0, 2 * DAY])
def test_what_was_up_is_up_whatever_its_age(watch: Watch, away: float) -> None:
    life = up(watch)
    before = life.status

    for _ in range(3):  # daemons die in sequence
        next_daemon(life, away)
        assert life.phase is Phase.UP
    life.passes(60)

    after = life.status
    assert (life.phase, after.process, after.up_at) == (Phase.UP, before.process, before.up_at)
    assert (after.launches, after.young, after.restarts) == (before.launches, 0, 0)
    assert life.processes.spawned == [("worker", Job.LAUNCH)]
    assert life.processes.signals == []


@pytest.mark.field("A1")
def test_that_it_is_steady_is_not_told_anew(watch: Watch) -> None:
    life = up(watch)
    told = len(life.world.store.news)

    next_daemon(life)
    life.passes(DAY)

    assert life.world.store.news[told:] == []


@pytest.mark.field("A1")
def test_what_was_up_keeps_to_it_under_another_name(watch: Watch) -> None:
    life = up(watch)
    pid = life.pid

    life.engine.rename("worker", replace(watch, name="other"), hard=False, restart=False)
    life.engine.turn()
    life.passes(60)

    assert life.engine.statuses["other"].process.pid == pid
    assert life.phase_of("other") is Phase.UP
    assert life.processes.signals == []


@pytest.mark.field("A1")
def test_what_an_operator_adopts_is_up(watch: Watch) -> None:
    from overseer.model.event import Adopted

    life = Life(replace(watch, autostart=False))
    old = life.processes.bear("worker", Job.LAUNCH)
    life.passes(9 * DAY)
    life.happens(Adopted(old, "alice", 1))
    next_daemon(life, DAY)
    life.passes(60)

    assert (life.phase, life.pid, life.processes.signals) == (Phase.UP, old.pid, [])


@pytest.mark.field("A1")
def test_what_a_pid_file_names_has_come_through_its_start(watch: Watch) -> None:
    daemon = replace(watch, program=DAEMON)
    life = Life(replace(daemon, autostart=False))
    old = life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
    life.world.store.disk.clear()
    next_daemon(life, 9 * DAY, daemon)
    life.passes(60)

    assert (life.phase, life.pid, life.processes.signals) == (Phase.UP, old.pid, [])
    assert life.processes.spawned == []


@pytest.mark.field("A1")
def test_a_restart_that_came_to_nothing_leaves_up_what_was_up(foreground: Watch) -> None:
    life = Life(replace(foreground, program=DAEMON, ready=(SOCKET,), start_timeout=3.0))
    life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
    command = next(it.process.pid for it in life.processes.living.values() if it.job is Job.START)
    life.processes.die(command, Exit(0))
    life.engine.turn()
    life.passes(1)
    says(life)
    life.passes(9 * DAY)
    worker = life.pid

    life.asks(Verb.RESTART)
    command = next(it.process.pid for it in life.processes.living.values() if it.job is Job.RESTART)
    life.processes.die(command, Exit(1))
    life.engine.turn()
    life.passes(60)

    assert (life.phase, life.pid, life.processes.signals) == (Phase.UP, worker, [])


@pytest.mark.field("K1")
@pytest.mark.parametrize("away", [0.0, 2 * DAY])
def test_what_is_not_ready_yet_has_all_of_its_time_anew(foreground: Watch, away: float) -> None:
    life = Life(replace(foreground, ready=(SOCKET,), start_timeout=60.0))
    first = life.pid
    life.passes(50)
    next_daemon(life, away)

    life.passes(50)
    before = life.phase, life.pid
    says(life)
    ready = life.phase, life.pid

    assert before == (Phase.STARTING, first)
    assert ready == (Phase.UP, first)


@pytest.mark.field("K1")
def test_what_never_gets_ready_under_the_next_daemon_has_failed_to_start(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(SOCKET,), start_timeout=60.0))
    first = life.pid
    life.passes(50)
    next_daemon(life, 2 * DAY)
    says(life, met=False)
    life.passes(61)

    assert life.told(Kind.START_FAILED) == ["start failed: not ready in 1m: HTTP 503"]
    assert life.pid not in (None, first)


@pytest.mark.field("K1")
@pytest.mark.parametrize("kind", ["sd_notify", "log_match"])
def test_what_may_have_been_said_while_nobody_listened_is_believed(
    foreground: Watch, kind: str
) -> None:
    life = Life(replace(foreground, ready=(KINDS[kind],), start_timeout=60.0))
    first = life.pid
    life.passes(5)
    next_daemon(life, 10)
    says(life, met=False)
    life.passes(59)
    before = life.phase
    life.passes(2)

    assert before is Phase.STARTING
    assert (life.phase, life.pid, life.processes.signals) == (Phase.UP, first, [])
    [warned] = life.told(Kind.WARNING)
    assert "taken as up" in warned


@pytest.mark.field("K1")
def test_what_was_said_to_the_daemon_before_stays_said(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(SdNotify(), SOCKET), start_timeout=60.0))
    life.passes(5)
    assert life.status.process
    life.happens(Readied(life.status.process, 0, True))
    next_daemon(life)
    life.happens(Readied(life.status.process, 0, False, "no READY=1 yet"))
    life.happens(Readied(life.status.process, 1, True))

    assert life.phase is Phase.UP


def test_the_patience_that_it_asked_for_is_kept(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(SOCKET,), start_timeout=20.0))
    life.passes(5)
    life.happens(Extended(life.world.clock.now() + 100))
    next_daemon(life)
    life.passes(90)

    assert life.phase is Phase.STARTING


@pytest.mark.field("K1")
def test_a_stop_has_all_of_its_time_again(foreground: Watch) -> None:
    """The signal may not have been sent: the daemon was killed between the record and the act."""
    life = up(foreground)
    life.processes.living[life.pid or 0].ignores_term = True
    life.asks(Verb.STOP)
    next_daemon(life, 2 * DAY)
    life.passes(29)

    assert [number for _, number in life.processes.signals] == [15, 15]
    life.passes(2)
    assert [number for _, number in life.processes.signals] == [15, 15, 9]
    assert life.phase is Phase.STOPPED


@pytest.mark.field("K1")
def test_what_is_to_be_killed_is_killed_again(foreground: Watch) -> None:
    """No verdict without the act: SIGKILL may not have been sent."""
    life = up(foreground)
    life.processes.living[life.pid or 0].ignores_term = True
    life.asks(Verb.STOP)
    life.world.processes.engine = None
    life.processes.prompt = False
    kill, life.processes.signal = life.processes.signal, lambda watch, action: None  # type: ignore[method-assign]
    life.passes(30)
    life.processes.signal = kill  # type: ignore[method-assign]
    life.processes.prompt = True
    next_daemon(life, DAY)
    life.passes(1)

    assert (life.phase, life.told(Kind.STOP_FAILED)) == (Phase.STOPPED, [])


@pytest.mark.field("K1")
@pytest.mark.parametrize("job", [Job.START, Job.RESTART])
def test_a_command_that_ended_meanwhile_is_not_called_too_slow(daemon: Watch, job: Job) -> None:
    life = Life(daemon)
    if job is Job.RESTART:
        begin_worker(life, Job.START)
        life.passes(DAY)
        life.asks(Verb.RESTART)
    life.daemon_dies()
    worker = begin_worker(life, job)
    life.world.clock.time += 2 * DAY
    life.daemon_begins()
    life.passes(60)

    assert (life.phase, life.status.process) == (Phase.UP, worker)
    assert life.told(Kind.START_FAILED, Kind.RESTART_FAILED) == []


def begin_worker(life: Life, job: Job) -> Process:
    """The command does what it is for, and ends."""
    processes = life.processes
    command = next(it.process.pid for it in processes.living.values() if it.job is job)
    for pid in [pid for pid, it in processes.living.items() if it.job is Job.LAUNCH]:
        processes.die(pid, Exit(0))
    worker = processes.pid_files["worker"] = processes.bear("worker", Job.LAUNCH)
    processes.die(command, Exit(0))
    life.engine.turn()
    return worker


def test_what_lives_no_more_is_not_called_steady_first(foreground: Watch) -> None:
    life = up(foreground, age=30)
    life.asks(Verb.RESTART)
    life.passes(5)
    life.daemon_dies()
    life.processes.living.clear()
    life.world.clock.time += DAY
    life.processes.prompt = False
    life.daemon_begins()
    life.passes(1)

    assert (life.status.life, life.told(Kind.STEADY)) == (Living.LOOKING, [])


@pytest.mark.field("K7")
@pytest.mark.parametrize("reboots", [False, True])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_load_that_was_killed_while_it_stopped_something_leaves_it_wanted(
    foreground: Watch, stopped: bool, reboots: bool
) -> None:
    life = up(foreground)
    life.processes.living[life.pid or 0].ignores_term = not stopped
    life.asks(Verb.STOP, by="load by root", words="load")
    if reboots:
        life.machine_restarts()
        life.daemon_begins()
    else:
        next_daemon(life, DAY)
    life.passes(60)

    assert (life.phase, life.status.goal) == (Phase.UP, Goal.UP)
    assert len(life.running) == 1


@pytest.mark.field("K7")
def test_a_load_does_not_take_an_operators_stop_for_its_own(foreground: Watch) -> None:
    life = up(foreground)
    life.asks(Verb.STOP)
    life.asks(Verb.STOP, by="load by root", words="load")
    next_daemon(life)
    life.passes(60)

    assert (life.phase, life.status.set_by) == (Phase.STOPPED, "alice")
