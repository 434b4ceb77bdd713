"""What one look found: that all is well, or what is wrong and what to do about it."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # it works, but not for sure, or not for long
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One line. *do* is for a warning or a problem: what to write or to type."""

    level: Level
    check: str
    said: str
    do: str = ""


def ok(check: str, said: str) -> Finding:
    return Finding(Level.OK, check, said)


def warning(check: str, said: str, do: str) -> Finding:
    return Finding(Level.WARNING, check, said, do)


def problem(check: str, said: str, do: str) -> Finding:
    return Finding(Level.PROBLEM, check, said, do)
