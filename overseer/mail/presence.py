"""Whether a worker is there: a lock that its process holds for life, so that it cannot be stale."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from overseer.errors import Refused

LOOK_AGAIN = 0.02


class Presence:
    """Beside the pid file, which is for people and other tools, stands PID_FILE.lock: flock(2) on
    it is the proof of life, and in it are pid and start time of whoever holds it."""

    def __init__(self, pid_file: str) -> None:
        self.pid_file = Path(pid_file).absolute()
        self._lock = self.pid_file.with_name(self.pid_file.name + ".lock")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """For the life of the worker. Refused if another holds it."""
        descriptor = self._open()
        try:
            if not self._try(descriptor):
                raise Refused(f"{self.pid_file}: a worker runs already (pid {self.pid()})")
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {start_ticks(os.getpid())}\n".encode(), 0)
            fresh = self.pid_file.with_name(f".{self.pid_file.name}.{os.getpid()}")
            fresh.write_text(f"{os.getpid()}\n")
            fresh.replace(self.pid_file)
            try:
                yield
            finally:
                self.pid_file.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def pid(self) -> int | None:
        """Of the living worker, verified by its start time; None where none lives."""
        try:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refused(f"{self._lock}: {error.strerror}") from error
        try:
            if self._try(descriptor):
                return None
            words = os.pread(descriptor, 64, 0).split()
        finally:
            os.close(descriptor)
        if len(words) != 2 or start_ticks(int(words[0])) != int(words[1]):
            return None
        return int(words[0])

    def gone(self, patience: float) -> bool:
        """Wait until no worker holds it, so many seconds."""
        deadline = time.monotonic() + patience
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_AGAIN)
        return True

    def zap(self) -> None:
        self.pid_file.unlink(missing_ok=True)

    def _open(self) -> int:
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Refused(f"{self._lock}: {error.strerror}") from error

    def _try(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def start_ticks(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat; None where there is no such process, or only its corpse."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if rest[0] in (b"Z", b"X") else int(rest[19])
