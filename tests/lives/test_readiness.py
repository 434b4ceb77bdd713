"""Stories of becoming ready: up is what has lived long enough and answers."""

from dataclasses import replace

import pytest

from overseer.conditions.always import Always
from overseer.model.event import Extended, Readied, Reshaped, Verb
from overseer.model.news import Kind
from overseer.model.process import Process
from overseer.model.state import Goal, Phase
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

pytestmark = pytest.mark.design("4.5")


@pytest.fixture
def life(foreground: Watch) -> Life:
    """A program that must answer twice over before it is up."""
    return Life(replace(foreground, ready=(Always(), Always()), start_timeout=60.0))


def answers(life: Life, row: int, *, met: bool = True, said: str = "HTTP 503") -> None:
    assert life.status.process
    life.happens(Readied(life.status.process, row, met, "" if met else said))


def test_it_is_up_when_all_of_it_holds_and_not_before(life: Life) -> None:
    life.passes(5)
    answers(life, 0)
    before = life.phase
    answers(life, 1)

    assert (before, life.phase) == (Phase.STARTING, Phase.UP)


def test_being_ready_does_not_shorten_the_grace(life: Life) -> None:
    answers(life, 0)
    answers(life, 1)
    early = life.phase
    life.passes(1)

    assert (early, life.phase) == (Phase.STARTING, Phase.UP)


def test_what_holds_no_more_is_waited_for_again(life: Life) -> None:
    answers(life, 0)
    answers(life, 0, met=False)
    life.passes(5)
    answers(life, 1)

    assert life.phase is Phase.STARTING


def test_what_never_gets_ready_is_stopped_and_has_failed_to_start(life: Life) -> None:
    first = life.pid
    answers(life, 0, met=False)
    life.passes(60)
    life.passes(5)

    assert life.told(Kind.START_FAILED) == ["start failed: not ready in 1m: HTTP 503"]
    assert life.pid not in (None, first)
    assert life.running == [life.pid]
    assert life.processes.spawned == [("worker", Job.LAUNCH)] * 2


def test_an_end_while_it_gets_ready_is_a_failed_start(life: Life) -> None:
    life.passes(5)
    life.exits(code=1)

    assert life.told(Kind.START_FAILED) == ["start failed: exit code 1"]


def test_an_answer_about_another_process_counts_for_nothing(life: Life) -> None:
    life.passes(5)
    for row in (0, 1):
        life.happens(Readied(Process(1, 1, BOOT), row, True))

    assert life.phase is Phase.STARTING


def test_the_next_process_must_get_ready_itself(life: Life) -> None:
    life.passes(1)
    for row in (0, 1):
        answers(life, row)
    life.asks(Verb.RESTART)
    life.passes(5)

    assert life.phase is Phase.RESTARTING


def test_a_stop_while_it_gets_ready_wins(life: Life) -> None:
    life.passes(5)
    life.asks(Verb.STOP)
    life.passes(500)

    assert (life.phase, life.running, life.status.goal) == (Phase.STOPPED, [], Goal.DOWN)


def test_a_load_that_asks_for_nothing_any_more_lets_it_be_up(life: Life) -> None:
    life.passes(5)
    life.engine.replace(replace(life.watch, ready=()), hard=False, restart=False)
    life.engine.turn()
    life.happens(Reshaped(False))
    life.passes(1)

    assert life.phase is Phase.UP


def test_a_daemon_that_begins_asks_anew(life: Life) -> None:
    life.passes(5)
    answers(life, 0)
    pid = life.pid
    life.daemon_dies()
    life.daemon_begins()
    life.passes(1)

    assert (life.phase, life.pid, life.status.ready) == (Phase.STARTING, pid, ())


def test_a_process_that_asks_for_patience_has_it(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(Always(),), start_timeout=20.0))
    life.passes(19)
    life.happens(Extended(life.world.clock.now() + 30))

    life.passes(25)
    assert life.phase is Phase.STARTING
    life.passes(10)
    assert life.told(Kind.START_FAILED)


def test_a_stop_that_takes_longer_is_waited_for_if_asked(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.ignores_term = True
    life.processes.living[life.pid or 0].ignores_term = True
    life.asks(Verb.STOP)
    life.passes(29)
    life.happens(Extended(life.world.clock.now() + 30))

    life.passes(20)
    assert [number for _, number in life.processes.signals] == [15]
    life.passes(15)
    assert 9 in [number for _, number in life.processes.signals]
