"""when: {memory_usage: {above: 100MB, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene
from overseer.model.units import Bytes
from overseer.units import show_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUsage(Polled):
    """Met when the process holds more than *above* (god: memory_usage).

    *tree* adds its descendants: their proportional share (PSS) where it may be read, else RSS.
    """

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: Bytes
    tree: bool = False

    def measure(self, scene: Scene) -> float | None:
        return None if scene.reading is None else scene.reading.rss

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return show_bytes(value)

    def explain(self, value: float) -> str:
        return f"memory {show_bytes(value)}, above {show_bytes(self.above)}"
