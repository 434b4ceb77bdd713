"""Who is at the other end of a socket, as the kernel knows it."""

import os
import pwd
import socket
from dataclasses import dataclass

from overseer.control.protocol import CREDENTIALS


@dataclass(frozen=True, slots=True)
class Peer:
    uid: int
    gid: int
    name: str

    @classmethod
    def of(cls, line: socket.socket) -> "Peer":
        """The process that connected, whoever holds the socket by now."""
        raw = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        _, uid, gid = CREDENTIALS.unpack(raw)
        return cls(uid, gid, _name(uid))

    @property
    def is_own(self) -> bool:
        """Root, or the user that we run as."""
        return self.uid in (0, os.geteuid())

    def groups(self) -> list[int]:
        """Those of the user, and the one that the process has at present."""
        try:
            return os.getgrouplist(pwd.getpwuid(self.uid).pw_name, self.gid)
        except KeyError:
            return [self.gid]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
