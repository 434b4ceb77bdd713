"""What a condition is told of the watch it is asked about."""

from dataclasses import dataclass, field, replace

import pytest
from test_rounds import IT, Polling, up

from overseer.conditions.base import Polled, Scene
from overseer.core import spell
from overseer.model.status import Acted


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness(Polled):
    """Remembers what it was told."""

    scenes: list[Scene] = field(default_factory=list, repr=False)

    def measure(self, scene: Scene) -> float | None:
        self.scenes.append(scene)
        return 0.0

    def met(self, value: float) -> bool:
        return False

    def show(self, value: float) -> str:
        return ""


def test_it_is_told_when_overseer_last_launched_or_restarted_the_process() -> None:
    witness = Witness()
    polling = Polling(up(witness))
    polling.passes(6)
    restarted = replace(polling.status, entry=2, last_launch=900.0)
    polling.rounds.arrange(polling.watch, restarted)
    polling.passes(6)

    assert [scene.launched for scene in witness.scenes] == [None, None, 900.0]
    assert {scene.process for scene in witness.scenes} == {IT}


@pytest.mark.field("A1")
def test_it_is_told_when_its_row_has_acted_last_by_whichever_daemon() -> None:
    witness = Witness()
    row = replace(up(witness), to=None, reload=True)
    polling = Polling(row)
    acted = (Acted(spell.row(row), 950.0), Acted("another", 960.0))
    polling.rounds.arrange(polling.watch, replace(polling.status, entry=2, acted=acted))
    polling.passes(6)

    assert witness.scenes[-1].launched == 950.0


@pytest.mark.field("J8")
def test_it_is_told_since_when_it_is_asked() -> None:
    """By this daemon, or by the load that brought it, whichever came later."""
    first, second = Witness(), Witness(interval=1.0)
    polling = Polling(up(first))
    began = polling.clock.time
    polling.passes(100)
    loaded = polling.clock.time
    polling.watch = replace(polling.watch, transitions=(up(first), up(second)))
    polling.rounds.arrange(polling.watch, polling.status)
    polling.passes(100)
    polling.watch = replace(polling.watch, interval=7.0)
    polling.rounds.arrange(polling.watch, polling.status)
    polling.passes(20)

    assert {(scene.since, scene.loaded) for scene in first.scenes} == {(began, 0.0)}
    assert {(scene.since, scene.loaded) for scene in second.scenes} == {(loaded, loaded)}
