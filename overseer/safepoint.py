"""When the program of the daemon may be replaced: whatever is half done then would be lost.

A thread is *busy* while it does what nobody could take up in the middle: from the fork of a child
to the event that tells of it, from the end of a child to what is made of that end. It is *idle*
while it waits. `close` has those that are busy finish, and nobody else begin; what waits is cut off
by execve(2), and taken up by the new program.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

LOOK_AGAIN = 0.05


class Work(NamedTuple):
    """*patience*: seconds that it is waited for, None: it has to finish."""

    what: str
    patience: float | None


class Safepoint:
    """For any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy: dict[int, Work] = {}  # by thread
        self._operations: list[str] = []
        self._closed = False

    @contextmanager
    def busy(self, what: str, patience: float | None = None) -> Iterator[None]:
        """Waits while it is closed. Within another one it is part of that."""
        thread = threading.get_ident()
        if thread in self._busy:
            yield
            return
        self._enter(thread, Work(what, patience))
        try:
            yield
        finally:
            self._leave(thread)

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Waiting, in the middle of being busy."""
        thread = threading.get_ident()
        work = self._busy.get(thread)
        if work is None:
            yield
            return
        self._leave(thread)
        try:
            yield
        finally:
            self._enter(thread, work)

    @contextmanager
    def operation(self, what: str) -> Iterator[None]:
        """Of many steps, and may take long: meanwhile nothing is replaced. *what* as in "a load is
        being applied"."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._operations.append(what)
        try:
            yield
        finally:
            with self._changed:
                self._operations.remove(what)

    def operations(self) -> tuple[str, ...]:
        with self._changed:
            return tuple(dict.fromkeys(self._operations))

    def close(self, seconds: float) -> tuple[str, ...]:
        """From now on nobody begins, and all have finished; else it stays open, and what has not
        finished within so many seconds is named. Not for a thread that is busy."""
        began = time.monotonic()
        with self._changed:
            if self._operations:
                return tuple(dict.fromkeys(self._operations))
            self._closed = True
            while unfinished := self._unfinished(time.monotonic() - began):
                if time.monotonic() - began >= seconds:
                    self._open()
                    return unfinished
                self._changed.wait(LOOK_AGAIN)
        return ()

    def open(self) -> None:
        """Nothing has been replaced: all go on."""
        with self._changed:
            self._open()

    def _open(self) -> None:
        self._closed = False
        self._changed.notify_all()

    def _unfinished(self, waited: float) -> tuple[str, ...]:
        works = self._busy.values()
        left = (work.what for work in works if work.patience is None or waited < work.patience)
        return tuple(dict.fromkeys(left))

    def _enter(self, thread: int, work: Work) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._busy[thread] = work

    def _leave(self, thread: int) -> None:
        with self._changed:
            self._busy.pop(thread, None)
            if self._closed:
                self._changed.notify_all()


safepoint = Safepoint()
"""The daemon's."""
