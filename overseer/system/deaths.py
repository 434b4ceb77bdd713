"""Hears of the end of every followed process, whoever its parent is, by its pidfd."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from overseer.model.event import Exited
from overseer.model.process import ENDED, Exit, Process
from overseer.model.state import Life
from overseer.model.status import Status
from overseer.ports import Inbox
from overseer.system import identity
from overseer.system.loop import Loop
from overseer.system.oom import OutOfMemory
from overseer.system.shortage import is_shortage

log = logging.getLogger("overseer")

Behind = Callable[[str, Process, float], Sequence[Process]]
"""Takes a watch, its process that has ended, and by when (monotonic); says what it left behind."""


@dataclass(frozen=True, slots=True)
class Followed:
    name: str
    process: Process
    pidfd: int | None  # None: there was no descriptor to be had; looked at now and then
    leader: bool  # of a session of its own, launched by this daemon


Open = Callable[[int], int]
"""pidfd_open(2)."""


class Deaths:
    """`follow` may be called from any thread; burials are on the loop's."""

    def __init__(self, loop: Loop, inbox: Inbox, pidfd_open: Open = os.pidfd_open) -> None:
        self._loop = loop
        self._inbox = inbox
        self._pidfd_open = pidfd_open
        self._followed: dict[Process, Followed] = {}
        self._by_pid: dict[int, str] = {}
        self._by_name: dict[str, set[Process]] = {}
        self._lock = threading.Lock()
        self._unclaimed: set[int] = set()
        self.oom = OutOfMemory()
        self.behind: Behind = lambda name, process, not_before: ()
        self.settled: Callable[[str], None] = lambda name: None
        self.status_of: Callable[[str], Status | None] = lambda name: None
        self.inherited: Callable[[str, Process], None] = lambda name, process: None

    def follow(self, name: str, process: Process, *, leader: bool = False) -> bool:
        """False if it has ended. The pidfd is opened first and verified then, so nothing can end
        in between unheard. For want of a descriptor nothing has ended: it is looked at instead.
        """
        with self._lock:
            if process in self._followed:
                return True
            pidfd = self._open(process)
            try:
                lives = is_there(process)
            except OSError:  # cannot be told now
                lives = True
            if pidfd is not None and not lives:
                os.close(pidfd)
            if not lives:
                return False
            followed = Followed(name, process, pidfd, leader)
            self._keep(followed)
        if not leader:
            self.inherited(name, process)
        if pidfd is not None:
            self._loop.read(pidfd, self._burial(followed))
        return True

    def _open(self, process: Process) -> int | None:
        """None where it is gone, or cannot be opened now."""
        try:
            return self._pidfd_open(process.pid)
        except OSError as error:
            if is_shortage(error):
                log.warning("pid %d: %s; looked at now and then", process.pid, error.strerror)
            return None

    def _keep(self, followed: Followed) -> None:
        process = followed.process
        self._followed[process] = followed
        self._by_pid[process.pid] = followed.name
        self._by_name.setdefault(followed.name, set()).add(process)

    def _drop(self, process: Process) -> Followed | None:
        followed = self._followed.pop(process, None)
        if followed is None:
            return None
        if self._by_pid.get(process.pid) == followed.name:
            del self._by_pid[process.pid]
        own = self._by_name.get(followed.name, set())
        own.discard(process)
        if not own:
            self._by_name.pop(followed.name, None)
        return followed

    def _burial(self, followed: Followed) -> Callable[[], None]:
        return lambda: self._bury(followed)

    def _bury(self, followed: Followed, ended: float | None = None) -> None:
        """*ended*: by when, on time.monotonic(), if not by what the loop has heard."""
        with self._lock:
            dropped = self._drop(followed.process)
        if dropped is None:
            return
        try:
            self._tell_end(dropped, ended)
        except BaseException:  # no memory: it is not forgotten, but looked at again
            with self._lock:
                self._keep(replace(dropped, pidfd=None))
            raise

    def _tell_end(self, followed: Followed, ended: float | None) -> None:
        exit = self._reap(followed)
        with suppress(MemoryError, OSError):  # what is collected is told, explained or not
            if exit.signal == signal.SIGKILL and self.oom.explains():
                exit = replace(exit, oom=True)
        behind = self._left_by(followed, ended or self._loop.polled)
        left = bool(behind) or (followed.leader and group_lives(followed.process.pid))
        alone = followed.leader and followed.name not in self._by_name
        if alone and behind is not None and not left:
            self.settled(followed.name)
        self._inbox(followed.name, Exited(followed.process, exit, left, behind or ()))

    def _left_by(self, followed: Followed, not_before: float) -> tuple[Process, ...] | None:
        """None where it cannot be told."""
        try:
            return tuple(self.behind(followed.name, followed.process, not_before))
        except Exception as error:  # noqa: BLE001 - it is looked for again before the next launch
            log.warning("%s: what it has left cannot be told: %r", followed.name, error)
            return None

    def _reap(self, followed: Followed) -> Exit:
        if followed.pidfd is None:
            return reap(os.P_PID, followed.process.pid)
        self._loop.ignore(followed.pidfd)
        try:
            return reap(os.P_PIDFD, followed.pidfd)
        finally:
            os.close(followed.pidfd)

    def send(self, process: Process, number: int) -> bool:
        """Signal a followed process by its pidfd; False if it is not followed, or has ended."""
        followed = self._followed.get(process)
        if followed is None or followed.pidfd is None:
            return False
        try:
            signal.pidfd_send_signal(followed.pidfd, number)
        except OSError as error:
            log.debug("%s: signal %s: %s", followed.name, number, error)
            return False
        return True

    def is_others(self, pid: int, name: str) -> bool:
        """What another watch runs is never signalled on behalf of *name*."""
        return self._by_pid.get(pid, name) != name

    def forget(self, name: str) -> None:
        with self._lock:
            gone = [self._drop(process) for process in tuple(self._by_name.get(name, ()))]
        for followed in gone:
            if followed and followed.pidfd is not None:
                self._loop.ignore(followed.pidfd)
                os.close(followed.pidfd)

    def bury_unheard(self) -> None:
        """Now and then: whatever a wake-up that was lost has left."""
        for followed in list(self._followed.values()):
            self._look_at(followed)

    def look_at_unopened(self) -> None:
        """Those for which there was no descriptor: perhaps there is one now."""
        for followed in [it for it in list(self._followed.values()) if it.pidfd is None]:
            self._look_at(followed)
            with self._lock:
                if followed.process not in self._followed:
                    continue
                pidfd = self._open(followed.process)
                if pidfd is None:
                    continue
                opened = replace(followed, pidfd=pidfd)
                self._followed[followed.process] = opened
            self._loop.read(pidfd, self._burial(opened))

    def _look_at(self, followed: Followed) -> None:
        try:
            seen = identity.stat(followed.process.pid)
        except OSError:  # another time
            return
        ended = seen is None or seen.ticks != followed.process.ticks
        if ended or (followed.pidfd is None and not identity.lives(followed.process)):
            self._bury(followed, time.monotonic())

    def follows(self, process: Process) -> bool:
        """Its end has still to be heard of, if it has come."""
        return process in self._followed

    def pids(self) -> set[int]:
        return set(self._by_pid)

    def superseded(self) -> list[tuple[str, Process]]:
        """What is still followed, by watch, and belongs to nothing that its status knows: its pid
        file names another process now."""
        with self._lock:
            followed = [(it.name, it.process) for it in self._followed.values()]
        return [(name, process) for name, process in followed if not self._counts(name, process)]

    def _counts(self, name: str, process: Process) -> bool:
        """True for the process of a watch, its command, and what its status will soon know."""
        status = self.status_of(name)
        if status is None or process == status.process:
            return True
        if status.errand is not None and process == status.errand.process:
            return True
        if status.process is not None:
            return process.ticks >= status.process.ticks
        if status.life not in (Life.LOOKING, Life.UNKNOWN) and is_older(process, status.buried):
            return False
        return status.errand is not None or status.life not in (Life.DOWN, Life.WAITING)

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


def reap(kind: int, number: int) -> Exit:
    """Collect a dead child, by os.P_PIDFD or os.P_PID; of somebody else's only the end is known."""
    try:
        death = os.waitid(kind, number, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return ENDED
    if death is None:
        return ENDED
    if death.si_code == os.CLD_EXITED:
        return Exit(code=death.si_status)
    return Exit(signal=death.si_status)


def is_older(process: Process, last: Process | None) -> bool:
    """Older than the one that ended last, which had taken its place."""
    return last is not None and process.boot == last.boot and process.ticks < last.ticks


def is_there(process: Process) -> bool:
    """Also as a zombie: whoever follows it collects it."""
    seen = identity.stat(process.pid)
    return process.boot == identity.boot_id() and seen is not None and seen.ticks == process.ticks


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
