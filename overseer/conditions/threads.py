"""when: {threads: {above: 500, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads(Check):
    """Met when the process has more than *above* threads."""

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: int

    def measure(self, scene: Scene) -> int | None:
        return counted(scene, lambda process: process.num_threads())

    def met(self, value: int) -> bool:
        return value > self.above

    def show(self, value: int) -> str:
        return str(value)

    def explain(self, value: int) -> str:
        return f"threads {value}, above {self.above}"
