"""A check in doubt is asked again before its interval is over."""

from itertools import pairwise

import pytest

from overseer.conditions.base import Ended, Scene
from overseer.conditions.degrading_lambda import DegradingLambda
from overseer.model.program import Program
from overseer.model.state import Life
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.rounds.patrol import Patrol
from overseer.rounds.ring import Ring

ROW = Transition(("up",), DegradingLambda(fails="/usr/lib/check_web", interval=10.0), "restart")
WEB = Watch(name="web", program=Program(command=("serve",)), transitions=(ROW,))
UP = Status(name="web", state="up", entry=1, life=Life.DOWN)


def asked_at(*codes: int) -> list[float]:
    """The moments of its polls, the answer coming half a second after each."""
    rings: dict[float, Ring] = {}
    patrol, moments = Patrol(WEB, rings), []
    patrol.arrange(WEB, UP, 1000.0)
    (one,) = patrol.rounds
    for code in codes:
        assert patrol.due is not None
        moments.append(now := patrol.due)
        patrol.asked([one], now)
        scene = Scene(run=lambda argv, timeout, code=code: Ended(code, ""))  # type: ignore[misc]
        list(one.answer(one.measure(scene), now + 0.5))
        patrol.hasten(one, now + 0.5)
    return moments


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def test_while_it_is_well_it_keeps_its_rhythm() -> None:
    assert gaps(asked_at(0, 0, 0, 0))[1:] == pytest.approx([10.0, 10.0])


def test_after_a_failure_half_the_interval_after_two_a_quarter() -> None:
    found = gaps(asked_at(0, 0, 1, 1, 0, 0, 0))

    assert found[2:5] == pytest.approx([5.5, 3.0, 1.5])  # the last: its usual moment comes sooner
    assert found[-1] == pytest.approx(10.0)
