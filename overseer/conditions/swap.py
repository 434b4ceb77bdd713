"""when: {swap: {above: 50%, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene
from overseer.model.units import Share
from overseer.units import show_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(Check):
    """Met when more than *above* of the machine's swap is in use; never without any swap."""

    brief: ClassVar[str] = "above"

    above: Share

    def measure(self, scene: Scene) -> float | None:
        import psutil

        swap = psutil.swap_memory()
        return 100.0 * swap.used / swap.total if swap.total else 0.0

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return show_percent(value)

    def explain(self, value: float) -> str:
        return f"swap {show_percent(value)} in use, above {show_percent(self.above)}"
