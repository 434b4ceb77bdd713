"""What a condition is: a question with three answers, put again and again."""

from dataclasses import dataclass
from typing import ClassVar

from overseer.model.transition import Notify
from overseer.model.units import Seconds


@dataclass(frozen=True, slots=True)
class Times:
    """Met when at least *hits* of the last *of* answers were hits, also before *of* exist."""

    hits: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.hits} of {self.of}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a process gave. *cpu* is None at the first look of a life: a share of
    one core, in percent, since the look before."""

    rss: int
    cpu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Its fields are its options in the watch file."""

    polled: ClassVar[bool] = True  # False: answered by the machine itself, when it changes
    needs_process: ClassVar[bool] = False
    brief: ClassVar[str] = ""  # the option a bare value stands for: `when: {tries: 5}`

    times: Times = Times()
    interval: Seconds | None = None  # None: the watch's
    notify: Notify | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled(Condition):
    """A condition that is asked in its rhythm. Measure, decide, explain are three functions."""

    def measure(self, reading: Reading | None) -> float | None:
        """The value, or None for *unknown*. *reading* is None without a living process."""
        raise NotImplementedError

    def met(self, value: float) -> bool:
        raise NotImplementedError

    def show(self, value: float) -> str:
        """The value as people read it: one sample in a status line or a mail."""
        raise NotImplementedError

    def explain(self, value: float) -> str:
        """Why it is met, in one clause: `memory 104MB, above 100MB`."""
        raise NotImplementedError
