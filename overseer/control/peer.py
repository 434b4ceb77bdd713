"""Who is at the other end of a socket, as the kernel knows it, and what they may do."""

import os
import pwd
import socket
import struct
from dataclasses import dataclass

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)


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

    def may_act(self, group: int | None) -> bool:
        """Root, the daemon's own user, and the members of *group* where there is one."""
        if self.uid in (0, os.geteuid()):
            return True
        return group is not None and group in self._groups()

    def _groups(self) -> list[int]:
        try:
            return os.getgrouplist(pwd.getpwuid(self.uid).pw_name, self.gid)
        except KeyError:
            return [self.gid]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
