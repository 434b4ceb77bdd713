"""Listening sockets taken over from processes that were given them by another daemon."""

import ctypes
import fcntl
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress

from overseer.model import held
from overseer.model.held import Held
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.system import identity

FIRST = 100
"""Descriptors of held sockets begin here: below are those that a program is given them as."""
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM, "unix": socket.SOCK_STREAM}
MOST_DESCRIPTORS = 4096
"""Of a process, that are looked through."""
PIDFD_GETFD = 438
"""Of all architectures (pidfd_getfd(2), Linux 5.6)."""
Living = Iterable[tuple[str, Program, Process]]


def sockets_of(program: Program) -> dict[str, Held]:
    return {name: held.read(text) for name, text in program.sockets.items()}


def taken_over(one: Held, living: Living) -> socket.socket | None:
    """From a process that was given it by the daemon before."""
    for _, program, process in living:
        if one.place in {each.place for each in sockets_of(program).values()}:
            for line in sockets_within(process):
                if is_same(line, one):
                    return high(line)
                line.close()
    return None


def sockets_within(process: Process) -> Iterator[socket.socket]:
    """Copies of those of a process; none where it may not be looked into."""
    try:
        opened = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        if identity.process_of(process.pid) != process:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        for number in numbers(process.pid)[:MOST_DESCRIPTORS]:
            copied = libc.syscall(PIDFD_GETFD, opened, number, 0)
            if copied >= 0:
                yield socket.socket(fileno=copied)
    finally:
        os.close(opened)


def numbers(pid: int) -> list[int]:
    folder, found = f"/proc/{pid}/fd", []
    with suppress(OSError):
        found += [
            int(name)
            for name in os.listdir(folder)
            if os.readlink(f"{folder}/{name}").startswith("socket:")
        ]
    return sorted(found)


def is_same(line: socket.socket, one: Held) -> bool:
    try:
        if line.type != KINDS[one.kind]:
            return False
        if one.kind != "udp" and not line.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        name = line.getsockname()
    except OSError:
        return False
    if one.kind == "unix":
        return bool(name == one.path)
    everywhere = ("::", "0.0.0.0")
    return name[1] == one.port and (name[0] == one.host or (not one.host and name[0] in everywhere))


def high(line: socket.socket) -> socket.socket:
    """The same with a descriptor that no program's own stands in the way of."""
    number = fcntl.fcntl(line.fileno(), fcntl.F_DUPFD_CLOEXEC, FIRST)
    line.close()
    return socket.socket(fileno=number)
