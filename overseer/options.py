"""What `overseer run` was asked for."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from overseer.errors import UsageError

VAR = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def variables(words: Sequence[str] | None) -> dict[str, str]:
    """Of `--var NAME=VALUE`, as often as it was written."""
    found = {}
    for word in words or ():
        match = VAR.fullmatch(word)
        if match is None:
            raise UsageError(f"--var {word}: write NAME=VALUE, like --var port=8080")
        found[match[1]] = match[2]
    return found


class RunOptions(NamedTuple):
    files: tuple[str, ...] = ()  # none: what is usual, see paths.py
    daemonize: bool = False
    state_dir: str | None = None
    socket: str | None = None
    instance: str | None = None
    pid_file: str | None = None
    log_file: str | None = None  # None: stderr in the foreground, log_dir/overseer.log else
    log_level: str = "info"
    strict: bool | None = None  # refuse a file with problems; None: on a terminal
    observe: bool = False  # look and tell, and touch nothing
    attach: int | None = None  # a pid: terminate when that process ends
    allowed: tuple[str, ...] = ()  # paths that are trusted, whoever may write there
    variables: Mapping[str, str] = {}  # in place of those that the files have under vars:
