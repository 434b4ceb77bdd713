"""Processes that the kernel has killed as memory ran out, as far as it tells: it counts them."""

import os
import time
from collections.abc import Callable

COUNTER = b"\noom_kill "
FRESH = 0.01
"""Seconds for which a count is not read again: a thousand that die at once are one look."""


def counted() -> int:
    """Since boot, in the whole machine: `oom_kill` of /proc/vmstat (proc(5))."""
    try:
        descriptor = os.open("/proc/vmstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        text = os.read(descriptor, 65536)
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    return int(text.partition(COUNTER)[2].partition(b"\n")[0] or 0)


class OutOfMemory:
    """Each kill explains one death by SIGKILL, heard of within two turns."""

    def __init__(
        self, count: Callable[[], int] = counted, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._clock = clock
        self._now = self._last = self._explained = count()
        self._read_at = clock()

    def turn(self) -> None:
        """Now and then: what was counted before the last turn explains nothing any more."""
        self._explained = max(self._explained, self._last)
        self._last = self._read()

    def explains(self) -> bool:
        """True for a SIGKILL that overseer did not send, if the kernel has sent one of late."""
        if self._explained >= self._now and self._clock() >= self._read_at + FRESH:
            self._read()
        if self._explained >= self._now:
            return False
        self._explained += 1
        return True

    def _read(self) -> int:
        self._now, self._read_at = self._count(), self._clock()
        return self._now
