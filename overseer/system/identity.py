"""Who a pid is: start time and boot, read from /proc; never a bare pid."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from overseer.model.process import Process
from overseer.system.shortage import is_shortage


class Stat(NamedTuple):
    """The fields of /proc/PID/stat that identity is about (proc(5))."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    ticks: int


@functools.cache
def boot_id() -> str:
    """Another one after each boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def above(seen: Callable[[int], Stat | None]) -> frozenset[int]:
    """Overseer and whatever stands above it: never a watch's process. *seen* takes a pid."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        it = seen(pid)
        pid = it.parent if it else 0
    return frozenset(found)


def stat(pid: int) -> Stat | None:
    """None where there is no such process, or it may not be read. OSError for want of room."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            line = os.read(fd, 1024)
        finally:
            os.close(fd)
    except OSError as error:
        if is_shortage(error):
            raise
        return None
    rest = line[line.rfind(b")") + 2 :].split()
    state, parent, group, session = rest[0].decode(), int(rest[1]), int(rest[2]), int(rest[3])
    return Stat(pid, state, parent, group, session, int(rest[19]))


def is_suspended(process: Process) -> bool:
    """True where a signal has stopped it (SIGSTOP, SIGTSTP), or a debugger has."""
    try:
        seen = stat(process.pid)
    except OSError:
        return False
    return seen is not None and seen.ticks == process.ticks and seen.state in "Tt"


def process_of(pid: int) -> Process | None:
    """The process that has this pid now; None for none, and for a zombie without threads."""
    seen = stat(pid)
    if seen is None or (seen.state in "ZX" and not has_threads(pid)):
        return None
    return Process(pid, seen.ticks, boot_id())


def has_threads(pid: int) -> bool:
    """A leader shown as a zombie whose threads go on is alive."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def lives(process: Process) -> bool:
    return process.boot == boot_id() and process_of(process.pid) == process


def every() -> list[Stat]:
    """One pass over /proc."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [seen for pid in pids if (seen := stat(pid)) is not None]


def owner(pid: int) -> int | None:
    """The real uid that a process runs as."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("Uid:"):
                return int(line.split()[1])
    except OSError:
        pass
    return None
