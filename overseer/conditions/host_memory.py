"""when: {host_memory: {available_below: 500MB, times: [3, 5]}}"""

from dataclasses import dataclass
from typing import NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.model.units import Bytes, Share
from overseer.units import show_bytes, show_percent


class Memory(NamedTuple):
    """Bytes that programs can still have without swapping, and the share in use, in percent."""

    available: int
    used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory(Check):
    """Met when the machine has less than *available_below* left, or more than *above* in use.

    Caches that the kernel gives up when asked to count as available.
    """

    available_below: Bytes | None = None
    above: Share | None = None

    def __post_init__(self) -> None:
        if self.available_below is None and self.above is None:
            raise ValueError("no limit; write available_below: 500MB, or above: 90%")

    def measure(self, scene: Scene) -> Memory | None:
        import psutil

        memory = psutil.virtual_memory()
        return Memory(memory.available, 100.0 * (1 - memory.available / memory.total))

    def met(self, value: Memory) -> bool:
        return self._too_little(value) or self._too_much(value)

    def show(self, value: Memory) -> str:
        return f"{show_bytes(value.available)} available, {show_percent(value.used)} in use"

    def explain(self, value: Memory) -> str:
        little, much = show_bytes(self.available_below or 0), show_percent(self.above or 0)
        if self._too_little(value):
            return f"host memory {show_bytes(value.available)} available, below {little}"
        return f"host memory {show_percent(value.used)} in use, above {much}"

    def limit(self) -> str:
        limits = []
        if self.available_below is not None:
            limits.append(f"below {show_bytes(self.available_below)} available")
        if self.above is not None:
            limits.append(f"above {show_percent(self.above)} in use")
        return ", ".join(limits)

    def _too_little(self, value: Memory) -> bool:
        return self.available_below is not None and value.available < self.available_below

    def _too_much(self, value: Memory) -> bool:
        return self.above is not None and value.used > self.above
