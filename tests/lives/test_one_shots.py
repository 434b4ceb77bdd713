"""Stories of one-shots: up while they run, completed or failed after, and run once more when that
is asked for."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from cast import FOREGROUND, GOD, held

from overseer.conditions.always import Always
from overseer.conditions.process_exits import ProcessExits
from overseer.core.one_shot import is_one_shot
from overseer.core.outcome import outcome
from overseer.model.dependency import Dependency, Need
from overseer.model.event import Closing, Verb
from overseer.model.process import Exit
from overseer.model.state import Goal, Phase
from overseer.model.status import Job
from overseer.model.transition import Transition
from overseer.model.watch import Once, Watch
from overseer.testing import Life, Lives

STOPS = (*GOD[:2], Transition(("start", "restart", "up"), ProcessExits(), "stop"))
RETRIES = (
    *GOD[:2],
    Transition(("start", "restart", "up"), ProcessExits(expected=True), "stop"),
    Transition(("up",), ProcessExits(expected=False), "start"),
)
MIGRATE = Watch(name="migrate", program=FOREGROUND, transitions=STOPS, lifecycle=(held(),))
WEB = Watch(
    name="web",
    program=FOREGROUND,
    transitions=GOD,
    lifecycle=(held(),),
    depends_on=(Dependency("migrate"),),
)
OTHER = replace(FOREGROUND, command=("worker", "--new"))


def answer(life: Life, verb: Verb, request: int, to_its_end: bool = True) -> tuple[int, str] | None:
    became = outcome(verb, life.watch, life.status, request, to_its_end)
    return became and (became.code, became.message)


@pytest.mark.field("A4")
def test_an_end_in_the_first_second_is_what_it_is() -> None:
    life = Life(MIGRATE)
    life.passes(0.1)
    while_it_runs = life.phase
    life.exits(code=3)
    life.passes(1000)

    assert (while_it_runs, life.phase) == (Phase.UP, Phase.FAILED)
    assert life.processes.spawned == [("migrate", Job.LAUNCH)]


@pytest.mark.field("A4")
@pytest.mark.parametrize("ready", [False, True])
def test_the_documented_row_counts_while_it_starts_too(ready: bool) -> None:
    """What says when it is ready is meant to be up: it is no one-shot, and is left all the same."""
    life = Life(replace(MIGRATE, ready=(Always(),) if ready else ()))
    life.passes(0.1)
    life.exits(code=3)
    life.passes(1000)

    assert (life.phase, len(life.processes.spawned)) == (Phase.FAILED, 1)


@pytest.mark.field("A4")
@pytest.mark.parametrize("verb", [Verb.START, Verb.RESTART])
@pytest.mark.parametrize("code", [0, 3, 7])
def test_a_start_is_answered_by_the_end(verb: Verb, code: int) -> None:
    life = Life(replace(MIGRATE, autostart=False, success_codes=(0, 7)))
    request = life.asks(verb)
    life.passes(500)
    before, at_once = answer(life, verb, request), answer(life, verb, request, to_its_end=False)
    life.exits(code=code)

    assert before is None
    assert at_once
    assert at_once[0] == 0
    good = code in (0, 7)
    expected = (
        f"completed, exit code {code} after 8m20s" if good else "failed: exit code 3 after 8m20s"
    )
    assert answer(life, verb, request) == (0 if good else 3, expected)
    assert life.phase is (Phase.COMPLETED if good else Phase.FAILED)


@pytest.mark.field("A4")
def test_a_start_of_what_runs_already_waits_for_that_run() -> None:
    life = Life(MIGRATE)
    life.passes(10)
    request = life.asks(Verb.START)
    before = answer(life, Verb.START, request)
    life.exits(code=0)

    became = answer(life, Verb.START, request)
    assert became
    assert (before, became[0], len(life.processes.spawned)) == (None, 0, 1)


@pytest.mark.field("A4")
def test_a_start_after_a_failure_is_of_the_new_run() -> None:
    life = Life(MIGRATE)
    life.passes(1)
    life.exits(code=3)
    request = life.asks(Verb.START)

    assert answer(life, Verb.START, request) is None


@pytest.mark.field("A4")
def test_a_run_that_cannot_begin_is_answered_and_tried_again() -> None:
    life = Life(replace(MIGRATE, autostart=False))
    life.processes.broken = "no such file: worker"
    request = life.asks(Verb.START)
    life.passes(0.1)
    became = answer(life, Verb.START, request)
    life.processes.broken = ""
    life.passes(100)

    assert became
    assert became[0] == 3
    assert life.phase is Phase.UP


@pytest.mark.field("A4")
def test_with_once_the_retries_are_waited_for() -> None:
    watch = replace(MIGRATE, transitions=RETRIES, once=Once.BOOT, autostart=False)
    life = Life(watch)
    request = life.asks(Verb.START)
    answers = []
    for _ in range(3):
        life.passes(10)
        life.exits(code=1)
        answers.append(answer(life, Verb.START, request))
    life.passes(10)
    life.exits(code=0)

    became = answer(life, Verb.START, request)
    assert became
    assert (answers, became[0], life.phase) == ([None] * 3, 0, Phase.COMPLETED)


@pytest.mark.field("A4")
def test_what_restarts_on_failure_is_a_service_where_once_does_not_say_otherwise() -> None:
    life = Life(replace(MIGRATE, transitions=RETRIES, autostart=False))
    request = life.asks(Verb.START)
    life.passes(2)
    up = answer(life, Verb.START, request)
    life.exits(code=0)

    assert up
    assert up[1].startswith("up")
    assert life.phase is Phase.COMPLETED
    assert not is_one_shot(life.watch)


def terminated(life: Lives, *watches: Watch) -> None:
    for name in life.engine.statuses:
        life.tell(name, Closing())
    life.passes(50)
    life.daemon_dies()
    life.daemon_follows(*watches)
    life.passes(0.1)


def killed(life: Lives, *watches: Watch) -> None:
    life.daemon_dies()
    life.daemon_follows(*watches)
    life.passes(0.1)


def rebooted(life: Lives, *watches: Watch) -> None:
    """Another boot: no process has outlived it."""
    life.daemon_dies()
    life.processes.living.clear()
    known = watches or tuple(life.engine.watches.values())
    life.engine = life.new_daemon()
    disk = life.world.store.disk
    for one in known:
        before = disk.get(one.name)
        life.engine.add(one, before and before.but({"boot": "boot-before"}))
    life.engine.turn()
    life.passes(0.1)


WAYS = {"terminate": terminated, "kill": killed, "reboot": rebooted}
AGAIN: Mapping[tuple[str, Once | None, str], bool] = {
    **{(way, once, "running"): way != "kill" for way in WAYS for once in (None, *Once)},
    **{("kill", once, "failed"): False for once in (None, *Once)},
    **{("reboot", once, "failed"): True for once in (None, *Once)},  # it has not been done
    **{("terminate", once, "failed"): True for once in (None, Once.NEVER)},
    **{("terminate", once, "failed"): False for once in (Once.BOOT, Once.EVER)},
    **{("kill", once, "completed"): False for once in (None, *Once)},
    **{(way, None, "completed"): True for way in ("terminate", "reboot")},
    **{(way, Once.NEVER, "completed"): True for way in ("terminate", "reboot")},
    ("terminate", Once.BOOT, "completed"): False,
    ("reboot", Once.BOOT, "completed"): True,
    **{(way, Once.EVER, "completed"): False for way in ("terminate", "reboot")},
}
"""Whether the next daemon launches it once more."""


@pytest.mark.field("A4")
@pytest.mark.parametrize(("way", "once", "so_far"), sorted(AGAIN, key=str))
def test_what_the_next_daemon_does(way: str, once: Once | None, so_far: str) -> None:
    life = Lives(replace(MIGRATE, once=once), WEB)
    life.passes(1000)
    codes = {"completed": 0, "failed": 3}
    if so_far in codes:
        die(life, "migrate", codes[so_far])
    life.passes(100_000)
    launches = life.processes.spawned.count(("migrate", Job.LAUNCH))

    WAYS[way](life)

    again = life.processes.spawned.count(("migrate", Job.LAUNCH)) - launches
    assert bool(again) is AGAIN[way, once, so_far]
    done = so_far == "completed" and not again
    word = life.phase_of("migrate")
    left = {"completed": Phase.COMPLETED, "failed": Phase.FAILED, "running": Phase.UP}[so_far]
    assert word is (Phase.UP if again else left)
    life.passes(5)
    assert life.phase_of("web") is (Phase.UP if done else Phase.WAITING)


@pytest.mark.field("A4")
@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("once", [Once.BOOT, Once.EVER])
def test_another_program_has_not_completed_yet(way: str, once: Once) -> None:
    life = Life(replace(MIGRATE, once=once))
    life.passes(1)
    life.exits(code=0)

    WAYS[way](life, replace(life.watch, program=OTHER))

    assert len(life.processes.spawned) == 2


@pytest.mark.field("A4")
def test_a_daemon_that_takes_over_repeats_nothing_for_another_program() -> None:
    life = Life(MIGRATE)
    life.passes(1)
    life.exits(code=0)

    killed(life, replace(life.watch, program=OTHER))

    assert (len(life.processes.spawned), life.phase) == (1, Phase.COMPLETED)


@pytest.mark.field("A4")
@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_only_people_start_is_run_by_no_daemon(way: str) -> None:
    life = Life(replace(MIGRATE, autostart=False))
    life.asks(Verb.START)
    life.passes(1)
    life.exits(code=0)

    WAYS[way](life)

    assert len(life.processes.spawned) == 1
    assert life.phase is Phase.COMPLETED


@pytest.mark.field("A4")
@pytest.mark.parametrize(
    ("once", "code", "hard", "runs"),
    [
        (None, 0, True, False),
        (Once.NEVER, 0, True, False),
        (Once.BOOT, 0, True, True),
        (Once.EVER, 0, True, True),
        (Once.EVER, 0, False, False),
        (None, 3, True, True),
        (Once.EVER, 3, True, True),
        (None, 3, False, False),
    ],
)
def test_a_load_runs_what_is_not_done_by_it(
    once: Once | None, code: int, hard: bool, runs: bool
) -> None:
    life = Life(replace(MIGRATE, once=once))
    life.passes(1)
    life.exits(code=code)

    new = replace(life.watch, program=OTHER) if hard else replace(life.watch, interval=9.0)
    life.engine.replace(new, hard=hard, restart=True)
    life.engine.turn()
    life.passes(1)

    left = Phase.COMPLETED if code == 0 else Phase.FAILED
    assert life.phase is (Phase.UP if runs else left)


@pytest.mark.field("A4")
@pytest.mark.parametrize("way", sorted(WAYS))
def test_stopped_it_stays_stopped(way: str) -> None:
    life = Life(MIGRATE)
    life.passes(1)
    life.exits(code=0)
    life.asks(Verb.STOP)

    WAYS[way](life)

    assert (len(life.processes.spawned), life.phase) == (1, Phase.STOPPED)


@pytest.mark.field("A4")
def test_dependants_wait_for_the_end_where_they_do_not_say() -> None:
    lives = Lives(MIGRATE, WEB)
    lives.passes(100)
    waiting = lives.engine.statuses["web"].lacking
    die(lives, "migrate", 0)
    lives.passes(2)

    assert [(one.need, one.stuck) for one in waiting] == [(Need.COMPLETED, False)]
    assert lives.phase_of("web") is Phase.UP


@pytest.mark.field("A4")
@pytest.mark.parametrize("need", [Need.STARTED, Need.READY])
def test_what_has_completed_has_been_started_too(need: Need) -> None:
    web = replace(WEB, depends_on=(Dependency("migrate", need),))
    lives = Lives(MIGRATE, web)
    lives.passes(5)
    die(lives, "migrate", 0)
    die(lives, "web", 1)
    lives.passes(5)

    assert lives.phase_of("web") is Phase.UP


@pytest.mark.field("A4")
def test_dependants_are_told_what_has_failed_and_released_by_a_good_run() -> None:
    lives = Lives(MIGRATE, WEB)
    lives.passes(5)
    die(lives, "migrate", 3)
    lacking = lives.engine.statuses["web"].lacking
    lives.ask("migrate", Verb.START)
    lives.passes(1)
    die(lives, "migrate", 0)
    lives.passes(2)

    assert [str(one) for one in lacking] == ["migrate to be completed (it failed, exit code 3)"]
    assert lacking[0].stuck
    assert lives.phase_of("web") is Phase.UP


@pytest.mark.field("A4")
def test_a_restart_takes_nothing_away_that_would_not_come_back() -> None:
    lives = Lives(MIGRATE, WEB)
    lives.passes(5)
    die(lives, "migrate", 0)
    lives.passes(5)
    lives.ask("migrate", Verb.RESTART)
    lives.passes(1)
    die(lives, "migrate", 3)
    pid = lives.engine.statuses["web"].process
    request = lives.ask("web", Verb.RESTART)
    lives.passes(5)

    became = outcome(
        Verb.RESTART, lives.engine.watches["web"], lives.engine.statuses["web"], request
    )
    assert became
    assert (became.code, lives.engine.statuses["web"].process) == (1, pid)
    assert "migrate to be completed (it failed, exit code 3)" in became.message
    assert "`overseer why migrate`" in became.message


@pytest.mark.field("A4")
def test_a_stop_while_it_runs_is_no_failure() -> None:
    life = Life(MIGRATE)
    life.passes(5)
    life.asks(Verb.STOP)
    life.passes(5)

    assert (life.phase, life.status.goal) == (Phase.STOPPED, Goal.DOWN)


@pytest.mark.field("A4")
@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, True),
        ({"ready": (Always(),)}, False),
        ({"transitions": GOD}, False),
        ({"transitions": RETRIES}, False),
        ({"transitions": RETRIES, "once": Once.NEVER}, True),
        ({"transitions": (*GOD[:3], Transition(("up",), ProcessExits(), "stop"))}, True),
    ],
)
def test_which_watches_are_one_shots(change: dict[str, object], is_one: bool) -> None:
    assert is_one_shot(replace(MIGRATE, **change)) is is_one  # type: ignore[arg-type]


def die(lives: Lives, name: str, code: int) -> None:
    process = lives.engine.statuses[name].process
    assert process
    lives.processes.die(process.pid, Exit(code))
    lives.engine.turn()
