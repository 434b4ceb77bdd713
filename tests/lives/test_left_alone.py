"""Stories of what goes on: while a load changes something live, or unmonitored by a row."""

from dataclasses import replace

import pytest
from cast import GOD, guard

from overseer.conditions.always import Always
from overseer.conditions.process_exits import ProcessExits
from overseer.core.outcome import outcome
from overseer.core.phase import upcoming
from overseer.core.standing import standing
from overseer.model.event import Closing, Readied, Reshaped, Verb
from overseer.model.news import Kind
from overseer.model.state import Goal, Phase
from overseer.model.transition import Transition
from overseer.model.watch import Origin, Watch
from overseer.testing import Life


def load(life: Life, watch: Watch) -> None:
    """A load that changes nothing that its process wears."""
    life.engine.replace(watch, hard=False, restart=False)
    life.engine.turn()


@pytest.mark.field("A13")
@pytest.mark.parametrize(
    "change", [{"origin": Origin("other.yml", 7)}, {"interval": 9.0}, {"tags": ("shop",)}]
)
def test_a_live_change_does_not_end_the_grace(foreground: Watch, change: dict[str, object]) -> None:
    life = Life(replace(foreground, start_grace=10.0))
    life.passes(4)

    load(life, replace(life.watch, **change))  # type: ignore[arg-type]
    life.passes(5)
    before = life.phase
    life.passes(2)

    assert (before, life.phase) == (Phase.STARTING, Phase.UP)


@pytest.mark.field("A13")
def test_what_is_ready_already_stays_so_over_a_live_change(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(Always(), Always()), start_timeout=20.0))
    life.passes(5)
    assert life.status.process
    life.happens(Readied(life.status.process, 0, True))

    load(life, replace(life.watch, interval=9.0))
    life.passes(5)
    still = (life.phase, life.status.ready)
    life.happens(Readied(life.status.process, 1, True))

    assert still == (Phase.STARTING, (0,))
    assert life.phase is Phase.UP


@pytest.mark.field("A13")
def test_a_time_that_is_changed_counts_from_where_it_began(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(Always(),), start_timeout=20.0))
    life.passes(15)

    load(life, replace(life.watch, start_timeout=60.0))
    life.passes(30)
    before = life.phase
    load(life, replace(life.watch, start_timeout=40.0))
    life.passes(0.1)

    assert before is Phase.STARTING
    assert any("not ready in 40s" in news.message for _, news in life.world.store.news)


@pytest.mark.field("A13")
@pytest.mark.parametrize("moment", ["backoff", "hold", "stopping"])
def test_a_live_change_shortens_nothing_that_is_under_way(foreground: Watch, moment: str) -> None:
    life = Life(foreground)
    life.passes(2)
    if moment == "stopping":
        life.processes.living[life.pid or 0].ignores_term = True
        life.asks(Verb.STOP)
    deaths = {"backoff": 3, "hold": 6, "stopping": 0}[moment]
    for _ in range(deaths):
        while life.pid is None and life.phase is not Phase.HELD:
            life.passes(0.5)
        if life.pid is not None and life.phase is not Phase.HELD:
            life.exits(code=1)
    before = (life.phase, life.status.due, life.status.hold_due)
    assert before[0] in (Phase.BACKOFF, Phase.HELD, Phase.STOPPING)

    load(life, replace(life.watch, interval=9.0, restart_grace=3.0))

    assert (life.phase, life.status.due, life.status.hold_due) == before


def leaving(foreground: Watch, *, above_all: bool) -> Watch:
    row = Transition(() if above_all else ("up",), GOD[4].when, "unmonitored")
    if above_all:
        return replace(foreground, lifecycle=(*foreground.lifecycle, row))
    return replace(foreground, transitions=(*GOD, row))


@pytest.mark.field("A10")
@pytest.mark.parametrize("above_all", [False, True])
def test_what_a_row_has_unmonitored_says_so_and_by_which_row(
    foreground: Watch, above_all: bool
) -> None:
    life = Life(leaving(foreground, above_all=above_all))
    life.passes(2)
    pid = life.pid

    life.answers(1 if above_all else len(GOD), "memory 104MB", lifecycle=above_all)
    life.passes(1000)

    assert (life.phase, life.pid, life.status.goal) == (Phase.UNMONITORED, pid, Goal.UP)
    assert "memory 104MB; by the row `" in life.status.reason
    assert "-> unmonitored when memory_usage above 100MB" in life.status.reason

    request = life.asks(Verb.START)
    life.passes(2)
    answer = outcome(Verb.START, life.watch, life.status, request)
    assert answer
    assert (answer.ok, life.phase, life.pid) == (True, Phase.UP, pid)


@pytest.mark.field("A10")
def test_what_was_unmonitored_by_a_row_is_so_for_the_next_daemon(foreground: Watch) -> None:
    life = Life(leaving(foreground, above_all=False))
    life.passes(2)
    life.answers(len(GOD), "memory 104MB")
    life.daemon_dies()
    life.daemon_begins()
    life.passes(100)
    lives = life.phase
    life.exits(code=1)
    life.daemon_dies()
    life.daemon_begins()
    life.passes(100)

    assert (lives, life.phase, life.running) == (Phase.UNMONITORED, Phase.UNMONITORED, [])


@pytest.mark.field("A10")
def test_after_a_terminate_it_is_looked_after_again(foreground: Watch) -> None:
    life = Life(leaving(foreground, above_all=False))
    life.passes(2)
    life.answers(len(GOD), "memory 104MB")
    life.happens(Closing())
    life.passes(100)
    life.daemon_dies()
    life.daemon_begins()
    life.passes(100)

    assert life.phase is Phase.UP


@pytest.mark.field("A10")
def test_an_end_may_lead_to_unmonitored_too(foreground: Watch) -> None:
    rows = (*GOD[:3], Transition(("up",), ProcessExits(), "unmonitored"))
    life = Life(replace(foreground, transitions=rows))
    life.passes(2)
    life.exits(code=1)
    life.passes(1000)

    assert (life.phase, life.running) == (Phase.UNMONITORED, [])
    assert life.status.reason.startswith("exit code 1; by the row `up -> unmonitored")


@pytest.mark.field("A10")
def test_what_gets_ready_and_is_unmonitored_is_left_alone(foreground: Watch) -> None:
    life = Life(replace(foreground, ready=(Always(),), start_timeout=20.0))
    life.passes(5)
    pid = life.pid
    life.asks(Verb.UNMONITOR)
    life.passes(1000)

    assert (life.phase, life.running) == (Phase.UNMONITORED, [pid])
    assert upcoming(life.watch, life.status) is None
    assert not standing(life.watch, life.status).ready


@pytest.mark.field("A10")
@pytest.mark.parametrize("gets_ready", [True, False])
def test_what_is_monitored_again_has_all_of_its_time_to_get_ready(
    foreground: Watch, gets_ready: bool
) -> None:
    program = replace(foreground.program, hooks={"after_start": ("hook",)})
    watch = replace(foreground, ready=(Always(),), start_timeout=20.0, program=program)
    life = Life(watch)
    life.passes(15)
    life.asks(Verb.UNMONITOR)
    life.passes(1000)
    pid, alone = life.pid, list(life.processes.hooks)
    life.asks(Verb.START)
    life.passes(19)
    waiting = (life.phase, life.pid)
    if gets_ready:
        assert life.status.process
        life.happens(Readied(life.status.process, 0, True, ""))
    life.passes(2)

    assert (alone, waiting) == ([], (Phase.STARTING, pid))
    assert life.told(Kind.START_FAILED) == (
        [] if gets_ready else ["start failed: not ready in 20s: nothing has answered"]
    )
    assert (life.phase is Phase.UP, life.processes.hooks) == (
        (True, ["after_start"]) if gets_ready else (False, [])
    )


@pytest.mark.field("A10")
def test_a_task_that_a_row_has_unmonitored_says_so() -> None:
    row = Transition(("ok",), GOD[4].when, "unmonitored")
    life = Life(replace(guard(), transitions=(row,)))
    life.passes(1)
    life.answers(0, "disk 95%")
    life.happens(Reshaped(hard=False))

    assert life.phase is Phase.UNMONITORED
    assert "by the row `ok -> unmonitored" in life.status.reason
