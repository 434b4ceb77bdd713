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

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)
TABLES = {socket.AF_INET: Path("/proc/net/tcp"), socket.AF_INET6: Path("/proc/net/tcp6")}
ESTABLISHED = "01"


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
        with TABLES[line.family].open() as table:
            return Peer(owner(table, theirs, ours), place)
    except (KeyError, OSError):
        return Peer(None, place)


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
