"""when: {always: true}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Always(Polled):
    """Met, or never, at every poll (god: always)."""

    brief: ClassVar[str] = "what"

    what: bool = True

    def measure(self, scene: Scene) -> float | None:
        return float(self.what)

    def met(self, value: float) -> bool:
        return bool(value)

    def show(self, value: float) -> str:
        return str(bool(value)).lower()

    def explain(self, value: float) -> str:
        return "always"
