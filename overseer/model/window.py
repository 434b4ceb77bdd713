"""Three of five: the last answers of a condition, and whether enough of them were hits."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from overseer.conditions.base import Times


class Sample(NamedTuple):
    value: Any
    hit: bool
    at: float  # seconds of CLOCK_BOOTTIME


class Window:
    """The last *times.of* answers, with *within* only those younger than so many seconds.

    `samples` is replaced, never changed, so that any thread may read it.
    """

    __slots__ = ("samples", "times", "within")

    def __init__(self, times: "Times", within: float | None = None) -> None:
        self.times = times
        self.within = within
        self.samples: tuple[Sample, ...] = ()

    def push(self, sample: Sample) -> None:
        kept = (*self.samples, sample)
        if self.within is not None:
            kept = tuple(one for one in kept if sample.at - one.at < self.within)
        self.samples = kept[-self.times.of :] if self.times.of else ()

    def clear(self) -> None:
        self.samples = ()

    @property
    def met(self) -> bool:
        return sum(sample.hit for sample in self.samples) >= self.times.hits

    @property
    def full(self) -> bool:
        return len(self.samples) >= self.times.of

    @property
    def last_hit(self) -> Sample:
        """The newest of those that count; of a window that is met."""
        return next((one for one in reversed(self.samples) if one.hit), self.samples[-1])
