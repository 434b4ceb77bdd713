"""Every error a user can meet, and its exit code. Anything else is a bug."""

import errno
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

DONE = 0
FAILED = 1
USAGE = 2
NOT_UP = 3
UNKNOWN_NAME = 4
NO_DAEMON = 5
BAD_FILE = 6
BUG = 70


class OverseerError(Exception):
    """Printed without a traceback; its class decides the exit code."""

    exit_code: ClassVar[int] = FAILED


class Refused(OverseerError):
    """Understood and not done: the message says why and what to type instead."""


class UsageError(OverseerError):
    """The command line or the request does not make sense as it stands."""

    exit_code = USAGE


class UnknownName(OverseerError):
    """No watch, tag or contact goes by that name."""

    exit_code = UNKNOWN_NAME


class PluginError(OverseerError):
    """A condition, behavior or contact that cannot be used: unknown, twice, or broken."""

    exit_code = BAD_FILE


class NoDaemon(OverseerError):
    """Nobody answers on the control socket."""

    exit_code = NO_DAEMON


class Problem(NamedTuple):  # not a dataclass: `overseer status` is to be quick
    """One thing wrong with a watch file, and where: line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    warning: bool = False
    only_notify: bool = False
    """Somebody cannot be notified; the watch that says so can run all the same."""

    def __str__(self) -> str:
        mark = "warning: " if self.warning else ""
        file = self.file if self.file.isprintable() else repr(self.file)[1:-1]
        return f"{file}:{self.line}:{self.column}: {mark}{self.message}"


def in_parts(problem: Problem) -> dict[str, object]:
    """For programs: what was found, and behind a semicolon what to write."""
    message, _, hint = problem.message.partition("; ")
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "warning": problem.warning,
        "message": message,
        "hint": hint,
    }


class ConfigError(OverseerError):
    """Watch files with problems: all of them, not only the first."""

    exit_code = BAD_FILE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


MACHINE = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EACCES, errno.EPERM),
    }
)
"""What errno(3) says of a machine that lacks something."""


def of_the_machine(error: OSError) -> str:
    """In words, where a file or the machine is at fault; empty where it is more likely a bug."""
    if error.filename is None and error.errno not in MACHINE:
        return ""
    return in_words(error) if error.filename is not None else f"cannot go on: {in_words(error)}"


def in_words(error: OSError) -> str:
    """`/srv/x: no such file or directory`, without the number that Python shows."""
    place = f"{error.filename}: " if error.filename is not None else ""
    return f"{place}{error.strerror.lower()}" if error.strerror else str(error)
