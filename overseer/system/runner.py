"""Runs what a check wants run, as its watch's own program is run, and never waits for long."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from overseer.conditions.base import Ended
from overseer.model.process import ENDED
from overseer.model.program import Program
from overseer.model.watch import Watch
from overseer.safepoint import safepoint
from overseer.system.birth import plainly
from overseer.system.deaths import reap
from overseer.system.dress import dress, said
from overseer.system.exec_chain import CannotRun
from overseer.system.leftovers import Mark

KEPT = 64 * 1024
"""Bytes of output that are kept; what comes after them is read and thrown away."""
LAST_MOMENTS = 500
"""Milliseconds a killed program has to be gone; one that the kernel holds longer is left to
whoever reaps orphans."""
NOT_RUN = (126, 127)
"""With these the last program before a jail ends where it finds nothing in it to run."""
MarkOf = Callable[[str], Mark]
"""What is launched for a watch is known by that."""


def unmarked(name: str) -> Mark:
    return Mark({}, None)


@dataclass(frozen=True, slots=True)
class Running:
    """A program under way. *deadline* on time.monotonic(), *output* so far."""

    token: str
    pid: int
    out: int
    deadline: float
    output: bytearray = field(default_factory=bytearray)


class Runner:
    """`run` is for any thread, and holds that thread alone."""

    def __init__(self, mark: MarkOf = unmarked) -> None:
        self.mark = mark
        self._running: dict[int, Running] = {}
        self._inherited: dict[str, list[Running]] = {}
        self._closed = False
        self._named: dict[str, set[int]] = {}

    def pids(self) -> set[int]:
        """Of what goes on."""
        return set(self._running)

    def run(
        self,
        watch: Watch,
        argv: Sequence[str],
        timeout: float,
        told: Mapping[str, str] = MappingProxyType({}),
        token: str = "",
    ) -> Ended:
        """conditions.Run. OSError says why it cannot be run, TimeoutError that it was not over
        within *timeout* seconds and has been killed, with its process group. *token*: by which
        `cancel` knows it."""
        with safepoint.busy(f"{watch.name}: a command"):
            running = self._inherited_by(token) or self._begin(watch, argv, timeout, told, token)
            try:
                ended = self._attend(running)
            finally:
                os.close(running.out)
        if watch.program.chroot is not None and ended.code in NOT_RUN:
            raise OSError(ended.output.partition("\n")[0])
        return ended

    def _begin(
        self,
        watch: Watch,
        argv: Sequence[str],
        timeout: float,
        told: Mapping[str, str],
        token: str,
    ) -> "Running":
        deadline = time.monotonic() + timeout
        out, into = os.pipe2(os.O_CLOEXEC)
        try:
            os.set_blocking(out, False)
            pid = start(watch, argv, into, told, self.mark(watch.name))
        except BaseException:
            os.close(out)
            raise
        finally:
            os.close(into)
        return Running(token, pid, out, deadline)

    def _inherited_by(self, token: str) -> "Running | None":
        """What the program before this one has begun by that token, and waits to be heard of."""
        waiting = self._inherited.get(token) if token else None
        return waiting.pop(0) if waiting else None

    def inherit(self, running: "Running") -> None:
        """Begun by the program before this one in the same process; `run` by its token goes on."""
        self._inherited.setdefault(running.token, []).append(running)
        self._running[running.pid] = running
        self._named.setdefault(running.token, set()).add(running.pid)

    def under_way(self) -> list["Running"]:
        """While nobody is busy."""
        return list(self._running.values())

    def _attend(self, running: "Running") -> Ended:
        pid, token, output = running.pid, running.token, running.output
        pidfd = os.pidfd_open(pid)
        try:
            self._running[pid] = running
            self._named.setdefault(token, set()).add(pid)
            if self._closed:
                kill_group(pid)
            in_time = listen(pidfd, running)
            self._forget(token, pid)
            self._running.pop(pid, None)  # before it is reaped: the pid may be another's then
            if not in_time:
                kill_group(pid)
                ready(pidfd).poll(LAST_MOMENTS)
            exit = reap(os.P_PIDFD, pidfd)
        finally:
            os.close(pidfd)
        if not in_time:
            raise TimeoutError("it was not over in time")
        if exit == ENDED:
            raise OSError("how it ended is not known")
        return Ended(exit.code, bytes(output).decode("utf-8", "replace"), exit.signal)

    def _forget(self, token: str, pid: int) -> None:
        pids = self._named.get(token, set())
        pids.discard(pid)
        if not pids:
            self._named.pop(token, None)

    def cancel(self, token: str) -> None:
        """End at once what runs by that token."""
        for pid in tuple(self._named.pop(token, ())):
            kill_group(pid)

    def close(self) -> None:
        """Nobody waits for the answers any more."""
        self._closed = True
        for pid in list(self._running):
            kill_group(pid)


def start(watch: Watch, argv: Sequence[str], into: int, told: Mapping[str, str], mark: Mark) -> int:
    """The pid of the program, and of its session."""
    program: Program = watch.program
    try:
        dressed = dress(watch.name, program, tuple(argv), {**told, **mark.variables})
        return plainly(dressed, (subprocess.DEVNULL, into, into), mark.number)
    except CannotRun as error:
        raise OSError(str(error)) from None
    except OSError as error:
        raise OSError(said(error, program)) from None


def listen(pidfd: int, running: Running) -> bool:
    """Take in what it says until it ends; whether it ended before the deadline. Its output may go
    on: what it has left behind can hold that open for ever."""
    out, output = running.out, running.output
    poller = ready(pidfd, out)
    while (left := running.deadline - time.monotonic()) > 0:
        with safepoint.idle():
            found = {fd for fd, _ in poller.poll(left * 1000)}
        if out in found and not read(out, output):
            poller.unregister(out)
        if pidfd in found:
            while len(output) < KEPT and read(out, output):
                pass
            return True
    return False


def ready(*descriptors: int) -> select.poll:
    poller = select.poll()
    for one in descriptors:
        poller.register(one, select.POLLIN)
    return poller


def read(out: int, output: bytearray) -> bool:
    """Take in what is there; False where there is nothing, now or any more."""
    try:
        chunk = os.read(out, KEPT)
    except BlockingIOError:
        return False
    output += chunk[: KEPT - len(output)]
    return bool(chunk)


def kill_group(pid: int) -> None:
    """The pid is its group's, and stays so as long as nobody has waited for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
