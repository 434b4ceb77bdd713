"""Waiting for others who write to the same file."""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

BREATH = 0.0003
"""Seconds between two tries for the write lock. SQLite's own busy handler sleeps up to a tenth of a
second, while others overtake: under load it waits a hundred times longer."""


def insist(attempt: Callable[[], T], patience: float) -> T:
    """Try again while others write, for *patience* seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
        time.sleep(BREATH)


def is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
