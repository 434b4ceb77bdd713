"""Checks that may wait, on threads of their own: one that hangs delays nobody, and is given up."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.crew import Crew
from overseer.rounds.round import Round

MOST = 200
"""Checks that may wait at once."""
LEEWAY = 1.0
"""Seconds a check has to notice by itself that its time is over."""


@dataclass(eq=False, slots=True)
class Asking:
    """A check under way. *given_up*: its answer will come too late to count."""

    round: Round
    condition: Check
    scene: Scene
    deadline: float
    given_up: bool = False


class Answer(NamedTuple):
    """*round* was measured in that scene; *error* says why it could not be."""

    scene: Scene
    round: Round
    value: Any
    error: BaseException | None


class Checkers:
    """`ask`, `answers` and `deadline` belong to the engine's thread."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        self._hurry = hurry  # from any thread: have `answers` asked soon
        self._under_way: dict[Round, Asking] = {}
        self._done: deque[tuple[Asking, Any, BaseException | None]] = deque()
        self._crew = Crew("checker", MOST)

    def ask(self, one: Round, scene: Scene) -> bool:
        """False where the last time has not come back yet."""
        if one in self._under_way:
            return False
        assert isinstance(one.condition, Check)
        scene.before = one.value
        deadline = scene.now + one.condition.timeout + LEEWAY
        asking = Asking(one, one.condition, scene, deadline)
        self._under_way[one] = asking
        self._crew.do(lambda: self._measure(asking))
        return True

    def is_hung(self, one: Round) -> bool:
        asking = self._under_way.get(one)
        return asking is not None and asking.given_up

    def answers(self, now: float) -> Iterator[Answer]:
        """What has come back, and what is given up at this moment."""
        while self._done:
            asking, value, error = self._done.popleft()
            del self._under_way[asking.round]
            if not asking.given_up:
                yield Answer(asking.scene, asking.round, value, error)
        for asking in list(self._under_way.values()):
            if asking.deadline <= now and not asking.given_up:
                asking.given_up = True
                yield Answer(asking.scene, asking.round, asking.round.late(), None)

    def deadline(self) -> float | None:
        """When something is next to be given up."""
        waiting = (one.deadline for one in self._under_way.values() if not one.given_up)
        return min(waiting, default=None)

    def _measure(self, asking: Asking) -> None:
        value: Any = None
        error: BaseException | None = None
        try:
            value = asking.condition.measure(asking.scene)
        except BaseException as raised:  # noqa: BLE001 - other people's conditions
            error = raised
        self._done.append((asking, value, error))
        self._hurry()
