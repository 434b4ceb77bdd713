"""What the daemon does for itself every now and then, aside from everything else."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from overseer.daemon.signals import aside

log = logging.getLogger("overseer")


@dataclass(slots=True)
class Chore:
    """*every* so many seconds of the engine's clock; the first time *due*."""

    name: str
    every: float
    work: Callable[[], object]
    due: float
    busy: bool = False

    def do(self) -> None:
        try:
            self.work()
        except Exception:  # a chore that fails is done at its next turn
            log.exception("%s failed", self.name)
        finally:
            self.busy = False


class Chores:
    """On threads of their own, one at a time of each; no calendar is needed for them."""

    def __init__(self, *chores: Chore) -> None:
        self._chores = chores

    def turn(self, now: float) -> None:
        """Begin what is due."""
        for chore in self._chores:
            if now >= chore.due and not chore.busy:
                chore.due, chore.busy = now + chore.every, True
                aside(chore.do)
