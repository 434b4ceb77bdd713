"""What the daemon does for itself every now and then, aside from everything else."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from overseer.config.settings import Settings
from overseer.daemon.outputs import Outputs
from overseer.daemon.signals import aside
from overseer.store.state import StateStore
from overseer.system.processes import LinuxProcesses

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


def chores_of(
    now: float,
    store: StateStore,
    settings: Callable[[], Settings],
    outputs: Outputs,
    processes: LinuxProcesses,
    restore_sockets: Callable[[], None],
) -> Chores:
    """All that there are."""

    def prune() -> None:
        store.prune(settings().history_keep, settings().history_size)

    def keep_small() -> None:
        store.keep_small(settings().history_keep, settings().history_size)

    return Chores(
        Chore("pruning the history", 86400.0, prune, now + 3600.0),
        Chore("the state database", 2.0, store.notice_loss, now + 2.0),
        Chore("the size of the history", 5.0, keep_small, now),
        Chore("what runs have printed", 600.0, outputs.catch_up, now),
        Chore("pid files and sockets", 5.0, processes.catch_up, now),
        Chore("the control socket", 5.0, restore_sockets, now + 5.0),
    )
