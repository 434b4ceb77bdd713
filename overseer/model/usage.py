"""What a process, or a process with its descendants, has used so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Spent(NamedTuple):
    """CPU seconds of one process: its own, and together with the children it has waited for."""

    own: float
    all: float


class Metric(StrEnum):
    """What counts as the memory of a process."""

    RSS = "rss"  # all that is in memory for it, what it shares with others too
    PSS = "pss"  # what is shared divided among those who share it
    USS = "uss"  # what is its own alone


Member = tuple[int, int]
"""A pid, and field 22 of its /proc/PID/stat."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One look. *rss* in bytes; *spent* in CPU seconds, per process; *at* in seconds of any
    clock that only grows, and that the other looks were taken by."""

    rss: int
    spent: Mapping[Member, Spent]
    at: float


TOO_SOON = 0.05
"""Seconds between two looks below which the kernel's clock ticks say nothing about a share."""


def cpu_share(before: Usage | None, after: Usage) -> float | None:
    """Percent of one core between two looks; None without an earlier look, or too soon after."""
    if before is None or after.at - before.at < TOO_SOON:
        return None
    return 100.0 * seconds_between(before.spent, after.spent) / (after.at - before.at)


def seconds_between(before: Mapping[Member, Spent], after: Mapping[Member, Spent]) -> float:
    """CPU seconds used between two looks by a family that has changed in between.

    What a dead child used is in its parent's account once the parent has waited for it, so the
    sum of all accounts keeps it. It does not where nobody waited, or where a member left alive;
    then what those still there have used themselves is the least that can be said.
    """
    if len(after) == 1 and before.keys() == after.keys():  # most are alone
        (was,), (now,) = before.values(), after.values()
        return max(now.all - was.all, now.own - was.own, 0.0)
    nothing = Spent(0.0, 0.0)
    accounts = sum(one.all for one in after.values()) - sum(one.all for one in before.values())
    selves = sum(one.own - before.get(who, nothing).own for who, one in after.items())
    return max(accounts, selves, 0.0)
