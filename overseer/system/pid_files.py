"""Follows the pid files of what runs: a program that replaces itself writes its successor there,
as nginx and unicorn do on USR2."""

import logging
import os
from collections.abc import Iterable

from overseer.model.event import Succeeded
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.ports import Inbox
from overseer.system.deaths import Deaths
from overseer.system.leftovers import Leftovers
from overseer.system.look import Doubt, successor

log = logging.getLogger("overseer")

Stamp = tuple[int, int]


class PidFiles:
    """`turn` is for a thread of its own: a pid file may lie on a file system that hangs."""

    def __init__(self, deaths: Deaths, inbox: Inbox, leftovers: Leftovers) -> None:
        self._deaths = deaths
        self._leftovers = leftovers
        self._inbox = inbox
        self._seen: dict[str, tuple[Process, Stamp]] = {}

    def turn(self, living: Iterable[tuple[str, Program, Process]]) -> None:
        """Look at each watch's pid file, and into those that have been written since."""
        seen, self._seen = self._seen, {}
        for name, program, process in living:
            stamp = stamp_of(program.pid_file or "")
            if stamp is None:
                continue
            if seen.get(name) != (process, stamp):
                self._read(name, program, process)
            self._seen[name] = (process, stamp)

    def _read(self, name: str, program: Program, process: Process) -> None:
        try:
            found = successor(program, name, process, self._deaths, self._leftovers)
        except Doubt as doubt:
            return log.warning("%s: %s", name, doubt)
        if found is None or not self._deaths.follow(name, found):
            return None
        return self._inbox(name, Succeeded(process, found))


def stamp_of(path: str) -> Stamp | None:
    """Inode and time of the last write; None where there is no such file, or it cannot be seen."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns
