"""Stories of programs that die, and come back."""

import pytest

from overseer.model.event import Verb
from overseer.model.news import Kind
from overseer.model.state import Goal, Hold, Phase
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import Life


@pytest.mark.design("4.5")
def test_up_means_it_stayed_up(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(0.9)
    before = life.phase

    life.passes(0.1)

    assert (before, life.phase) == (Phase.STARTING, Phase.UP)
    assert life.status.state == "up"


@pytest.mark.design("4.9")
@pytest.mark.case(63)
def test_a_first_crash_is_repaired_at_once(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(100)
    first = life.pid

    life.exits(signal=9)

    assert life.pid not in (None, first)
    life.passes(1)
    assert life.phase is Phase.UP
    assert life.status.reason == "killed by SIGKILL"
    assert life.status.restarts == 1


@pytest.mark.design("4.9")
@pytest.mark.case(137)
def test_a_program_that_keeps_dying_young_is_restarted_later_and_later(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    pauses = []

    for _ in range(4):
        life.exits(code=1)
        pauses.append(life.status.due - life.world.clock.time if life.pid is None else 0.0)
        life.passes(pauses[-1])

    assert pauses[0] == 0.0
    assert [round(pause) for pause in pauses[1:]] == [1, 2, 4]
    assert life.phase is not Phase.UP


@pytest.mark.design("4.9")
def test_a_stable_run_forgets_the_crashes_before(foreground: Watch) -> None:
    life = Life(foreground)
    for _ in range(3):
        life.passes(10)
        life.exits(code=1)
    life.passes(100)

    life.exits(code=1)

    assert life.pid is not None


@pytest.mark.design("4.10")
@pytest.mark.case(50)
@pytest.mark.case(51)
def test_flapping_holds_it_before_one_launch_too_many(foreground: Watch) -> None:
    life = Life(foreground)
    while life.status.hold is Hold.NONE:
        life.passes(2)
        if life.pid:
            life.exits(code=1)

    assert len(life.processes.spawned) == 5
    assert life.running == []
    assert life.phase is Phase.HELD
    assert life.status.state == "unmonitored"
    assert life.status.goal is Goal.UP
    assert len(life.told(Kind.FLAPPING)) == 1


@pytest.mark.design("4.3")
def test_a_stop_while_held_is_final(foreground: Watch) -> None:
    life = Life(foreground)
    while life.status.hold is Hold.NONE:
        life.passes(2)
        if life.pid:
            life.exits(code=1)

    life.asks(Verb.STOP)
    life.passes(100_000)

    assert life.phase is Phase.STOPPED
    assert len(life.processes.spawned) == 5


def test_the_control_script_starts_the_worker(daemon: Watch) -> None:
    life = Life(daemon)
    [pid] = [pid for pid, it in life.processes.living.items() if it.job is Job.START]
    worker = life.processes.bear("worker", Job.LAUNCH)
    life.processes.pid_files["worker"] = worker

    life.processes.die(pid, __import__("overseer.model.process", fromlist=["Exit"]).Exit(0))
    life.engine.turn()
    life.passes(10)

    assert life.pid == worker.pid
    assert life.phase is Phase.UP


@pytest.mark.design("4.6")
def test_an_end_that_is_heard_of_while_it_cannot_be_told_is_repaired(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(100)
    first = life.pid
    life.daemon_dies()
    life.processes.looks_fail = "unreadable"
    life.daemon_begins()
    doubtful = life.phase
    life.processes.followed.update(it.process for it in life.processes.living.values())

    life.exits(signal=9)
    life.processes.looks_fail = ""
    life.passes(60)

    assert doubtful is Phase.UNKNOWN
    assert life.phase is Phase.UP
    assert life.pid != first
    assert life.told(Kind.EXITED) == ["killed by SIGKILL"]
