"""What `overseer run` was asked for."""

from typing import NamedTuple


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
