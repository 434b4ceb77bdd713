"""when: {memory_usage: {above: 100MB, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene
from overseer.model.units import Bytes
from overseer.model.usage import Metric
from overseer.units import show_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUsage(Polled):
    """Met when the process holds more than *above* (god: memory_usage).

    *tree* adds its descendants. *metric*, where it is not written, is RSS; but of a tree that
    holds too much by that, PSS where it may be read, as RSS counts what is shared again and again.
    """

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: Bytes
    tree: bool = False
    metric: Metric | None = None

    def weigh_by(self, rss: float) -> Metric | None:
        """What is to be read instead, at some cost; None where RSS will do."""
        if self.metric is None:
            return Metric.PSS if self.tree and rss > self.above else None
        return None if self.metric is Metric.RSS else self.metric

    @property
    def weighs(self) -> bool:
        return self.weigh_by(float("inf")) is not None

    def measure(self, scene: Scene) -> float | None:
        if scene.reading is None:
            return None
        rss = scene.reading.rss
        metric = self.weigh_by(rss)
        if metric is None:
            return rss
        weight = scene.weigh(metric)
        if weight is None and self.metric is not None:
            raise PermissionError(f"{metric.upper()} may not be read; run overseer as root")
        return rss if weight is None else weight

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return show_bytes(value)

    def explain(self, value: float) -> str:
        what = "memory" if self.metric is None else f"memory ({self.metric.upper()})"
        return f"{what} {show_bytes(value)}, above {show_bytes(self.above)}"
