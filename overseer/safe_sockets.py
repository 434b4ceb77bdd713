"""Binds unix sockets to paths that others may redirect."""

import os
import socket
import stat

from overseer.credentials import acting_as, of_user
from overseer.safe_files import remove, set_access_at, status_of
from overseer.safe_path import located, ours


def bind_at(
    line: socket.socket, path: str, *, mode: int | None = None, uid: int = -1, gid: int = -1
) -> None:
    """Mode and owner are set of the socket that was made. The kernel finds the path: in a folder
    of another user with his rights, so that it is made nowhere else than he could make one."""
    with located(path, follow=False) as place:
        owner = None
        if place.about is not None and os.geteuid() == 0:
            owner = place.user or of_user(place.about.st_uid)
        if owner is not None and owner.uid in ours():
            owner = None
        with acting_as(owner):
            line.bind(path)
        if owner is not None:  # it is his until now
            uid, gid = uid if uid >= 0 else os.geteuid(), gid if gid >= 0 else os.getegid()
        set_access_at(place, mode, uid, gid, stat.S_IFSOCK, of=owner)


def remove_socket(path: str) -> None:
    """Nothing else. OSError where it cannot be had."""
    if stat.S_ISSOCK(status_of(path).st_mode):
        remove(path)
