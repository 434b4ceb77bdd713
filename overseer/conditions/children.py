"""when: {children: {below: 2, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Children(Check):
    """Met when the process has more descendants than *above*, or fewer than *below*.

    *direct* counts only those it has started itself. What has ended and was not waited for
    counts too.
    """

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "above"

    above: int | None = None
    below: int | None = None
    direct: bool = False

    def __post_init__(self) -> None:
        if self.above is None and self.below is None:
            raise ValueError("neither above nor below; write above: 50, or below: 2")
        if self.above is not None and self.below is not None and self.above < self.below:
            raise ValueError(f"above: {self.above} is less than below; write a larger one")

    def measure(self, scene: Scene) -> int | None:
        return counted(scene, lambda process: len(process.children(recursive=not self.direct)))

    def met(self, value: int) -> bool:
        return self._too_many(value) or self._too_few(value)

    def show(self, value: int) -> str:
        return str(value)

    def explain(self, value: int) -> str:
        limit = f"above {self.above}" if self._too_many(value) else f"below {self.below}"
        return f"children {value}, {limit}"

    def limit(self) -> str:
        limits = (("above", self.above), ("below", self.below))
        return ", ".join(f"{word} {number}" for word, number in limits if number is not None)

    def _too_many(self, value: int) -> bool:
        return self.above is not None and value > self.above

    def _too_few(self, value: int) -> bool:
        return self.below is not None and value < self.below
