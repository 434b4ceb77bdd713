"""Stories of flapping: held before one launch too many, retried, given up, begun afresh."""

from dataclasses import replace

import pytest
from cast import MEMORY, held

from overseer.conditions.flapping import Flapping
from overseer.model.event import Verb
from overseer.model.news import Kind
from overseer.model.state import Goal, Hold, Phase
from overseer.model.transition import Transition
from overseer.model.watch import RestartDelay, Watch
from overseer.testing import Life

AT_ONCE = RestartDelay(next=0.0, jitter=0.0)


def flaps(life: Life, lives: float = 2.0) -> None:
    """It keeps dying until overseer holds it back."""
    while life.status.hold is Hold.NONE:
        life.passes(lives)
        if life.pid:
            life.exits(code=1)


@pytest.mark.design("4.10")
@pytest.mark.case(129)
@pytest.mark.parametrize(("apart", "is_held"), [(299.9 / 4, True), (300.0 / 4, False)])
def test_strictly_less_than_the_time_counts(foreground: Watch, apart: float, is_held: bool) -> None:
    life = Life(replace(foreground, restart_delay=AT_ONCE))
    for _ in range(5):
        life.passes(apart)
        life.exits(code=1)

    assert (life.status.hold is Hold.FLAPPING) is is_held


@pytest.mark.design("4.10")
@pytest.mark.case(131)
@pytest.mark.case(64)
def test_after_a_hold_it_has_its_full_count_again(foreground: Watch) -> None:
    life = Life(foreground)
    flaps(life)
    before = len(life.processes.spawned)

    life.passes(600)
    flaps(life)

    assert len(life.processes.spawned) - before == 5


@pytest.mark.design("4.10")
@pytest.mark.case(132)
def test_with_the_articles_numbers_it_gives_up_at_the_fifth_flapping(foreground: Watch) -> None:
    life = Life(foreground)
    for _ in range(4):
        flaps(life)
        assert life.phase is Phase.HELD
        life.passes(600)
    flaps(life)

    assert life.phase is Phase.GAVE_UP
    assert (len(life.told(Kind.FLAPPING)), len(life.told(Kind.GAVE_UP))) == (4, 1)
    life.passes(1_000_000)
    assert life.running == []
    assert life.status.goal is Goal.UP


@pytest.mark.design("4.10")
@pytest.mark.case(133)
def test_flappings_far_apart_never_add_up(foreground: Watch) -> None:
    row = held(times=2, within=60, retry_in=301, retry_times=2, retry_within=300)
    life = Life(replace(foreground, lifecycle=(row,)))

    for _ in range(5):
        flaps(life)
        life.passes(301)

    assert life.told(Kind.GAVE_UP) == []


@pytest.mark.design("4.10")
@pytest.mark.case(26)
def test_without_retry_times_it_never_gives_up(foreground: Watch) -> None:
    row = held(times=2, within=60, retry_in=10, retry_times=None, retry_within=None)
    life = Life(replace(foreground, lifecycle=(row,)))

    for _ in range(20):
        flaps(life)
        life.passes(10)

    assert life.told(Kind.GAVE_UP) == []


@pytest.mark.design("4.10")
@pytest.mark.case(135)
def test_an_operator_who_restarts_is_not_flapping(foreground: Watch) -> None:
    life = Life(foreground)
    for _ in range(10):
        life.passes(2)
        life.asks(Verb.RESTART)

    assert life.status.hold is Hold.NONE
    assert life.pid


@pytest.mark.design("4.10")
@pytest.mark.case(138)
def test_given_up_stays_given_up_over_a_new_daemon(foreground: Watch) -> None:
    life = Life(foreground)
    for _ in range(4):
        flaps(life)
        life.passes(600)
    flaps(life)

    life.daemon_dies()
    life.daemon_begins()
    life.passes(100_000)

    assert life.phase is Phase.GAVE_UP
    assert life.running == []


@pytest.mark.design("4.16")
def test_a_hold_ends_when_it_would_have_whichever_daemon_is_there(foreground: Watch) -> None:
    life = Life(foreground)
    flaps(life)
    life.passes(300)
    life.daemon_dies()
    life.daemon_begins()
    life.passes(299)
    early = life.phase

    life.passes(2)

    assert (early, life.phase) == (Phase.HELD, Phase.UP)


@pytest.mark.design("4.10")
def test_an_operators_start_begins_afresh(foreground: Watch) -> None:
    life = Life(foreground)
    for _ in range(4):
        flaps(life)
        life.passes(600)
    flaps(life)

    life.asks(Verb.START)
    life.passes(1)

    assert life.phase is Phase.UP
    flaps(life)
    assert life.phase is Phase.HELD


@pytest.mark.design("4.10")
def test_a_process_that_a_check_would_restart_too_often_is_left_running(foreground: Watch) -> None:
    life = Life(replace(foreground, restart_delay=AT_ONCE))
    for _ in range(5):
        life.passes(2)
        life.answers(MEMORY, "memory 104MB, above 100MB")

    assert life.status.hold is Hold.CHECKS
    assert life.phase is Phase.UP
    pid = life.pid
    life.answers(MEMORY, "memory 104MB, above 100MB")
    assert life.pid == pid
    assert len(life.told(Kind.FLAPPING)) == 1


@pytest.mark.design("4.10")
def test_what_overseer_waited_itself_does_not_spread_the_launches(foreground: Watch) -> None:
    slow = RestartDelay(first=100.0, next=100.0, factor=1.0, max=100.0, jitter=0.0)
    life = Life(replace(foreground, restart_delay=slow))

    for _ in range(5):
        life.passes(2)
        life.exits(code=1)
        life.passes(100)

    assert life.status.hold is Hold.FLAPPING


@pytest.mark.design("4.10")
def test_another_boot_lifts_holds(foreground: Watch) -> None:
    from overseer.model.event import Begun

    life = Life(foreground)
    flaps(life)

    life.happens(Begun("another boot"))
    life.passes(1)

    assert life.phase is Phase.UP
    assert life.status.goal is Goal.UP


@pytest.mark.design("4.15")
def test_a_mended_program_is_tried_at_once(foreground: Watch) -> None:
    from overseer.model.event import Reshaped

    life = Life(foreground)
    flaps(life)

    life.happens(Reshaped(hard=True))
    life.passes(1)

    assert life.phase is Phase.UP


@pytest.mark.case(55)
def test_a_launch_that_fails_for_want_of_memory_is_tried_again(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.broken = "cannot allocate memory"

    life.exits(code=1)
    failed = life.phase
    life.processes.broken = ""
    life.passes(70)

    assert failed is Phase.BACKOFF
    assert life.phase is Phase.UP


@pytest.mark.field("E4")
def test_a_load_that_removes_or_loosens_the_row_lifts_its_hold(foreground: Watch) -> None:
    for lifecycle in ((), tuple(looser(row) for row in foreground.lifecycle)):
        life = Life(foreground)
        flaps(life)
        life.engine.replace(replace(foreground, lifecycle=lifecycle), hard=False, restart=False)
        life.engine.turn()

        assert life.status.hold is Hold.NONE
        assert life.phase is not Phase.HELD


@pytest.mark.field("E4")
def test_a_load_of_something_else_leaves_the_hold(foreground: Watch) -> None:
    life = Life(foreground)
    flaps(life)

    life.engine.replace(replace(foreground, stop_grace=5.0), hard=False, restart=False)
    life.engine.turn()

    assert life.status.hold is Hold.FLAPPING


def looser(row: Transition) -> Transition:
    assert isinstance(row.when, Flapping)
    return replace(row, when=replace(row.when, within=row.when.within / 2))
