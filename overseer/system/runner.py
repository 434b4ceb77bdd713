"""Runs what a check wants run, as its watch's own program is run, and never waits for long."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from overseer.conditions.base import Ended
from overseer.model.process import ENDED
from overseer.model.program import Program
from overseer.model.watch import Watch
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


class Runner:
    """`run` is for any thread, and holds that thread alone."""

    def __init__(self, mark: MarkOf = unmarked) -> None:
        self.mark = mark
        self._running: set[int] = set()
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
        deadline = time.monotonic() + timeout
        out, into = os.pipe2(os.O_CLOEXEC)
        try:
            os.set_blocking(out, False)
            try:
                pid = start(watch, argv, into, told, self.mark(watch.name))
            finally:
                os.close(into)
            ended = self._attend(pid, out, deadline, token)
        finally:
            os.close(out)
        if watch.program.chroot is not None and ended.code in NOT_RUN:
            raise OSError(ended.output.partition("\n")[0])
        return ended

    def _attend(self, pid: int, out: int, deadline: float, token: str) -> Ended:
        pidfd = os.pidfd_open(pid)
        try:
            self._running.add(pid)
            self._named.setdefault(token, set()).add(pid)
            if self._closed:
                kill_group(pid)
            output, in_time = listen(pidfd, out, deadline)
            self._forget(token, pid)
            self._running.discard(pid)  # before it is reaped: the pid may be another's then
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


def listen(pidfd: int, out: int, deadline: float) -> tuple[bytearray, bool]:
    """What it says until it ends, and whether it ended before the deadline. Its output may go
    on: what it has left behind can hold that open for ever."""
    output = bytearray()
    poller = ready(pidfd, out)
    while (left := deadline - time.monotonic()) > 0:
        found = {fd for fd, _ in poller.poll(left * 1000)}
        if out in found and not read(out, output):
            poller.unregister(out)
        if pidfd in found:
            while len(output) < KEPT and read(out, output):
                pass
            return output, True
    return output, False


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
