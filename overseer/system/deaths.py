"""Hears of the end of every followed process, whoever its parent is, by its pidfd."""

import ctypes
import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from overseer.model.event import Exited
from overseer.model.process import ENDED, Exit, Process
from overseer.ports import Inbox
from overseer.system import identity
from overseer.system.loop import Loop
from overseer.system.oom import OutOfMemory

log = logging.getLogger("overseer")

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Followed:
    name: str
    process: Process
    pidfd: int
    leader: bool  # of a session of its own, launched by this daemon


class Deaths:
    """`follow` may be called from any thread; burials are on the loop's."""

    def __init__(self, loop: Loop, inbox: Inbox) -> None:
        self._loop = loop
        self._inbox = inbox
        self._followed: dict[Process, Followed] = {}
        self._lock = threading.Lock()
        self._unclaimed: set[int] = set()
        self.oom = OutOfMemory()

    def follow(self, name: str, process: Process, *, leader: bool = False) -> bool:
        """The pidfd is opened first and verified then, so nothing can end in between unheard."""
        with self._lock:
            if process in self._followed:
                return True
            try:
                pidfd = os.pidfd_open(process.pid)
            except OSError:
                return False
            seen = identity.stat(process.pid)
            if process.boot != identity.boot_id() or seen is None or seen.ticks != process.ticks:
                os.close(pidfd)
                return False
            followed = Followed(name, process, pidfd, leader)
            self._followed[process] = followed
        self._loop.read(pidfd, self._burial(followed))
        return True

    def _burial(self, followed: Followed) -> Callable[[], None]:
        return lambda: self._bury(followed)

    def _bury(self, followed: Followed) -> None:
        with self._lock:
            if self._followed.pop(followed.process, None) is None:
                return
        self._loop.ignore(followed.pidfd)
        exit = reap(followed.pidfd)
        if exit.signal == signal.SIGKILL and self.oom.explains():
            exit = replace(exit, oom=True)
        os.close(followed.pidfd)
        left = followed.leader and group_lives(followed.process.pid)
        self._inbox(followed.name, Exited(followed.process, exit, left))

    def send(self, process: Process, number: int) -> bool:
        """Signal a followed process by its pidfd; False if it is not followed, or has ended."""
        followed = self._followed.get(process)
        if followed is None:
            return False
        try:
            signal.pidfd_send_signal(followed.pidfd, number)
        except OSError as error:
            log.debug("%s: signal %s: %s", followed.name, number, error)
            return False
        return True

    def others(self, name: str) -> set[int]:
        """Pids of what other watches run: never signalled on behalf of *name*."""
        return {it.process.pid for it in list(self._followed.values()) if it.name != name}

    def forget(self, name: str) -> None:
        with self._lock:
            gone = [it for it in self._followed.values() if it.name == name]
            for followed in gone:
                del self._followed[followed.process]
        for followed in gone:
            self._loop.ignore(followed.pidfd)
            os.close(followed.pidfd)

    def bury_unheard(self) -> None:
        """Now and then: whatever a wake-up that was lost has left."""
        for followed in list(self._followed.values()):
            seen = identity.stat(followed.process.pid)
            if seen is None or seen.ticks != followed.process.ticks:
                self._bury(followed)

    def reap_orphans(self) -> None:
        """Those nobody follows. Twice seen dead is unclaimed: whoever started it would have
        waited for it by then."""
        known = {process.pid for process in list(self._followed)}
        dead = {pid for pid in children() if pid not in known and is_zombie(pid)}
        for pid in dead & self._unclaimed:
            try:
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)
            except ChildProcessError:
                continue
        self._unclaimed = dead - self._unclaimed

    def close(self) -> None:
        for name in {it.name for it in list(self._followed.values())}:
            self.forget(name)


def reap(pidfd: int) -> Exit:
    """Collect a dead child; of somebody else's only the end is known."""
    try:
        death = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return ENDED
    if death is None:
        return ENDED
    if death.si_code == os.CLD_EXITED:
        return Exit(code=death.si_status)
    return Exit(signal=death.si_status)


def group_lives(pgid: int) -> bool:
    try:
        os.killpg(pgid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def children() -> set[int]:
    """Pids of this process's children, whichever of its threads started them."""
    found: set[int] = set()
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children") as line:
                found.update(map(int, line.read().split()))
        except OSError:
            continue
    return found


def is_zombie(pid: int) -> bool:
    seen = identity.stat(pid)
    return seen is not None and seen.state == "Z"


def become_subreaper() -> None:
    """Have daemons that fork away become children here, so that their exit codes are known.

    prctl(2); Python has no name for it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        log.warning("exit codes of programs that daemonize themselves will be unknown")
