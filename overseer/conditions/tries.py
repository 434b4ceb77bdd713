"""when: {tries: 5}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene, Times
from overseer.model.units import Seconds
from overseer.model.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries(Polled):
    """Met when the state has been polled *times* times, *within* so many seconds if given
    (god: tries). It counts polls, not attempts."""

    brief: ClassVar[str] = "times"

    times: Times
    within: Seconds | None = None

    def measure(self, scene: Scene) -> float | None:
        return 1.0

    def met(self, value: float) -> bool:
        return True

    def show(self, value: float) -> str:
        return "tried"

    def explain(self, value: float) -> str:
        return f"still so after {self.times.of} tries"

    def because(self, value: float) -> str:
        return self.explain(value)

    def window(self) -> Window:
        return Window(self.times, self.within)
