"""when: {uptime: {above: 24h}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene
from overseer.model.units import Seconds
from overseer.units import show_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime(Polled):
    """Met when the process has lived longer than *above*."""

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: Seconds

    def measure(self, scene: Scene) -> float | None:
        if scene.process is None or scene.reading is None:
            return None
        return max(0.0, scene.now - scene.process.began)

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return show_seconds(value)

    def explain(self, value: float) -> str:
        return f"up for {show_seconds(value)}, above {show_seconds(self.above)}"
