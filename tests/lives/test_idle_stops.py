"""Stories of stops while nothing runs: what earlier runs and commands have left ends with them."""

import pytest
from days import Days, nightly

from overseer.core.outcome import outcome
from overseer.model.event import Closing, Verb
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.state import Phase
from overseer.model.task import TaskState
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

LEFT = Process(4711, 10**9, BOOT)
DISK = Watch(
    name="disk",
    program=Program(),
    states=(TaskState("ok", ("look",)),),
    initial_state="ok",
)


def idle(kind: str) -> Life:
    """It has run once, and something of that is still there."""
    if kind == "task":
        life = Life(DISK)
        [pid] = life.processes.living
        life.processes.die(pid, Exit(0))
        life.engine.turn()
    else:
        life = Days(nightly(), "2026-05-01T02:00")
        life.live(1)
    life.processes.behind[life.name] = [LEFT]
    return life


@pytest.mark.field("A23")
@pytest.mark.parametrize("kind", ["task", "scheduled"])
@pytest.mark.parametrize("ignores_term", [False, True])
def test_a_stop_ends_what_was_left(kind: str, ignores_term: bool) -> None:
    life = idle(kind)
    life.processes.ignores_term = ignores_term

    request = life.asks(Verb.STOP)
    life.passes(60.0)

    done = outcome(Verb.STOP, life.watch, life.status, request)
    assert done is not None
    assert (done.code, done.message) == (0, "stopped")
    assert life.processes.behind[life.name] == []


@pytest.mark.field("A23")
@pytest.mark.parametrize("kind", ["task", "scheduled"])
def test_what_survives_sigkill_is_named(kind: str) -> None:
    life = idle(kind)
    life.processes.immortal = True

    request = life.asks(Verb.STOP)
    life.passes(60.0)

    done = outcome(Verb.STOP, life.watch, life.status, request)
    assert done is not None
    assert (done.code, "survived SIGKILL" in done.message) == (1, True)
    life.processes.immortal = False
    life.passes(120.0)
    assert life.processes.behind[life.name] == []
    assert life.phase is Phase.STOPPED


@pytest.mark.field("A23")
@pytest.mark.parametrize("kind", ["task", "scheduled"])
def test_a_terminate_does_so_too_and_the_next_daemon_goes_on(kind: str) -> None:
    life = idle(kind)
    life.processes.ignores_term = True

    life.happens(Closing())
    life.daemon_dies()
    life.daemon_begins()
    life.passes(60.0)

    assert life.processes.behind[life.name] == []


@pytest.mark.field("A23")
def test_a_run_that_is_asked_for_meanwhile_is_refused_with_the_reason() -> None:
    life = idle("scheduled")
    life.processes.ignores_term = True
    life.asks(Verb.STOP)

    request = life.asks(Verb.TRIGGER)

    done = outcome(Verb.TRIGGER, life.watch, life.status, request)
    assert done is not None
    assert "what earlier runs have left is being ended" in done.message
