"""Who is at the other end of a socket on this host, as the kernel knows it."""

import contextlib
import pwd
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from overseer.errors import UsageError

CREDENTIALS = struct.Struct("iII")  # pid, uid, gid: struct ucred, unix(7)
TABLES = {socket.AF_INET: Path("/proc/net/tcp"), socket.AF_INET6: Path("/proc/net/tcp6")}
ESTABLISHED = "01"
SOCK_DIAG = 4  # of AF_NETLINK, sock_diag(7)
BY_FAMILY = 20
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr


class Peer(NamedTuple):
    uid: int | None  # None: not to be known, as of another host
    place: str

    def __str__(self) -> str:
        return f"{name_of(self.uid)}, {self.place}"


def peer_of(line: socket.socket) -> Peer:
    """The user whose process connected."""
    if line.family == socket.AF_UNIX:
        raw = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        return Peer(CREDENTIALS.unpack(raw)[1], "unix socket")
    try:
        theirs, ours = line.getpeername(), line.getsockname()
    except OSError:  # gone already
        return Peer(None, "gone")
    place = f"[{theirs[0]}]"
    try:
        return Peer(ask_kernel(line.family, theirs, ours), place)
    except (OSError, struct.error):  # a kernel without it, or a container that forbids it
        pass
    try:
        with TABLES[line.family].open() as table:
            return Peer(owner(table, theirs, ours), place)
    except (KeyError, OSError):
        return Peer(None, place)


def ask_kernel(family: int, theirs: tuple[str, int], ours: tuple[str, int]) -> int | None:
    """The uid of the other end by sock_diag(7), which costs the same however many there are."""
    ends = [socket.inet_pton(family, host).ljust(16, b"\0") for host, *_ in (theirs, ours)]
    request = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, 2**32 - 1)
    request += struct.pack(">HH", theirs[1], ours[1]) + b"".join(ends)
    request += struct.pack("=I", 0) + b"\xff" * 8  # any interface, and no cookie
    header = HEADER.pack(HEADER.size + len(request), BY_FAMILY, 1, 1, 0)
    with socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCK_DIAG
    ) as asked:
        asked.settimeout(1.0)
        asked.sendto(header + request, (0, 0))
        answer = asked.recv(4096)
    if HEADER.unpack_from(answer)[1] != BY_FAMILY:
        raise OSError("the kernel does not say")
    state = answer[HEADER.size + 1]
    uid, inode = struct.unpack_from("=II", answer, HEADER.size + 64)
    return uid if state == int(ESTABLISHED) and inode else None


def owner(table: Iterable[str], theirs: tuple[str, int], ours: tuple[str, int]) -> int | None:
    """The uid of the other end: the line of /proc/net/tcp that begins there.

    Of an end that is closed, or was, the kernel says 0, which is not root: it has no inode either.
    """
    wanted = [in_hex(*theirs[:2]), in_hex(*ours[:2]), ESTABLISHED]
    for line in table:
        words = line.split()
        if words[1:4] == wanted and words[9] != "0":
            return int(words[7])
    return None


def in_hex(host: str, port: int) -> str:
    """As the kernel writes it: words of 32 bits, each as this machine keeps a number."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    words = struct.unpack(f">{len(packed) // 4}I", packed)
    native = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    return f"{native.hex().upper()}:{port:04X}"


def name_of(uid: int | None) -> str:
    if uid is None:
        return "user unknown"
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"uid {uid}"


def read_uid(text: str) -> int:
    """A user by name or number."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return pwd.getpwnam(text).pw_uid
    except KeyError:
        raise UsageError(f"--allow-uid: there is no user {text!r} here") from None
