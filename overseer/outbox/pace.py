"""At most so many a minute: a bucket that fills evenly and holds a second's worth."""

import time
from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """Used by one thread. *rate* is a minute; None: no limit."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._most = 1.0 if rate is None else max(1.0, rate / MINUTE)
        self._left = self._most
        self._at = clock()

    def free(self) -> int | None:
        """How many may begin now; None: as many as there are."""
        if self._rate is None:
            return None
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate / MINUTE)
        self._at = now
        return int(self._left)

    def spend(self, count: int) -> None:
        self._left -= count

    def wait(self) -> float:
        """Seconds until one more may begin; 0: it may."""
        if self._rate is None or self.free():
            return 0.0
        return (1.0 - self._left) * MINUTE / self._rate
