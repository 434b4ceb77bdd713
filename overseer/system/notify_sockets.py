"""Where processes say how they are: a socket file that only the watch's user may write to, or an
abstract name where its program cannot reach a file."""

import os
import re
import socket
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from overseer.model.watch import Watch
from overseer.paths import Paths
from overseer.safe_files import make_folder, set_access
from overseer.safe_path import located
from overseer.safe_sockets import bind_at, remove_socket
from overseer.system import identity
from overseer.system.users import NoSuchUser, has, resolve

LONGEST_PATH = 107  # bytes of a socket's name, unix(7)
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}")
SOCKET = 0o600
FOLDER = 0o711


class NotifySockets:
    """*folder*: is made when a file is wanted. *place*: the state folder: its next daemon has the
    same names, and no other daemon."""

    def __init__(self, folder: str, place: str) -> None:
        self._folder = folder
        own = blake2b(f"{identity.boot_id()} {place}".encode(), digest_size=8).hexdigest()
        self._prefix = f"@overseer/{own}"
        self._is_safe: bool | None = None

    def addresses(self, watch: Watch, pid: int | None) -> list[str]:
        """That of the next process, and that which the one that runs was given by an earlier
        daemon."""
        file, abstract = self._file(watch.name), f"{self._prefix}/{watch.name}"
        address = file if self._reaches(watch, file) else abstract
        given = given_address(pid) if pid is not None else ""
        return [address, *(one for one in (file, abstract) if one == given != address)]

    def bind(self, address: str, uid: int) -> socket.socket:
        """*uid*: who may write to it beside root; -1: root alone. Raises OSError."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            if address.startswith("@"):
                line.bind("\0" + address[1:])
            else:
                self.remove(address)
                bind_at(line, address, mode=SOCKET, uid=_owner(uid))
        except OSError:
            line.close()
            raise
        return line

    def give(self, address: str, uid: int) -> None:
        """To the user of a process that is about to be launched. Raises OSError."""
        if not address.startswith("@"):
            set_access(address, mode=SOCKET, uid=_owner(uid), kind=stat.S_IFSOCK)

    def remove(self, address: str) -> None:
        """Raises OSError where something else is there."""
        if not address.startswith("@"):
            with suppress(FileNotFoundError):
                remove_socket(address)

    def _file(self, name: str) -> str:
        plain = (
            name if PLAIN.fullmatch(name) else blake2b(name.encode(), digest_size=12).hexdigest()
        )
        return f"{self._folder}/{plain}"

    def _reaches(self, watch: Watch, file: str) -> bool:
        if watch.program.chroot is not None or len(os.fsencode(file)) > LONGEST_PATH:
            return False
        if not self._has_folder():
            return False
        try:
            who = resolve(watch.program.user, watch.program.group)
            return all(has(os.stat(one), who, stat.S_IXUSR) for one in Path(file).parents)
        except (NoSuchUser, OSError):
            return False

    def _has_folder(self) -> bool:
        """Made by us, where only we and root can put another in its place."""
        if self._is_safe is None:
            try:
                make_folder(self._folder, FOLDER)
                about = os.stat(self._folder, follow_symlinks=False)
                with located(f"{self._folder}/any") as place:
                    self._is_safe = place.trusted and about.st_uid == os.geteuid()
            except OSError:
                self._is_safe = False
        return self._is_safe


def notify_sockets(where: Paths) -> NotifySockets:
    """Files beside the control socket."""
    return NotifySockets(f"{os.path.splitext(where.socket)[0]}-notify", where.state_dir)


def given_address(pid: int) -> str:
    """NOTIFY_SOCKET in the environment of a process."""
    try:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    name = b"NOTIFY_SOCKET="
    found = next((pair for pair in pairs if pair.startswith(name)), name)
    return os.fsdecode(found.removeprefix(name))


def _owner(uid: int) -> int:
    """Only root gives files away."""
    return uid if os.geteuid() == 0 and uid > 0 else -1
