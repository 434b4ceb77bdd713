"""How far long work has come: one line that is written over, on a terminal alone."""

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from overseer.terminal import is_dumb, write_raw

EVERY = 0.1
"""Seconds between two lines."""
CLEAR = "\r\x1b[K"


class Progress:
    """Called with how many are done; nothing of it is left when it ends."""

    def __init__(self, what: str, total: int | None = None, out: TextIO | None = None) -> None:
        self._what = what
        self._of = "" if total is None else f" of {total:,}"
        self._out = out or sys.stderr
        self._next = time.monotonic() + EVERY
        self._shown = False

    def __call__(self, count: int) -> None:
        now = time.monotonic()
        if now < self._next or not self._out.isatty() or is_dumb():
            return
        self._next = now + EVERY
        self._write(f"{CLEAR}{self._what}: {count:,}{self._of}")
        self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write(CLEAR)
            self._shown = False

    def _write(self, text: str) -> None:
        write_raw(self._out, text)
        self._out.flush()
