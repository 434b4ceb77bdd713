"""Lines of a log that strangers can cause: one of a kind now and then, with the
number of those left out."""

from collections import Counter
from collections.abc import Hashable

EVERY = 60.0  # seconds between two lines of a kind
MOST = 20  # kinds within that


class LogLimit:
    def __init__(self) -> None:
        self._counts: Counter[Hashable] = Counter()
        self._written: dict[Hashable, float] = {}

    def left_out(self, kind: Hashable, now: float) -> int | None:
        """How many of this kind were left out, if it is time for a line; None: leave out this one
        too."""
        if kind not in self._written:
            self._written = {one: at for one, at in self._written.items() if now - at < EVERY}
            if len(self._written) >= MOST:
                return None
        elif now - self._written[kind] < EVERY:
            self._counts[kind] += 1
            return None
        self._written[kind] = now
        return self._counts.pop(kind, 0)


def and_more(number: int) -> str:
    return f" ({number} more before)" if number else ""
