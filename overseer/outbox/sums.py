"""What a queue comes to: how many of what, and who is at work."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many there are of one queue in one state."""

    queue: str
    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """How many are dead of one thing."""

    reason: str
    code: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """The last that was heard of a worker, so many seconds ago."""

    name: str
    host: str
    ago: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    queues: Sequence[Tally]
    sent_hour: int
    sent_day: int
    causes: Sequence[Cause]
