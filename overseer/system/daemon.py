"""Becoming a daemon: one a state folder, in the background if asked, ready when it says so."""

import contextlib
import logging
import os
import resource
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from overseer.errors import DONE, FAILED, Refused
from overseer.log_format import log_to
from overseer.safe_files import APPEND, make_folder, open_file, remove, rename, write_new

PR_SET_CHILD_SUBREAPER = 36
M_ARENA_MAX = -8
SOME_DESCRIPTORS = 256
EACH_DESCRIPTORS = 3

log = logging.getLogger("overseer")

FORMAT = "%(asctime)s %(levelname)s %(message)s"
LEVELS = ("debug", "info", "warning", "error")
READY = b"ready "


class Handshake:
    """The daemon's word to whoever started it in the background."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe

    def ready(self, notices: Sequence[str] = (), code: int = DONE) -> None:
        """It runs; *notices* are for whoever started it, as the exit *code* is."""
        self._say(READY + "\n".join([str(code), *notices]).encode(errors="replace"))

    def failed(self, why: str, code: int) -> None:
        self._say(f"{code} {why}".encode())

    def _say(self, text: bytes) -> None:
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe, text)
            os.close(self._pipe)
            self._pipe = None


class Answer(NamedTuple):
    """What the daemon says to whoever started it: its notices, or why it is not ready."""

    code: int = DONE
    words: str = ""
    runs: bool = False


def daemonize(log_file: Path) -> Handshake | Answer:
    """Go to the background by the double fork of daemon(7); before there are threads.

    In the daemon: what tells the parent. In the parent: what it was told.
    """
    output = open_log(log_file)
    hear, say = os.pipe2(os.O_CLOEXEC)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        os.close(say)
        os.close(output)
        os.waitpid(child, 0)
        return _heard(hear)
    os.close(hear)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(fd, target)
    os.close(nothing)
    os.close(output)
    return Handshake(say)


def _heard(pipe: int) -> Answer:
    with os.fdopen(pipe, "rb") as words:
        said = words.read()
    if said.startswith(READY):
        code, _, notices = said[len(READY) :].decode().partition("\n")
        return Answer(int(code), notices, runs=True)
    code, _, why = said.decode(errors="replace").partition(" ")
    if not code.isdigit():
        return Answer(FAILED, "the daemon died before it was ready; see its log")
    return Answer(int(code), why)


def open_log(path: Path) -> int:
    """A descriptor of the daemon's own log, which is made with its folder."""
    make_folder(path.parent)
    descriptor = open_file(path, APPEND, any_kind=True)
    os.set_blocking(descriptor, True)
    return descriptor


LARGEST_LOG = 10 * 2**20
"""Bytes of the daemon's own log before it is moved aside; two of the old ones are kept."""
OLD_LOGS = 2


class LogFile(logging.StreamHandler[TextIO]):
    """The daemon's own log, opened again on USR1, after logrotate has moved it; at *largest* bytes
    it is moved here."""

    def __init__(self, path: Path, largest: int = LARGEST_LOG) -> None:
        self.path = self._path = path
        self._largest = largest
        super().__init__(self._open())

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        with contextlib.suppress(OSError, ValueError):
            if self.stream.tell() > self._largest:
                self._rotate()

    def _rotate(self) -> None:
        """FILE -> FILE.1 -> FILE.2; where a name cannot be changed the log goes on. Unless others
        have moved it already."""
        opened = os.fstat(self.stream.fileno())
        if os.path.samestat(opened, os.stat(self._path)):
            for number in range(OLD_LOGS - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    rename(f"{self._path}.{number}", f"{self._path.name}.{number + 1}")
            rename(self._path, f"{self._path.name}.1")
        self.reopen()

    def _open(self) -> TextIO:
        fd = open_log(self._path)
        return os.fdopen(fd, "a", encoding="utf-8", errors="backslashreplace")

    def close(self) -> None:
        super().close()
        self.stream.close()

    def reopen(self) -> None:
        with contextlib.suppress(OSError):  # the old one goes on
            old = self.setStream(self._open())
            if old:
                old.close()


def start_logging(path: Path | None, level: str) -> LogFile | None:
    """To *path*, or to stderr; times are local, as in syslog."""
    handler = logging.StreamHandler() if path is None else LogFile(path)
    log_to(handler, FORMAT)
    root = logging.getLogger()
    root.setLevel(level.upper())
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    return handler if isinstance(handler, LogFile) else None


@contextlib.contextmanager
def pid_file(path: Path | None) -> Iterator[None]:
    """Holds our pid while the daemon runs; written whole or not at all."""
    if path is None:
        yield
        return
    try:
        write_new(path, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise Refused(f"{path}: cannot write the pid file: {error.strerror}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            remove(path)


def tell_manager(state: str) -> None:
    """sd_notify(3): READY=1, STOPPING=1, WATCHDOG=1; nothing where nobody asked for it."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
        line.sendto(state.encode(), address)


def watchdog_interval() -> float | None:
    """Seconds between two signs of life that systemd asks for: half of its WatchdogSec."""
    usec = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(usec) / 2e6 if usec.isdigit() and mine else None


def keep_memory_together() -> None:
    """Before there are threads: glibc gives each of them a heap of its own, which after a
    thousand launches is a third of the daemon. mallopt(3)."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def allow_descriptors(watches: int) -> None:
    """A pidfd and now and then a file for each watch. The soft limit is raised no further than
    that takes, as children inherit it: programs that use select(2) rely on a low one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = SOME_DESCRIPTORS + EACH_DESCRIPTORS * watches
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def become_subreaper() -> None:
    """Have daemons that fork away become children here, so that their exit codes are known.

    prctl(2); Python has no name for it.
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        log.warning("exit codes of programs that daemonize themselves will be unknown")
