"""Stories of instances that their checks restart: never all of them at once."""

from dataclasses import replace

import pytest
from cast import FOREGROUND, GOD, MEMORY

from overseer.conditions.file_touched import FileTouched
from overseer.model.event import Answered, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Phase
from overseer.model.transition import Transition
from overseer.model.watch import RestartDelay, Watch
from overseer.testing import Lives

NAMES = ("web-1", "web-2", "web-3")
TOUCHED = len(GOD)
WEB = Watch(
    name="web-1",
    program=FOREGROUND,
    copy_of="web",
    start_grace=5.0,
    transitions=(*GOD, Transition(("up",), FileTouched(path="/srv/restart.txt"), "restart")),
)
SLOW = RestartDelay(first=60, next=60, factor=1, max=60, jitter=0)


def webs(**more: object) -> Lives:
    lives = Lives(*(replace(WEB, name=name, **more) for name in NAMES))  # type: ignore[arg-type]
    lives.passes(10)
    return lives


def all_are_met(lives: Lives, row: int = MEMORY) -> None:
    for name in NAMES:
        entry = lives.engine.statuses[name].entry
        lives.tell(name, Answered(row, entry, True, "too much", ("*1",)))


def down(lives: Lives) -> list[str]:
    return [name for name in NAMES if lives.phase_of(name) is not Phase.UP]


@pytest.mark.field("J14")
def test_the_next_is_restarted_when_the_one_before_is_up_again() -> None:
    lives, restarted = webs(), []
    for _ in range(3):
        all_are_met(lives)
        restarted += down(lives)
        lives.passes(10)

    assert restarted == ["web-1", "web-1", "web-1"]  # the first that asks, while it goes on asking

    lives = webs()
    all_are_met(lives)
    lives.passes(10)
    lives.tell("web-2", Answered(MEMORY, lives.engine.statuses["web-2"].entry, True, "", ()))
    assert down(lives) == ["web-2"]


@pytest.mark.field("J14")
def test_what_happens_once_comes_to_all_of_them() -> None:
    lives = webs()
    all_are_met(lives, TOUCHED)
    seen = []
    for _ in range(30):
        seen.append(tuple(down(lives)))
        lives.passes(1)

    assert max(map(len, seen)) == 1
    assert [lives.engine.statuses[name].restarts for name in NAMES] == [1, 1, 1]
    told = [name for name, news in lives.world.store.news if news.kind is Kind.RESTARTED]
    assert told == list(NAMES)


@pytest.mark.field("J14")
def test_the_others_run_on_while_one_does_not_come_up_for_five_minutes_at_most() -> None:
    lives, seen = webs(restart_delay=SLOW), []
    for _ in range(6):
        all_are_met(lives)
        seen.append(down(lives))
        lives.passes(62)
        process = lives.engine.statuses["web-1"].process
        assert process
        lives.processes.die(process.pid, Exit(1))
        lives.engine.turn()

    assert seen == [["web-1"]] * 5 + [["web-1", "web-2"]]


@pytest.mark.field("J14")
def test_an_operators_restart_is_waited_for_and_waits_for_nobody() -> None:
    lives = webs()
    lives.ask("web-3", Verb.RESTART)
    all_are_met(lives)
    during = down(lives)
    lives.ask("web-2", Verb.RESTART)

    assert during == ["web-3"]
    assert down(lives) == ["web-2", "web-3"]


@pytest.mark.field("J14")
def test_restart_together_has_all_of_them_restarted_at_once() -> None:
    lives = webs(restart_together=True)
    all_are_met(lives)

    assert down(lives) == list(NAMES)


@pytest.mark.field("J14")
def test_watches_of_their_own_do_not_wait_for_each_other() -> None:
    lives = webs(copy_of="")
    all_are_met(lives)

    assert down(lives) == list(NAMES)
