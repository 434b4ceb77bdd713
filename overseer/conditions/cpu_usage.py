"""when: {cpu_usage: {above: 50%, times: 5}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene
from overseer.model.units import Percent
from overseer.units import show_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuUsage(Polled):
    """Met when the process used more than *above* of one core since the last sample.

    (god: cpu_usage, which measured since the process started.) *tree* adds its descendants.
    """

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: Percent
    tree: bool = False

    def measure(self, scene: Scene) -> float | None:
        return None if scene.reading is None else scene.reading.cpu

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return show_percent(value)

    def explain(self, value: float) -> str:
        return f"CPU {show_percent(value)}, above {show_percent(self.above)}"
