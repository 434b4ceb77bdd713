"""The path of a control socket: taken safely, given back, never taken from a living daemon."""

import logging
import os
import socket
import stat
from collections.abc import Collection

from overseer.control.protocol import check_path
from overseer.errors import Refused
from overseer.safe_files import make_folder, remove, set_access, status_of
from overseer.safe_sockets import bind_at, remove_socket
from overseer.trust import Trust, refuse

log = logging.getLogger(__name__)

BACKLOG = 128


class Seat:
    """A listening socket at *path*, for our own user, and for the group *gid*."""

    def __init__(
        self,
        path: str,
        gid: int | None = None,
        allowed: Collection[str] = (),
        inherited: int | None = None,
    ) -> None:
        """*inherited*: a descriptor of a socket that listens there already."""
        self._allowed = allowed  # paths that are trusted, whoever may write there
        self.path = path
        self.gid = gid
        self._inherited = inherited
        self._listener: socket.socket | None = None
        self._inode = 0

    def take(self) -> socket.socket:
        """Listen. Refused if somebody lives there, or the folder cannot be had."""
        check_path(self.path)
        inherited, self._inherited = self._inherited, None
        try:
            if inherited is not None:
                return self._go_on(inherited)
            self._make_folder()
            self.clear()
            return self._listen()
        except OSError as error:
            raise Refused(
                f"{self.path}: no control socket here: {str(error.strerror).lower()};"
                " name another with --socket"
            ) from error

    @property
    def descriptor(self) -> int | None:
        """Of the socket that listens."""
        return self._listener.fileno() if self._listener else None

    def _go_on(self, descriptor: int) -> socket.socket:
        """Whoever has connected meanwhile is in its queue."""
        self._listener = socket.socket(fileno=descriptor)
        try:
            self._inode = status_of(self.path).st_ino
        except OSError:  # removed meanwhile: it is made again soon
            self._inode = 0
        self._open_to_group()
        return self._listener

    @property
    def is_lost(self) -> bool:
        """Whether somebody has removed the path, or put something else there."""
        try:
            return self._listener is None or status_of(self.path).st_ino != self._inode
        except OSError:
            return True

    def take_again(self) -> socket.socket:
        """Listen at the path anew; who is connected stays so. Refused as `take` is."""
        lost = self._listener
        listener = self.take()
        if lost:
            _silence(lost)
        return listener

    def admit(self, gid: int | None) -> None:
        """Another group may come in from now on."""
        self.gid = gid
        if self._listener:
            self._open_to_group()

    def leave(self) -> None:
        """Take the path away if it is still ours, and stop listening."""
        if not self._listener:
            return
        try:
            if status_of(self.path).st_ino == self._inode:
                remove(self.path)
        except OSError:  # somebody tidied up
            pass
        _silence(self._listener)
        self._listener = None

    def clear(self) -> None:
        """Take a dead daemon's socket out of the way. Refused for anything else."""
        try:
            mode = status_of(self.path).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise Refused(f"{self.path}: there is something here that is not a socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                remove_socket(self.path)
                return
            except BlockingIOError:  # its queue is full: it lives
                pass
        raise Refused(
            f"{self.path}: another overseer answers here;"
            " `overseer load FILE` gives it another watch file, --instance NAME makes a second one"
        )

    def _make_folder(self) -> None:
        folder = os.path.dirname(self.path)
        shared = os.geteuid() == 0 or self.gid is not None
        make_folder(folder, 0o755 if shared else 0o700)
        refuse(Trust(allowed=self._allowed), folder, "the folder of the socket", content=False)

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Linux gives the file the mode of the unbound socket: no umask, which is everybody's
            os.fchmod(listener.fileno(), 0o600)
            bind_at(listener, self.path, mode=0o600)
            self._inode = status_of(self.path).st_ino
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        if self.gid is not None:
            self._open_to_group()
        return listener

    def _open_to_group(self) -> None:
        try:
            set_access(self.path, mode=0o600, kind=stat.S_IFSOCK)  # nobody of the group before
            if self.gid is not None:
                set_access(self.path, mode=0o660, gid=self.gid, kind=stat.S_IFSOCK)
        except OSError as error:
            log.warning("%s: its group could not be changed: %s", self.path, error.strerror)


def _silence(listener: socket.socket) -> None:
    listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept, close does not
    listener.close()
