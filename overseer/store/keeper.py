"""The thread that waits for the disk so that the engine need not."""

import threading
from typing import Protocol

from overseer.crew import begin

RETRY = 1.0
"""Seconds between tries while the disk takes nothing."""
GATHER = 0.1
"""Seconds in which more may be committed: whatever crashed is launched before the disk is
waited for, and a thousand crashes are one wait."""


class Kept(Protocol):
    @property
    def trouble(self) -> str: ...

    def settle(self) -> None: ...


class Keeper:
    """Begins at the first nudge: a daemon at rest does not have it."""

    def __init__(self, kept: Kept, retry: float = RETRY, gather: float = GATHER) -> None:
        self._kept = kept
        self._gather = gather
        self._retry = retry
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        self._bell.set()
        if self._thread is None and not self._stopping.is_set():
            self._thread = begin(self._run, "keeper")

    def stop(self) -> None:
        self._stopping.set()
        self._bell.set()
        if self._thread and self._thread.ident:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.wait(self._retry if self._kept.trouble else None)
            self._stopping.wait(self._gather)
            self._bell.clear()
            if not self._stopping.is_set():
                self._kept.settle()
