"""May overseer launch it at all, and after which delay; flapping.py may hold it back."""

from zlib import crc32

from overseer.core import flapping
from overseer.core.turn import Turn
from overseer.model.state import Goal, Hold
from overseer.model.status import Status

SHORTEST = 1.0
"""Seconds in which overseer launches it twice at most, whatever its delays are: the first
restart comes at once, and no graph is a loop as fast as the machine."""


def is_open(status: Status) -> bool:
    """True where overseer itself may launch at all."""
    return status.goal is Goal.UP and status.hold is Hold.NONE and not status.closing


def record(turn: Turn) -> None:
    """Count a launch of overseer's own."""
    status = turn.status
    turn.set(restarts=status.restarts + status.mends)
    turn.set(last_launch=turn.now, launch_before=status.last_launch)
    flapping.count(turn)


def too_soon(turn: Turn) -> float:
    """Seconds until one more launch is not one of three within SHORTEST."""
    before = turn.status.launch_before
    return 0.0 if before is None else max(0.0, before + SHORTEST - turn.now)


def delay(turn: Turn) -> float:
    """Seconds to wait before this launch: nothing at first, then longer and longer."""
    rule, young = turn.watch.restart_delay, turn.status.young
    if young <= 1:
        return rule.first if young else 0.0
    wait: float = min(rule.max, rule.next * rule.factor ** min(young - 2, 60))
    # Not random, so that a step can be repeated, but different from watch to watch.
    seed = crc32(f"{turn.watch.name} {young} {turn.now}".encode()) / 2**32
    return wait * (1 + rule.jitter / 100 * (2 * seed - 1))


def count_end(turn: Turn, ran_for: float | None) -> None:
    """One more end that a launch has to mend; the first again after a stable run."""
    stable = ran_for is not None and ran_for >= turn.watch.restart_delay.reset_after
    turn.set(young=1 if stable else turn.status.young + 1, mends=True)
