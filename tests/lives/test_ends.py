"""Stories of stopping: politely, then not; and what is left behind."""

from dataclasses import replace

import pytest
from cast import FOREGROUND, GOD

from overseer.conditions.process_exits import ProcessExits
from overseer.core.outcome import outcome
from overseer.model.event import Closing, Exited, Signalled, Succeeded, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.program import StopStep
from overseer.model.state import Goal, Phase
from overseer.model.status import Job
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import Life

TERM, KILL = 15, 9


@pytest.mark.design("4.11")
@pytest.mark.case(74)
@pytest.mark.case(23)
def test_what_ignores_its_stop_signal_is_killed_after_its_time(foreground: Watch) -> None:
    program = replace(FOREGROUND, stop_signals=(StopStep(10, 1.5),))
    life = Life(replace(foreground, program=program))
    life.passes(2)
    life.processes.ignores_term = True
    life.processes.living[life.pid or 0].ignores_term = True
    pid = life.pid

    life.asks(Verb.STOP)
    life.passes(1.4)
    before = list(life.processes.signals)
    life.passes(0.2)

    assert before == [(pid, 10)]
    assert life.processes.signals[-1] == (pid, KILL)
    assert life.phase is Phase.STOPPED


@pytest.mark.design("4.11")
def test_a_sequence_of_signals_is_gone_through_in_its_times(foreground: Watch) -> None:
    steps = (StopStep(3, 30.0), StopStep(15, 10.0))
    life = Life(replace(foreground, program=replace(FOREGROUND, stop_signals=steps)))
    life.passes(2)
    life.processes.living[life.pid or 0].ignores_term = True

    life.asks(Verb.STOP)
    life.passes(41)

    assert [number for _, number in life.processes.signals] == [3, 15, 9]


@pytest.mark.design("4.11")
def test_what_a_crash_leaves_behind_is_ended_before_the_next_launch(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.living[life.pid or 0].left = 1
    life.processes.ignores_term = True
    launches = len(life.processes.spawned)

    life.exits(code=1)
    life.passes(4)
    waiting = len(life.processes.spawned)
    life.passes(2)

    assert waiting == launches
    assert life.phase in (Phase.UP, Phase.STARTING)


@pytest.mark.design("4.11")
@pytest.mark.case(68)
@pytest.mark.case(92)
def test_the_stop_command_is_waited_for_and_then_looked_after(daemon: Watch) -> None:
    life = running_daemon(daemon)
    worker = life.pid

    life.asks(Verb.STOP)
    [control] = commands(life, Job.STOP)
    life.passes(3)
    still = life.phase
    life.processes.die(control, Exit(0))
    life.engine.turn()
    life.passes(life.watch.program.stop_timeout - 1)
    graceful = list(life.processes.signals)
    life.passes(2)

    assert (still, graceful) == (Phase.STOPPING, [])
    assert (worker, TERM) in life.processes.signals
    assert life.phase is Phase.STOPPED


@pytest.mark.design("4.4")
@pytest.mark.case(53)
def test_stop_then_start_ends_running(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.living[life.pid or 0].ignores_term = True
    stop = life.asks(Verb.STOP)
    start = life.asks(Verb.START)

    life.passes(32)

    assert life.phase is Phase.UP
    first = outcome(Verb.STOP, life.watch, life.status, stop)
    second = outcome(Verb.START, life.watch, life.status, start)
    assert first is not None
    assert (first.ok, first.message) == (False, "start by alice came in between")
    assert second is not None
    assert second.ok


@pytest.mark.design("4.3")
@pytest.mark.parametrize("moment", ["launching", "grace", "backoff", "up"])
def test_a_stop_wins_whenever_it_comes_and_for_good(foreground: Watch, moment: str) -> None:
    life = Life(foreground, prompt=moment != "launching")
    if moment in ("backoff", "up"):
        life.passes(2)
    if moment == "backoff":
        life.exits(code=1)
        life.exits(code=1)

    life.asks(Verb.STOP)
    if moment == "launching":
        life.processes.prompt = True
        while life.processes.waiting:  # it is not run any more
            life.engine.post(*life.processes.waiting.pop(0))
        life.engine.turn()
    life.daemon_dies()
    life.daemon_begins()
    life.passes(100_000)

    assert life.running == []
    assert life.phase is Phase.STOPPED
    assert life.status.goal is Goal.DOWN


@pytest.mark.design("4.17")
def test_terminate_keeps_what_is_wanted(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)

    life.happens(Closing())
    life.passes(100)
    down, goal = life.running, life.status.goal
    life.daemon_dies()
    life.daemon_begins()
    life.passes(2)

    assert (down, goal) == ([], Goal.UP)
    assert life.phase is Phase.UP


@pytest.mark.design("4.11")
def test_a_process_is_stopped_as_it_was_started(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    changed = replace(FOREGROUND, stop_signals=(StopStep(2, 5.0),))

    life.engine.replace(replace(life.watch, program=changed), hard=False, restart=False)
    life.engine.turn()
    life.asks(Verb.STOP)

    assert life.processes.signals[-1][1] == TERM


@pytest.mark.case(57)
def test_a_stop_by_a_condition_stays_until_somebody_starts_it(foreground: Watch) -> None:
    rows = (*GOD, Transition(("up",), GOD[4].when, "stop"))
    life = Life(replace(foreground, transitions=rows))
    life.passes(2)

    life.answers(6, "memory 104MB")
    life.passes(1000)
    stopped = (life.phase, life.status.state)
    life.asks(Verb.START)
    life.passes(2)

    assert stopped == (Phase.STOPPED, "stop")
    assert life.phase is Phase.UP


def test_an_expected_end_is_no_crash(foreground: Watch) -> None:
    rows = (
        *GOD[:3],
        Transition(("start", "up"), ProcessExits(expected=True), "stop"),
        Transition(("up",), ProcessExits(expected=False), "start"),
    )
    life = Life(replace(foreground, transitions=rows))
    life.passes(2)

    life.exits(code=0)

    assert life.phase is Phase.COMPLETED
    assert life.told(Kind.FINISHED) == ["exit code 0"]


def test_what_is_done_sooner_than_it_could_be_up_has_not_failed(foreground: Watch) -> None:
    rows = (*GOD[:3], Transition(("start", "up"), ProcessExits(), "stop"))
    life = Life(replace(foreground, transitions=rows))
    life.passes(0.1)
    assert life.phase is Phase.UP

    life.exits(code=0)
    assert life.phase is Phase.COMPLETED

    life.asks(Verb.START)
    life.exits(code=1)
    assert life.phase is Phase.FAILED
    assert life.told(Kind.START_FAILED) == []


def test_stuck_is_said_and_nothing_is_launched_beside_it(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.immortal = True

    request = life.asks(Verb.RESTART)
    life.passes(60)

    assert life.phase is Phase.STOP_FAILED
    assert len(life.told(Kind.STOP_FAILED)) == 1
    assert len(life.processes.spawned) == 1
    answer = outcome(Verb.RESTART, life.watch, life.status, request)
    assert answer is not None
    assert not answer.ok


def running_daemon(watch: Watch) -> Life:
    """A worker that its control script has started."""
    life = Life(watch)
    [control] = commands(life, Job.START)
    life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
    life.processes.die(control, Exit(0))
    life.engine.turn()
    life.passes(10)
    assert life.phase is Phase.UP
    return life


def commands(life: Life, job: Job) -> list[int]:
    return [pid for pid, it in life.processes.living.items() if it.job is job]


def test_what_replaces_itself_is_followed_and_not_restarted(daemon: Watch) -> None:
    life = running_daemon(daemon)
    old = life.status.process
    life.passes(100)
    successor = life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
    life.processes.followed.add(successor)
    assert old is not None

    life.happens(Succeeded(old, successor))
    life.processes.die(old.pid, Exit(0))
    life.engine.turn()

    assert (life.phase, life.pid) == (Phase.UP, successor.pid)
    assert life.told(Kind.EXITED, Kind.RESTARTED) == []
    assert f"pid {successor.pid} now" in life.told(Kind.ADOPTED)[-1]

    life.exits(code=1)

    assert life.processes.spawned[-1] == ("worker", Job.START)


def test_a_successor_that_has_ended_meanwhile_is_none(daemon: Watch) -> None:
    life = running_daemon(daemon)
    old = life.status.process
    life.passes(100)
    successor = life.processes.bear("worker", Job.LAUNCH)
    assert old is not None

    life.happens(Exited(successor, Exit(1)))
    life.happens(Succeeded(old, successor))

    assert life.status.process == old


WITH_COMMAND = replace(FOREGROUND, stop=("control", "stop"), stop_signals=(StopStep(15, 3.0),))


def stopping(watch: Watch, *, ignores_term: bool = True) -> Life:
    """Up, and about to be stopped by a command."""
    life = Life(replace(watch, program=WITH_COMMAND))
    life.passes(2)
    life.processes.living[life.pid or 0].ignores_term = ignores_term
    life.asks(Verb.STOP)
    return life


@pytest.mark.field("A11")
def test_a_stop_command_without_end_is_cut_short_and_signals_follow_each_in_its_time(
    foreground: Watch,
) -> None:
    life = stopping(foreground)
    pid, [control] = life.pid, commands(life, Job.STOP)

    life.passes(2.9)
    before = list(life.processes.signals)
    life.passes(0.2)
    cut = list(life.processes.signals)
    life.passes(2.8)
    waiting = list(life.processes.signals)
    life.passes(0.3)

    assert before == []
    assert cut == [(control, TERM), (pid, TERM)]
    assert waiting == cut
    assert life.processes.signals[2:] == [(pid, KILL)]
    assert life.told(Kind.STOPPING, Kind.WARNING) == [
        f"stop command begun, pid {control}",
        "stop command: not over in 3s, cut short; SIGTERM follows",
        f"SIGTERM sent to pid {pid}",
        f"SIGKILL sent to pid {pid}",
    ]
    assert life.phase is Phase.STOPPED


@pytest.mark.field("A11")
def test_a_stop_command_that_failed_is_told_and_the_stop_signal_follows_at_once(
    foreground: Watch,
) -> None:
    life = stopping(foreground, ignores_term=False)
    pid, [control] = life.pid, commands(life, Job.STOP)

    life.processes.die(control, Exit(3))
    life.engine.turn()

    assert life.processes.signals == [(pid, TERM)]
    assert life.told(Kind.WARNING) == ["stop command: exit code 3; SIGTERM follows"]
    assert life.phase is Phase.STOPPED


@pytest.mark.field("J7")
def test_what_a_stop_command_has_told_to_end_has_its_time_for_it(foreground: Watch) -> None:
    life = stopping(foreground)
    pid, [control] = life.pid, commands(life, Job.STOP)

    life.passes(2)
    life.processes.die(control, Exit(0))
    life.engine.turn()
    life.passes(2.9)
    graceful = list(life.processes.signals)
    life.passes(0.2)
    asked = list(life.processes.signals)
    life.passes(3)

    assert graceful == []
    assert asked == [(pid, TERM)]
    assert life.processes.signals == [(pid, TERM), (pid, KILL)]


@pytest.mark.field("J3")
@pytest.mark.parametrize("crash", [False, True])
def test_a_child_that_ignores_term_has_gone_when_it_is_killed(
    foreground: Watch, crash: bool
) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.living[life.pid or 0].left = 1
    life.processes.ignores_term = True

    if crash:
        life.exits(code=1)
    else:
        life.asks(Verb.RESTART)
    life.passes(5.5 if crash else 30.5)

    assert life.told(Kind.STOP_FAILED) == []
    assert life.running


@pytest.mark.field("J3")
def test_what_survives_is_named_by_itself_and_looked_at_before(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    pid = life.pid or 0
    life.processes.living[pid].left = 1
    life.processes.ignores_term = True
    life.exits(code=1)
    life.processes.immortal = True
    life.passes(11)

    assert life.told(Kind.STOP_FAILED) == [f"pid {pid} (serve) survived SIGKILL"]


@pytest.mark.field("A3")
def test_nothing_has_survived_a_signal_that_was_never_sent(foreground: Watch) -> None:
    """Ten thousand wait before it."""
    life = Life(foreground, prompt=True)
    life.passes(2)
    life.processes.prompt = False

    life.asks(Verb.STOP)
    life.passes(600)

    assert life.told(Kind.STOP_FAILED) == []
    assert life.phase is Phase.STOPPING
    assert life.status.trouble == "SIGTERM has waited to be sent for 10m"


@pytest.mark.field("A3")
def test_the_time_of_a_signal_runs_from_when_it_has_been_sent(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    pid = life.pid or 0
    life.processes.living[pid].ignores_term = True
    life.processes.prompt = False
    life.asks(Verb.STOP)
    life.passes(100)
    sent = life.processes.waiting[0]

    life.engine.post(*sent)
    life.engine.turn()
    life.passes(29)

    assert KILL not in [number for _, number in life.processes.signals]
    life.passes(2)
    assert KILL in [number for _, number in life.processes.signals]


@pytest.mark.field("K10")
def test_a_signal_that_cannot_be_sent_is_told_with_its_reason(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    process = life.status.process
    assert process
    life.processes.prompt = False
    life.asks(Verb.STOP)

    life.happens(Signalled(process, TERM, "operation not permitted"))

    why = f"SIGTERM not sent to pid {process.pid}: operation not permitted"
    assert life.told(Kind.WARNING) == [why]


@pytest.mark.field("A15")
@pytest.mark.parametrize("verb", [Verb.START, Verb.RESTART])
@pytest.mark.parametrize("what", ["process", "child"])
def test_a_start_of_what_could_not_be_stopped_says_so_at_once(
    foreground: Watch, verb: Verb, what: str
) -> None:
    life = Life(foreground)
    life.passes(2)
    pid = life.pid or 0
    life.processes.living[pid].left = what == "child"
    if what == "child":
        life.processes.ignores_term = True
        life.exits(code=1)
    life.processes.immortal = True
    life.asks(Verb.STOP)
    life.passes(60)
    assert life.phase is Phase.STOP_FAILED

    request = life.asks(verb)

    answer = outcome(verb, life.watch, life.status, request)
    assert answer
    assert answer[:3] == (False, 3, f"stop_failed: pid {pid} (serve) survived SIGKILL")
    assert len(life.processes.spawned) == 1
