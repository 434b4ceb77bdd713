"""The thread that waits for the disk so that the engine need not."""

import threading
from typing import Protocol

RETRY = 1.0
"""Seconds between tries while the disk takes nothing."""


class Kept(Protocol):
    @property
    def trouble(self) -> str: ...

    def settle(self) -> None: ...


class Keeper:
    """Begins at the first nudge: a daemon at rest does not have it."""

    def __init__(self, kept: Kept, retry: float = RETRY) -> None:
        self._kept = kept
        self._retry = retry
        self._bell = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        self._bell.set()
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._bell.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopped:
            self._bell.wait(self._retry if self._kept.trouble else None)
            self._bell.clear()
            if not self._stopped:
                self._kept.settle()
