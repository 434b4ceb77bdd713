"""How often, how long, how many: the numbers a queue lives by, and the curve of its retries."""

from collections.abc import Callable
from dataclasses import dataclass

Luck = Callable[[], float]
"""Like random.random: from 0 to just under 1."""

DAY = 86400.0
SPREAD = 0.1
QUIET = 5.0
"""Seconds without anything to do, after which a queue is at rest."""
REST = 3.0
"""So many times rarer are the looks at a queue at rest."""
SHORTEST_NAP = 0.002
BAD_IN_A_ROW = 20
"""So many probes may each meet a row that its transport breaks off at."""
FREE_CRASHES = 2
"""So many are tried again at once: most often somebody else brought the worker down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Durations are seconds."""

    threads: int = 4
    lease: float = 120.0  # renewed at a third of it; what a holder that died costs
    first_pause: float = 1.0  # of a queue whose transport is down, doubled each time it still is
    longest_pause: float = 300.0
    longest_delay: float = 3600.0  # between two attempts
    give_up_after: float = 5 * DAY  # since the first attempt that failed (RFC 5321, 4.5.4.1)
    most_crashes: int = 10
    most_bytes: int = 64 * 2**20  # of bodies held at a time; a larger one goes alone
    # Longer than busy.BREATH: whoever waits for the file finds it free. What is delivered and not
    # yet recorded goes twice after a kill, so not much longer.
    commit_gap: float = 0.0007
    poll: float = 0.05  # between two looks whether others have committed; at rest threefold
    keep_sent: float = 30 * DAY
    rest_after: float = 30.0
    rate: float | None = None  # deliveries begun a minute; None: as fast as it goes

    @property
    def most_leased(self) -> int:
        """Enough that no sender waits for a commit, few enough that a kill repeats little."""
        return 2 * self.threads

    def nap(self, wait: float, quiet: float) -> float:
        """Seconds until the next look at the file; *quiet*: since there last was anything to do.

        A queue at rest is looked at less often: on small
        machines it is the waking up that costs.
        """
        poll = self.poll if quiet < QUIET else REST * self.poll
        return min(max(wait, SHORTEST_NAP), poll)

    def weight(self, size: int) -> int:
        """Bytes of what may be held that a body takes: the largest leave room for small ones."""
        return min(size, self.most_bytes * 3 // 4)

    def interruption_delay(self, times: int, luck: Luck) -> float:
        """Long enough for others to go first, short enough where it was the transport's fault."""
        return min(self.retry_delay(times, luck), self.longest_pause)

    def probation(self, step: int, luck: Luck) -> float:
        """Seconds between one probe that was interrupted and the next, with another row: at once,
        then soon for as many as may be bad ones in a row, then as after any fault."""
        return self.pause_length(max(0, step - BAD_IN_A_ROW), luck) if step else 0.0

    def retry_delay(self, attempts: int, luck: Luck) -> float:
        return spread(min(attempts**4 + 5.0, self.longest_delay), luck)

    def crash_delay(self, crashes: int, luck: Luck) -> float:
        """Drives apart what was leased together, so that one poisonous row dies alone."""
        over = crashes - FREE_CRASHES
        return self.retry_delay(over, luck) if over > 0 else 0.0

    def pause_length(self, step: int, luck: Luck) -> float:
        return spread(min(self.first_pause * 2.0 ** min(step, 30), self.longest_pause), luck)


def spread(seconds: float, luck: Luck) -> float:
    return seconds * (1 - SPREAD + 2 * SPREAD * luck())
