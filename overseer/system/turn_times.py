"""How long the turns of a loop take: what comes meanwhile waits for so long."""

SPAN = 60.0
"""Seconds that the longest turn is remembered for, at least; twice that at most."""


class TurnTimes:
    """`begins` and `ends` are the loop's, the rest is for any thread. Times are those of
    time.monotonic()."""

    def __init__(self) -> None:
        self.began: float | None = None
        """When the turn under way has begun; None while the loop sleeps."""
        self._since = 0.0
        self._longest = self._before = 0.0

    def begins(self, now: float) -> None:
        self.began = now

    def ends(self, now: float) -> None:
        began, self.began = self.began, None
        if began is None:
            return
        if now - self._since >= SPAN:
            self._before = self._longest if now - self._since < 2 * SPAN else 0.0
            self._since, self._longest = now, 0.0
        self._longest = max(self._longest, now - began)

    def longest(self, now: float) -> float:
        """Seconds, of the last minute or two; the turn under way among them."""
        began = self.began
        under_way = 0.0 if began is None else now - began
        if now - self._since >= 2 * SPAN:  # a loop that slept all the time
            return under_way
        return max(self._longest, self._before, under_way)
