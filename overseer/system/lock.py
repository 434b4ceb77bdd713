"""One daemon a state folder."""

import fcntl
import os
import time
from pathlib import Path

from overseer.errors import Refused
from overseer.safe_files import make_folder, open_file

LAUNCH_PATIENCE = 60.0
"""Seconds that a child of a killed daemon may take to reach exec, as on a stuck file system."""


class Lock:
    """The state folder is held with flock(2) by the daemon, and until they have reached exec by
    its children: so the lock of a killed daemon is free only when nothing it began is unseen."""

    def __init__(self, folder: Path, inherited: int | None = None) -> None:
        """*inherited*: a descriptor by which the program before this one holds it."""
        self._path = folder / "lock"
        self._fd: int | None = None
        self._inherited = inherited

    @property
    def descriptor(self) -> int | None:
        return self._fd

    def make_folder(self) -> None:
        """Refused where it cannot be."""
        try:
            make_folder(self._path.parent, 0o700)
        except OSError as error:
            raise self._unusable(error) from error

    def take(self) -> None:
        """Refused if another daemon has it, with its pid."""
        if self._inherited is not None and self._is_open_as(self._inherited):
            self._fd = self._inherited
            return
        self.make_folder()
        try:
            self._fd = open_file(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        deadline = time.monotonic() + LAUNCH_PATIENCE
        while not self._try(self._fd):
            pid = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            if is_alive(pid) or time.monotonic() > deadline:
                raise Refused(
                    f"{self._path.parent}: overseer runs with this state folder already"
                    f" (pid {pid}); `overseer load FILE` gives it another watch file,"
                    " --state-dir or --instance makes a second overseer"
                )
            time.sleep(0.05)  # a child of the daemon that died is between fork and exec
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def _unusable(self, error: OSError) -> Refused:
        return Refused(
            f"{self._path.parent}: cannot be used as state folder:"
            f" {str(error.strerror).lower()}; name another with --state-dir"
        )

    def _is_open_as(self, descriptor: int) -> bool:
        """Whether it is the file that has the name now, and is held."""
        try:
            same = os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        except OSError:
            return False
        return same and self._try(descriptor)

    def _try(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_alive(pid: str) -> bool:
    """A zombie is not: it holds no lock."""
    try:
        return Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ValueError, OSError):
        return False
