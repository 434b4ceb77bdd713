"""One pass over all processes, a few at a time: who is whose child, and what each has used."""

import os
from typing import NamedTuple

from overseer.model.process import Process

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1.0 / os.sysconf("SC_CLK_TCK")
AT_ONCE = 16
"""Processes read between two looks at the clock: a fifth of a millisecond."""


class Member(NamedTuple):
    """A zombie is one too: its time is in no other account until its parent waits for it."""

    pid: int
    ticks: int
    parent: int
    session: int
    rss: int  # bytes
    own: float  # CPU seconds
    all: float  # with the children it has waited for
    zombie: bool


class Survey:
    """Take `tree` only when it is *done*."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._to_read: list[str] | None = None
        self._members: dict[int, Member] = {}
        self._children: dict[int, list[int]] = {}
        self._sessions: dict[int, list[int]] = {}
        self.done = False

    def go_on(self) -> bool:
        """Read a few more; True when there are none left."""
        if self._to_read is None:
            self._to_read = [name for name in os.listdir(self._proc) if name.isdigit()]
        for _ in range(min(AT_ONCE, len(self._to_read))):
            self._read(self._to_read.pop())
        self.done = not self._to_read
        return self.done

    def tree(self, process: Process) -> list[Member]:
        """The process, its descendants, and where it leads a session whoever is left in it;
        empty if the process was not found."""
        leader = self._members.get(process.pid)
        if leader is None or leader.ticks != process.ticks or leader.zombie:
            return []
        found = {process.pid}
        to_do = [process.pid, *self._sessions.get(process.pid, ())]
        while to_do:
            pid = to_do.pop()
            found.add(pid)
            to_do.extend(child for child in self._children.get(pid, ()) if child not in found)
        return [self._members[pid] for pid in found]

    def _read(self, pid: str) -> None:
        try:
            descriptor = os.open(f"{self._proc}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # gone, or hidden from us
            return
        try:
            fields = fields_of(os.read(descriptor, 1024))
        except OSError:
            fields = None
        finally:
            os.close(descriptor)
        if fields is not None:
            self._note(int(pid), fields)

    def _note(self, pid: int, fields: list[bytes]) -> None:
        parent, session = int(fields[1]), int(fields[3])
        own = int(fields[11]) + int(fields[12])
        waited_for = int(fields[13]) + int(fields[14])
        self._members[pid] = Member(
            pid,
            int(fields[19]),
            parent,
            session,
            int(fields[21]) * PAGE,
            own * TICK,
            (own + waited_for) * TICK,
            is_zombie(fields),
        )
        self._children.setdefault(parent, []).append(pid)
        self._sessions.setdefault(session, []).append(pid)


def fields_of(line: bytes) -> list[bytes] | None:
    """The fields of /proc/PID/stat from the third on (proc(5)), as the second, the program's
    name, may hold anything."""
    fields = line[line.rfind(b")") + 2 :].split(None, 22)
    return None if len(fields) < 22 else fields


def is_zombie(fields: list[bytes]) -> bool:
    """Of a zombie's memory nothing can be told; it may have living threads."""
    return fields[0] in (b"Z", b"X")
