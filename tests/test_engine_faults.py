"""Faults put into the ports: one costs itself, and what could not be done is done later."""

from collections.abc import Iterable, Mapping

import pytest

from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.model.action import Spawn
from overseer.model.event import Verb
from overseer.model.news import News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.state import Phase
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import Lives

ROWS = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("up",), ProcessExits(), "start"),
)


def watch(name: str) -> Watch:
    return Watch(name=name, program=Program(command=("serve",)), transitions=ROWS)


@pytest.mark.field("K2")
def test_what_could_not_be_carried_out_is_carried_out_later() -> None:
    lives = Lives()
    spawn, failures = lives.processes.spawn, [OSError(11, "Resource temporarily unavailable")] * 3

    def sometimes(watch: Watch, action: Spawn) -> None:
        if failures:
            raise failures.pop()
        spawn(watch, action)

    lives.processes.spawn = sometimes  # type: ignore[method-assign]
    for name in ("a", "b"):
        lives.engine.add(watch(name))
    lives.engine.turn()
    assert lives.processes.spawned == []

    assert not lives.engine.try_again()
    assert lives.engine.try_again()
    lives.engine.turn()

    assert sorted(name for name, _ in lives.processes.spawned) == ["a", "b"]


@pytest.mark.field("K2")
def test_a_change_that_cannot_be_recorded_costs_no_other() -> None:
    lives = Lives(watch("bad"), watch("good"))
    lives.passes(5)
    record = lives.world.store.record

    def poisoned(
        changed: Mapping[str, Status], news: Iterable[tuple[Watch, Status, News]], durable: bool
    ) -> None:
        if "bad" in changed:
            raise ValueError("on purpose")
        record(changed, news, durable)

    lives.world.store.record = poisoned  # type: ignore[method-assign]
    for pid in list(lives.processes.living):
        lives.processes.die(pid, Exit(code=1))
    lives.engine.turn()
    lives.passes(30)

    assert [lives.phase_of(name) for name in ("bad", "good")] == [Phase.UP, Phase.UP]
    assert lives.world.store.disk["good"].state == "up"


@pytest.mark.field("S4")
def test_what_is_to_be_done_is_done_though_nothing_can_be_recorded() -> None:
    lives = Lives(watch("a"), watch("b"))
    lives.passes(5)

    def fails(*_: object) -> None:
        raise UnicodeEncodeError("utf-8", "\udce9", 0, 1, "on purpose")

    lives.world.store.record = fails  # type: ignore[method-assign]
    before = set(lives.processes.living)
    for pid in before:
        lives.processes.die(pid, Exit(code=1))
    lives.engine.turn()
    lives.passes(30)

    assert len(set(lives.processes.living) - before) == 2
    lives.ask("a", Verb.STOP)
    assert lives.phase_of("a") is Phase.STOPPED


@pytest.mark.field("K2")
def test_who_only_watches_and_stumbles_holds_up_nobody() -> None:
    lives = Lives(watch("a"), watch("b"))
    heard: list[str] = []

    def stumbles(name: str, *_: object) -> None:
        heard.append(name)
        raise RuntimeError("on purpose")

    lives.engine.observers.append(stumbles)
    lives.ask("a", Verb.STOP)
    lives.ask("b", Verb.STOP)

    assert {"a", "b"} <= set(heard)
    assert [lives.phase_of(name) for name in ("a", "b")] == [Phase.STOPPED, Phase.STOPPED]
