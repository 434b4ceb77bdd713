"""What runs once: up while it runs, completed or failed after; run again by the next daemon."""

from dataclasses import replace

import pytest

from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.core.outcome import outcome
from overseer.model.event import Begun, Closing, Reshaped, Verb
from overseer.model.news import Kind
from overseer.model.state import Phase
from overseer.model.transition import Transition
from overseer.model.watch import Once, Watch
from overseer.testing import BOOT, Life

pytestmark = pytest.mark.field("A4")

ROWS = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("start", "restart", "up"), ProcessExits(), "stop"),
)
DAYS = 3 * 86400.0


@pytest.fixture
def once(foreground: Watch) -> Watch:
    return replace(foreground, transitions=ROWS, success_codes=(0, 4))


def launches(life: Life) -> int:
    return len(life.processes.spawned)


@pytest.mark.parametrize("after", [0.2, 30.0, DAYS])
@pytest.mark.parametrize(
    ("code", "phase"), [(0, Phase.COMPLETED), (4, Phase.COMPLETED), (3, Phase.FAILED)]
)
def test_it_runs_once_however_soon_and_however_it_ends(
    once: Watch, after: float, code: int, phase: Phase
) -> None:
    life = Life(once)
    life.passes(after)

    life.exits(code=code)
    life.passes(DAYS)

    assert (life.phase, launches(life)) == (phase, 1)


@pytest.mark.parametrize(("code", "ok"), [(0, True), (3, False)])
def test_a_start_is_answered_by_its_end(once: Watch, code: int, ok: bool) -> None:
    life = Life(once)
    life.exits(code=0)
    life.asks(Verb.START)
    life.passes(30)
    early = outcome(Verb.START, once, life.status, life.status.request)

    life.exits(code=code)
    became = outcome(Verb.START, once, life.status, life.status.request)

    assert early is None
    assert became is not None
    assert (became.ok, became.code) == (ok, 0 if ok else 3)
    assert f"exit code {code}" in became.message


def test_each_failure_is_told(once: Watch) -> None:
    life = Life(once)
    for _ in range(2):
        life.passes(5)
        life.exits(code=3)
        life.asks(Verb.START)

    assert life.told(Kind.EXITED) == ["exit code 3", "exit code 3"]


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize(("rule", "runs"), [(Once.NEVER, 2), (Once.BOOT, 1), (Once.EVER, 1)])
def test_after_a_terminate_the_next_daemon_runs_it_again(
    once: Watch, code: int, rule: Once, runs: int
) -> None:
    life = Life(replace(once, once=rule))
    life.passes(5)
    life.exits(code=code)

    life.happens(Closing())
    life.happens(Begun(BOOT))

    assert launches(life) == runs


@pytest.mark.parametrize("code", [0, 3])
def test_a_daemon_that_was_killed_or_has_quit_leaves_it_as_it_is(once: Watch, code: int) -> None:
    life = Life(once)
    life.passes(5)
    life.exits(code=code)
    life.passes(DAYS)

    life.happens(Begun(BOOT))

    assert (launches(life), life.phase) == (1, Phase.COMPLETED if code == 0 else Phase.FAILED)


@pytest.mark.parametrize(
    ("rule", "code", "runs"),
    [
        (Once.NEVER, 0, 2),
        (Once.BOOT, 0, 2),
        (Once.EVER, 0, 1),
        (Once.EVER, 3, 2),  # it has not been done once
    ],
)
def test_after_a_boot_it_is_run_again_unless_once_is_for_ever(
    once: Watch, rule: Once, code: int, runs: int
) -> None:
    life = Life(replace(once, once=rule))
    life.passes(5)
    life.exits(code=code)

    life.happens(Begun("another boot"))

    assert launches(life) == runs
    assert life.phase is (Phase.COMPLETED if runs == 1 else Phase.STARTING)


def test_one_that_is_ended_by_a_terminate_runs_again(once: Watch) -> None:
    life = Life(once)
    life.passes(30)
    life.happens(Closing())

    life.happens(Begun(BOOT))

    assert launches(life) == 2


def test_a_load_that_mends_one_that_failed_runs_it(once: Watch) -> None:
    life = Life(once)
    life.exits(code=3)

    life.happens(Reshaped(hard=True))

    assert launches(life) == 2


def test_a_load_leaves_one_that_has_completed(once: Watch) -> None:
    life = Life(once)
    life.exits(code=0)

    life.happens(Reshaped(hard=True))

    assert (launches(life), life.phase) == (1, Phase.COMPLETED)


def test_stopped_it_stays_stopped_over_a_boot(once: Watch) -> None:
    life = Life(once)
    life.exits(code=0)
    life.asks(Verb.STOP)

    life.happens(Begun("another boot"))

    assert (launches(life), life.phase) == (1, Phase.STOPPED)
