"""When to look, so that a thousand watches do not all look at one moment."""

import math

BEAT = 0.25
"""Seconds between two moments at which looks are taken: those due together wake the daemon
once. Well below what a person or a limit notices, well above the cost of waking."""
ROOM = 16
"""So many looks fit into a beat whatever the rest does: about a millisecond of work."""
EVENLY = 1.3
"""How much fuller than the average a beat may be, so that most watches keep their moment."""
NEARLY = 1e-6
"""Of a beat: less than this is the noise of adding floating point numbers."""


class Ring:
    """The beats of one interval. A slot is a place on it; it comes round once an interval."""

    __slots__ = ("_beat", "_beats", "_next_free", "_taken", "interval", "total")

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._beats = max(10, round(interval / BEAT))
        self._beat = interval / self._beats
        self._taken = [0] * self._beats
        self._next_free = 0
        self.total = 0

    def claim(self, start: float) -> int:
        """The slot one interval after *start*, or another one where that is crowded."""
        slot = math.ceil((start + self.interval) / self._beat - NEARLY) % self._beats
        self.total += 1
        most = max(ROOM, EVENLY * self.total / self._beats)
        if self._taken[slot] >= most:
            slot = self._free(most)
        self._taken[slot] += 1
        return slot

    def claim_first(self) -> int:
        """The slot for what is best looked at together, on rings of all intervals."""
        self.total += 1
        self._taken[0] += 1
        return 0

    def release(self, slot: int) -> None:
        self._taken[slot] -= 1
        self.total -= 1

    def due(self, slot: int, after: float) -> float:
        """The first moment of *slot* later than *after*: missed ones are not made up for."""
        beat = math.floor(after / self._beat + NEARLY) + 1
        return (beat + (slot - beat) % self._beats) * self._beat

    def _free(self, most: float) -> int:
        # As *most* is above the average there is one; the search goes on where it ended.
        while self._taken[self._next_free] >= most:
            self._next_free = (self._next_free + 1) % self._beats
        return self._next_free
