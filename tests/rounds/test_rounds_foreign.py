"""Conditions of other people: whatever they raise, return or say costs their own watch alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from test_rounds import IT, PretendProbe

from overseer.conditions.base import Check, Polled, Scene
from overseer.model.event import Answered, Event
from overseer.model.program import Program
from overseer.model.state import Goal, Life
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.rounds.checkers import Checkers
from overseer.rounds.round import LONGEST_TEXT, Round
from overseer.rounds.rounds import Rounds
from overseer.testing import FakeClock

pytestmark = pytest.mark.field("K2")


class Mute(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("on purpose")

    __repr__ = __str__


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign(Polled):
    """Raises *raises* wherever *where* says so; else it is met."""

    where: str = ""
    raises: Any = None
    says: Any = "text"

    def _maybe(self, where: str, value: Any) -> Any:
        if where == self.where and self.raises is not None:
            raise self.raises
        return value

    def measure(self, scene: Scene) -> Any:
        return self._maybe("measure", 1.0)

    def met(self, value: Any) -> Any:
        return self._maybe("met", True)

    def show(self, value: Any) -> Any:
        return self._maybe("show", self.says)

    def explain(self, value: Any) -> Any:
        return self._maybe("explain", self.says)

    def notice(self, value: Any) -> Any:
        return self._maybe("notice", self.says)

    def limit(self) -> Any:
        return self._maybe("limit", self.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCheck(Check):
    raises: Any = None
    paces: Any = 1.0

    def measure(self, scene: Scene) -> Any:
        if self.raises is not None:
            raise self.raises
        return 1.0

    def met(self, value: Any) -> bool:
        return True

    def show(self, value: Any) -> str:
        return ""

    def explain(self, value: Any) -> str:
        return ""

    def pace(self, value: Any) -> Any:
        return self.paces


@dataclass
class Two:
    """A watch with a foreign condition, and one beside it."""

    foreign: Polled
    told: list[tuple[str, Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.rounds = Rounds(
            self.clock,
            PretendProbe(self.clock),
            lambda name, event: self.told.append((name, event)),
        )
        for name, condition in (("foreign", self.foreign), ("plain", Foreign())):
            rows = (Transition(("up",), condition, "restart"),)
            watch = Watch(name=name, program=Program(command=("x",)), transitions=rows)
            status = Status(
                name=name, goal=Goal.UP, state="up", life=Life.ALIVE, process=IT, entry=1
            )
            self.rounds.arrange(watch, status)

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.time += 1.0
            self.rounds.turn(self.clock.now())

    def answers(self, name: str) -> int:
        return sum(one == name and isinstance(event, Answered) for one, event in self.told)


@pytest.mark.parametrize("where", ["measure", "met", "show", "explain", "notice", "limit"])
@pytest.mark.parametrize("raises", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), Mute()])
def test_whatever_a_condition_raises_the_other_watch_is_asked(where: str, raises: Any) -> None:
    two = Two(Foreign(where=where, raises=raises))

    two.passes(30)

    assert two.answers("plain") >= 4
    two.rounds.samples("foreign")


@pytest.mark.parametrize("says", [None, 5, b"x", ["a"], "x" * 10**6, float("nan"), object()])
def test_whatever_a_condition_says_is_a_short_text(says: Any) -> None:
    two = Two(Foreign(says=says))

    two.passes(10)

    (tally,) = two.rounds.samples("foreign")
    texts = (*tally.samples, tally.limit, tally.notice)
    assert all(isinstance(text, str) and len(text) <= LONGEST_TEXT + 10 for text in texts)


@pytest.mark.parametrize("paces", [float("nan"), -5.0, 0.0, "soon", None, float("inf")])
def test_a_pace_that_makes_no_sense_is_the_usual_one(paces: Any) -> None:
    row = Transition(("up",), ForeignCheck(paces=paces), "restart")
    one = Round("web", 0, row, 1)
    one.value = 1.0

    assert one.pace == 1.0


@pytest.mark.parametrize("raises", [SystemExit(1), KeyboardInterrupt(), Mute()])
def test_a_check_whose_thread_is_ended_by_it_is_asked_again(raises: BaseException) -> None:
    row = Transition(("up",), ForeignCheck(raises=raises), "restart")
    checkers, one = Checkers(lambda: None), Round("web", 0, row, 1)
    checkers._crew.do = lambda work: work()  # type: ignore[method-assign]

    for _ in range(3):
        assert checkers.ask(one, Scene())
        (answer,) = checkers.answers(0.0)
        assert answer.error is raises
