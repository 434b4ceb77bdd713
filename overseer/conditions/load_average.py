"""when: {load_average: {above: 8, minutes: 5}}"""

import os
from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene

MINUTES = (1, 5, 15)
"""What the kernel keeps an average of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadAverage(Polled):
    """Met when the machine's load, averaged over *minutes*, is more than *above*.

    *per_cpu* divides it by the number of processors.
    """

    brief: ClassVar[str] = "above"

    above: float
    minutes: int = 1
    per_cpu: bool = False

    def __post_init__(self) -> None:
        if self.minutes not in MINUTES:
            raise ValueError(f"minutes: {self.minutes} is kept by no kernel; write 1, 5 or 15")

    def measure(self, scene: Scene) -> float | None:
        load = os.getloadavg()[MINUTES.index(self.minutes)]
        return load / (os.cpu_count() or 1) if self.per_cpu else load

    def met(self, value: float) -> bool:
        return value > self.above

    def show(self, value: float) -> str:
        return f"{value:.2f}"

    def explain(self, value: float) -> str:
        what = "load per CPU" if self.per_cpu else "load"
        return f"{what} {value:.2f}, above {self.above:g}"

    def limit(self) -> str:
        return f"above {self.above:g} per CPU" if self.per_cpu else f"above {self.above:g}"
