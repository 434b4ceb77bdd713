"""Whether a worker is there: a lock that its process holds for life, and who that process is."""

import contextlib
import errno
import fcntl
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from overseer.accounts import user_name
from overseer.errors import Refused
from overseer.outbox.moment import boot_id
from overseer.safe_files import open_file, read_all, write_new

READY = "OVERSEER_READY_FD"
"""Names the descriptor on which whoever started a worker waits for the word `ready`."""


LOCK = "OVERSEER_LOCK_FD"
"""Names the descriptor of the lock for a worker that begins anew in the same process."""


class Presence:
    """The pid file is for people and other tools. Beside it stands PID_FILE.lock: flock(2) on it
    keeps a second worker away, and in it are pid, start time and boot of the one that has it.

    Whoever only asks takes no lock: a question must not keep a worker from starting.
    """

    def __init__(self, pid_file: str) -> None:
        self.pid_file = Path(pid_file).absolute()
        self._lock = self.pid_file.with_name(self.pid_file.name + ".lock")

    @contextlib.contextmanager
    def held(self) -> Iterator[int]:
        """For the life of the worker: the lock's descriptor. Refused if another holds it, or it
        cannot be written."""
        try:
            descriptor = self._open()
        except OSError as error:
            raise Refused(f"{self._lock}: {error.strerror}") from error
        try:
            self._take(descriptor)
            try:
                yield descriptor
            finally:
                self.zap()
        finally:
            os.close(descriptor)

    def pid(self) -> int | None:
        """Of the living worker; None where there is none. Refused if that cannot be known."""
        try:
            descriptor = open_file(self._lock)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refused(f"{self._lock}: {error.strerror}") from error
        try:
            about = os.fstat(descriptor)
            words = read_all(descriptor, 200).decode("ascii", "replace").split()
        finally:
            os.close(descriptor)
        if not words or not words[0].isdecimal() or words != identity(int(words[0])):
            return None
        pid = int(words[0])
        return pid if holds(pid, about.st_ino) and user_of(pid) == about.st_uid else None

    @contextlib.contextmanager
    def grasp(self) -> Iterator["Grasp | None"]:
        """The living worker, and never whoever gets its pid later; None where there is none."""
        pid = self.pid()
        try:
            descriptor = os.pidfd_open(pid) if pid is not None else -1
        except ProcessLookupError:
            descriptor = -1
        if pid is None or descriptor < 0:
            yield None
            return
        try:
            yield Grasp(pid, descriptor) if self.pid() == pid else None
        finally:
            os.close(descriptor)

    def zap(self) -> bool:
        """Whether there was a pid file."""
        try:
            self.pid_file.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise Refused(f"{self.pid_file}: {error.strerror}") from error
        return True

    def leave_folder(self) -> None:
        """Remove what a worker that did not start has left in a folder made for it."""
        with contextlib.suppress(OSError):
            self.pid_file.unlink(missing_ok=True)
            self._lock.unlink(missing_ok=True)
            self._lock.parent.rmdir()

    def _open(self) -> int:
        self._lock.parent.mkdir(exist_ok=True)
        if (kept := kept_over_exec(self._lock)) is not None:
            return kept
        # Never deleted: a new file would be a second lock.
        descriptor = open_file(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        if (owner := os.fstat(descriptor).st_uid) == os.geteuid():
            return descriptor
        os.close(descriptor)
        raise OSError(errno.EPERM, f"it belongs to {user_name(owner)}; start the worker as him")

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = self.pid()
            who = f"pid {pid}" if pid else "or what it has left behind"
            raise Refused(f"{self.pid_file}: a worker runs already ({who})") from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, " ".join(identity(os.getpid()) or []).encode() + b"\n", 0)
            write_new(self.pid_file, f"{os.getpid()}\n".encode())
        except OSError as error:
            raise Refused(f"{self.pid_file}: {error.strerror}") from error


class Grasp:
    """A process held by a pidfd."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor

    def signal(self, number: signal.Signals) -> None:
        """Refused where it belongs to another user; nothing where it has ended."""
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise Refused(f"pid {self.pid}: {error.strerror}; whose worker is it?") from error

    def ends(self, patience: float) -> bool:
        """Wait so many seconds for it."""
        poller = select.poll()
        poller.register(self._descriptor, select.POLLIN)
        return bool(poller.poll(patience * 1000))


def identity(pid: int) -> list[str] | None:
    """Pid, start time (field 22 of /proc/PID/stat), boot; None for a corpse, or nobody."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if rest[0] in (b"Z", b"X") else [str(pid), rest[19].decode(), boot_id()]


@contextlib.contextmanager
def keeping_over_exec(lock: int | None) -> Iterator[None]:
    """The lock that a program has which replaces itself: nobody is to miss it meanwhile."""
    if lock is not None:
        os.set_inheritable(lock, True)
        os.environ[LOCK] = str(lock)
    try:
        yield
    finally:
        if lock is not None:
            os.set_inheritable(lock, False)
            del os.environ[LOCK]


def kept_over_exec(path: Path) -> int | None:
    """The descriptor of the lock that this process has had before."""
    try:
        descriptor = int(os.environ.pop(LOCK, ""))
        if not os.path.samestat(os.fstat(descriptor), os.lstat(path)):
            return None
        os.set_inheritable(descriptor, False)
    except (OSError, ValueError):
        return None
    return descriptor


def holds(pid: int, inode: int) -> bool:
    """Whether the process has the lock on a file with that number, by proc_locks(5)."""
    try:
        with open("/proc/locks", encoding="ascii") as locks:
            rows = [line.split() for line in locks]
    except OSError:  # a kernel that tells nobody
        return True
    return any(
        row[-4] == str(pid) and row[-3].rpartition(":")[2] == str(inode)
        for row in rows
        if len(row) >= 8 and row[1] != "->"
    )


def user_of(pid: int) -> int | None:
    """The real uid of a process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Uid:")), None)


def say_ready() -> None:
    """To whoever waits for it, if anybody does: the control script, or systemd."""
    tell_manager("READY=1")
    descriptor = os.environ.pop(READY, "")
    with contextlib.suppress(OSError, ValueError):
        os.write(int(descriptor), b"ready")
        os.close(int(descriptor))


def age(pid: int) -> float | None:
    """Seconds since the process began; None where there is none."""
    found = identity(pid)
    if found is None:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(found[1]) / os.sysconf("SC_CLK_TCK")


def tell_manager(state: str) -> None:
    """sd_notify(3): READY=1, STOPPING=1; nothing where nobody asked for it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        import socket

        place = "\0" + address[1:] if address.startswith("@") else address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line,
        ):
            line.sendto(state.encode(), place)
