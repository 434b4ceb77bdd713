"""Messages to a watch of those it does not belong to: counted, and told of now and then."""

import logging
from collections import Counter

log = logging.getLogger("overseer")

EVERY = 60.0  # seconds between two lines about the same watch and user
MOST = 20  # lines within that, of all


class Unheard:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._said: dict[tuple[str, int], float] = {}

    def count(self, name: str, uid: int, pid: int, now: float) -> None:
        key = (name, uid)
        if key not in self._said:
            self._said = {one: at for one, at in self._said.items() if now - at < EVERY}
            if len(self._said) >= MOST:
                return
        elif now - self._said[key] < EVERY:
            self._counts[key] += 1
            return
        number = self._counts.pop(key, 0)
        self._said[key] = now
        more = f" ({number} more before)" if number else ""
        log.warning(
            "%s: pid %d (uid %d) is not heard: it is not the watch's%s", name, pid, uid, more
        )
