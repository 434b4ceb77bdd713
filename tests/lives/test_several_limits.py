"""Stories of several flapping rows: each has counts of its own, and does what it says."""

from dataclasses import replace

import pytest
from cast import FULL, MEMORY, TIDY, guard, held

from overseer.model.event import Answered, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Goal, Hold, Phase
from overseer.model.state import Life as Living
from overseer.model.transition import Notify, Transition
from overseer.model.watch import RestartDelay, Watch
from overseer.testing import Life

pytestmark = [pytest.mark.field("A12"), pytest.mark.design("4.10")]

AT_ONCE = RestartDelay(next=0.0, jitter=0.0)
SHORT = held(times=3, within=60, retry_in=10, retry_times=None, retry_within=None)
LONG = held(times=6, within=3600, retry_in=None, retry_times=None, retry_within=None)


def to(row: Transition, state: str | None, **more: object) -> Transition:
    return replace(row, to=state, **more)  # type: ignore[arg-type]


def with_rows(watch: Watch, *rows: Transition) -> Life:
    return Life(replace(watch, restart_delay=AT_ONCE, lifecycle=rows))


def dies(life: Life, times: int) -> None:
    """Whenever it lives, for 2 s each time; holds are waited for."""
    for _ in range(times):
        while life.pid is None and life.status.hold_due is not None:
            life.passes(life.status.hold_due - life.world.clock.time)
        if life.pid is None:
            return
        life.passes(2)
        life.exits(code=1)


def launches(life: Life) -> int:
    return len(life.processes.spawned)


@pytest.mark.parametrize("order", [(SHORT, LONG), (LONG, SHORT)])
@pytest.mark.parametrize("ends_in", ["stop", "unmonitored"])
def test_each_row_counts_whatever_the_others_have_done(
    foreground: Watch, order: tuple[Transition, ...], ends_in: str
) -> None:
    life = with_rows(foreground, *(to(row, ends_in) if row is LONG else row for row in order))

    dies(life, 3)
    first = (life.phase, life.status.hold_due is not None)
    dies(life, 20)
    life.passes(100_000)

    assert first == (Phase.HELD, True)
    assert (launches(life), life.running) == (6, [])
    assert (life.status.state, life.status.hold_due) == (ends_in, None)


def test_three_rows_of_one_window(foreground: Watch) -> None:
    never = {"within": 3600, "retry_in": None, "retry_times": None, "retry_within": None}
    rows = [
        to(held(times=3, **never), None),
        held(times=5, **never | {"retry_in": 30}),
        to(held(times=7, **never), "stop"),
    ]
    life = with_rows(foreground, *rows)
    seen = []
    for _ in range(7):
        dies(life, 1)
        seen.append((len(life.told(Kind.CHECK_MET)), life.phase))

    assert [told for told, _ in seen] == [0, 0, 1, 1, 1, 1, 1]
    assert (seen[4][1], seen[6][1]) == (Phase.HELD, Phase.HELD)
    assert launches(life) == 7
    assert life.status.state == "stop"


def test_of_rows_met_at_once_the_one_that_holds_longest_decides(foreground: Watch) -> None:
    short = held(times=3, within=3600, retry_in=10, retry_times=None, retry_within=None)
    longer = held(times=3, within=3600, retry_in=600, retry_times=None, retry_within=None)
    life = with_rows(foreground, short, longer)

    dies(life, 3)
    until = life.status.hold_due
    assert until is not None
    life.passes(601)

    assert until - life.world.clock.time == pytest.approx(-1.0)
    assert life.phase is Phase.UP
    assert len(life.told(Kind.FLAPPING)) == 1


def test_each_row_gives_up_by_its_own_retries(foreground: Watch) -> None:
    often = held(times=2, within=60, retry_in=5, retry_times=3, retry_within=3600)
    seldom = held(times=5, within=3600, retry_in=20, retry_times=2, retry_within=7200)
    life = with_rows(foreground, often, seldom)

    dies(life, 5)  # held at 2, at 4, and by the other at 5
    assert life.told(Kind.GAVE_UP) == []
    dies(life, 1)  # the third of the first

    assert life.told(Kind.GAVE_UP) == [
        "gave up after 3 times: 2 launches within 1m, last exit code 1"
    ]
    assert (life.phase, launches(life)) == (Phase.GAVE_UP, 6)


def test_a_row_without_to_only_tells_and_says_when_it_is_over(foreground: Watch) -> None:
    life = with_rows(foreground, to(held(times=3, within=60), None, notify=Notify(("ops",))))

    dies(life, 20)
    life.passes(3)
    still_up = (life.phase, launches(life), life.status.hold)
    life.passes(60)

    assert still_up == (Phase.UP, 21, Hold.NONE)
    assert life.told(Kind.FLAPPING, Kind.GAVE_UP) == []
    assert life.told(Kind.CHECK_MET) == ["flapping: 3 launches within 1m, last exit code 1"]
    assert life.told(Kind.CHECK_CLEARED) == ["does not flap any more"]
    assert life.status.standing == ()


def test_what_only_tells_is_told_of_restarts_by_checks_too(foreground: Watch) -> None:
    life = with_rows(foreground, to(held(times=3, within=60), None))
    for _ in range(6):
        life.passes(2)
        life.answers(MEMORY, "memory 104MB, above 100MB")

    assert launches(life) == 7
    assert life.told(Kind.CHECK_MET) == [
        "flapping: 3 launches within 1m, memory 104MB, above 100MB"
    ]


@pytest.mark.parametrize("state", ["start", "restart", "init", "up"])
def test_a_row_that_leads_to_another_launch_only_tells(foreground: Watch, state: str) -> None:
    life = with_rows(foreground, to(held(times=3, within=60), state))

    dies(life, 10)
    life.passes(2)

    assert (life.phase, launches(life)) == (Phase.UP, 11)
    assert len(life.told(Kind.CHECK_MET)) == 1


def test_a_row_with_run_runs_its_program_each_time(foreground: Watch) -> None:
    life = with_rows(foreground, to(held(times=3, within=60), None, run=("page-me",)))

    dies(life, 7)

    assert life.processes.hooks == ["page-me"] * 2
    assert launches(life) == 8


def test_to_stop_holds_it_down_and_says_by_which_row(foreground: Watch) -> None:
    row = to(held(times=3, within=60, retry_in=None, retry_times=None, retry_within=None), "stop")
    life = with_rows(foreground, row)

    dies(life, 3)
    life.passes(100_000)

    assert (life.status.state, life.phase, life.status.goal) == ("stop", Phase.HELD, Goal.UP)
    assert (launches(life), life.running) == (3, [])
    assert life.status.reason == (
        "3 launches within 1m, last exit code 1; by the row `any state -> stop when flapping"
        " within 1m, to_state start restart (3 times)`"
    )
    assert life.told(Kind.FLAPPING) == ["flapping: 3 launches within 1m, last exit code 1"]
    life.asks(Verb.START)
    life.passes(2)
    assert life.phase is Phase.UP
    dies(life, 4)
    assert (life.status.state, launches(life)) == ("stop", 3 + 1 + 3)


def test_to_stop_with_retry_in_is_tried_again(foreground: Watch) -> None:
    row = to(held(times=2, within=60, retry_in=600, retry_times=2, retry_within=3600), "stop")
    life = with_rows(foreground, row)

    dies(life, 2)
    assert (life.status.state, life.phase) == ("stop", Phase.HELD)
    life.passes(602)
    assert life.phase is Phase.UP
    dies(life, 2)

    assert (life.status.state, life.phase) == ("stop", Phase.GAVE_UP)


def test_to_stop_ends_what_its_checks_keep_restarting(foreground: Watch) -> None:
    """Without it what lives is left running, as a restart too many would risk it."""
    life = with_rows(foreground, to(held(times=3, within=60, retry_in=None), "stop"))
    for _ in range(3):
        life.passes(2)
        life.answers(MEMORY, "memory 104MB, above 100MB")
    life.passes(60)

    assert (life.status.state, life.phase, life.running) == ("stop", Phase.HELD, [])
    assert (launches(life), len(life.told(Kind.RESTARTED))) == (3, 2)


def test_no_row_leads_out_of_a_hold(foreground: Watch) -> None:
    row = to(held(times=2, within=60, retry_in=None, retry_times=None, retry_within=None), "stop")
    leads_out = Transition(("stop",), foreground.transitions[0].when, "up", "start")
    life = Life(
        replace(
            foreground,
            restart_delay=AT_ONCE,
            lifecycle=(row,),
            transitions=(*foreground.transitions, leads_out),
        )
    )
    dies(life, 2)
    life.happens(Answered(len(foreground.transitions), life.status.entry, False, "not running"))
    life.passes(60)

    assert (life.status.state, launches(life), life.status.life) == ("stop", 2, Living.DOWN)


def test_counts_live_on_over_daemons(foreground: Watch) -> None:
    life = with_rows(foreground, SHORT, to(LONG, "stop"))
    for _ in range(10):
        dies(life, 1)
        life.passes(0.1)
        life.daemon_dies()
        life.daemon_begins()
        life.passes(0.1)

    assert (launches(life), life.status.state) == (6, "stop")


def test_a_start_by_hand_empties_the_counts_of_all(foreground: Watch) -> None:
    life = with_rows(foreground, SHORT, to(LONG, "stop"))
    dies(life, 5)
    life.asks(Verb.START)
    dies(life, 5)

    assert life.status.state != "stop"
    dies(life, 2)
    assert life.status.state == "stop"


def test_what_every_row_has_answered_is_forgotten(foreground: Watch) -> None:
    life = with_rows(foreground, SHORT, to(LONG, None))
    dies(life, 60)

    assert len(life.status.launches) <= 6
    assert len(life.status.flaps) == 0


# Tasks


def cleans(life: Life, times: int) -> None:
    for _ in range(times):
        while not life.status.monitored and life.status.hold_due is not None:
            life.passes(life.status.hold_due - life.world.clock.time)
        life.answers(FULL, "full")
        for pid in list(life.processes.living):
            life.processes.die(pid, Exit(0))
            life.engine.turn()
        if life.status.state == "cleaning":
            life.answers(TIDY, "not met", met=False)
        life.passes(1)


def of_task(*rows: Transition) -> Life:
    return Life(replace(guard(), lifecycle=rows))


def cleaning(times: int, **more: object) -> Transition:
    usual = {"retry_in": None, "retry_times": None, "retry_within": None}
    return held(times=times, within=3600, to_state=("cleaning",), **usual | more)  # type: ignore[arg-type]


def told_of_flapping(life: Life) -> list[str]:
    return [said for said in life.told(Kind.CHECK_MET) if said.startswith("flapping")]


def cleaned(life: Life) -> int:
    return sum(words[0] == "clean-tmp" for words in life.processes.argvs if words)


@pytest.mark.parametrize("turned", [False, True])
def test_a_tasks_rows_count_each_for_itself(turned: bool) -> None:
    rows = (to(cleaning(3), "ok"), cleaning(7))
    life = of_task(*(reversed(rows) if turned else rows))
    cleans(life, 20)

    assert cleaned(life) == 7
    assert told_of_flapping(life) == ["flapping: 3 moves within 1h, full: ok"] * 2
    assert (life.phase, life.status.hold_due) == (Phase.HELD, None)


def test_a_tasks_row_without_to_only_tells() -> None:
    life = of_task(to(cleaning(3), None))
    cleans(life, 10)
    told = told_of_flapping(life)
    life.passes(3600)

    assert (cleaned(life), life.phase) == (10, Phase.UP)
    assert told == ["flapping: 3 moves within 1h, full"]
    assert life.told(Kind.CHECK_CLEARED) == ["does not flap any more"]


@pytest.mark.field("N4")
def test_a_row_that_only_tells_says_that_it_is_launched_again(foreground: Watch) -> None:
    life = with_rows(foreground, to(SHORT, None))

    dies(life, 4)

    told = [news for _, news in life.world.store.news if news.kind is Kind.CHECK_MET]
    assert [news.next for news in told] == [
        "it is launched again all the same; you are told when it is steady"
    ]
