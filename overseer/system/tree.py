"""Signals to a process and what belongs to it: listed first, each known by identity."""

import logging
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable

from overseer.crew import Crew
from overseer.model.action import Signal, Sweep
from overseer.model.event import Swept
from overseer.model.process import Process
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.system import identity
from overseer.system.deaths import Deaths, group_lives
from overseer.system.look import ancestors

log = logging.getLogger("overseer")

NO_CONT = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGCONT)
FRESH = 0.1
"""Seconds for which one pass over /proc serves: a thousand stops at once need not make each."""


class Table:
    """Everybody on the machine at one moment, by parent, session and group."""

    def __init__(self) -> None:
        self.taken = time.monotonic()
        self.all = {it.pid: it for it in identity.every()}
        self._near: dict[int, set[int]] = defaultdict(set)
        for it in self.all.values():
            for relative in (it.parent, it.session, it.group):
                self._near[relative].add(it.pid)

    def tree(self, root: Process, spared: set[int]) -> set[Process]:
        """Its session, its group and its descendants, as far as they live; nobody where another
        program has its pid by now, for then nothing of it can be left."""
        now = self.all.get(root.pid)
        if now is not None and now.ticks != root.ticks:
            return set()
        found, to_do = {root.pid}, [root.pid]
        while to_do:
            for pid in self._near[to_do.pop()]:
                if pid not in found and pid not in spared and self.all[pid].ticks >= root.ticks:
                    found.add(pid)
                    to_do.append(pid)
        boot = identity.boot_id()
        members = (self.all[pid] for pid in found if pid in self.all)
        return {Process(it.pid, it.ticks, boot) for it in members if it.state not in "ZX"}


class Trees:
    """One thread: what is asked of it is done in order, and a pass over /proc takes its time."""

    def __init__(self, deaths: Deaths, inbox: Inbox) -> None:
        self._deaths = deaths
        self._inbox = inbox
        self._listed: dict[Process, set[Process]] = {}
        self._table: Table | None = None
        self._crew = Crew("trees", 1)

    def signal(self, watch: Watch, action: Signal) -> None:
        if action.tree or (watch.program.kill == "tree" and action.signal not in NO_CONT):
            self._later(watch, lambda: self._signal(watch, action))
        else:
            self._send(action.process, action.signal)

    def sweep(self, watch: Watch, action: Sweep) -> None:
        self._later(watch, lambda: self._sweep(watch, action))

    def _later(self, watch: Watch, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception:  # what was not sent is sent again, or SIGKILL is, by the timer
                log.exception("%s: could not be signalled", watch.name)

        self._crew.do(guarded)

    def _signal(self, watch: Watch, action: Signal) -> None:
        """List while the process lives: its children lose their parent with it."""
        listed = self._list(watch, action.process)
        self._send(action.process, action.signal)
        if action.tree:
            for process in listed - {action.process}:
                send(process, action.signal)

    def _send(self, process: Process, number: int) -> None:
        if not self._deaths.send(process, number):
            send(process, number)
        elif number not in NO_CONT:
            self._deaths.send(process, signal.SIGCONT)

    def _sweep(self, watch: Watch, action: Sweep) -> None:
        left = self._alive(watch, action.process)
        if not left and group_lives(action.process.pid):
            self._table = None
            left = self._alive(watch, action.process)
        if action.signal is not None:
            for process in left:
                send(process, action.signal)
        if not left:
            self._listed.pop(action.process, None)
        self._inbox(watch.name, Swept(action.process, len(left)))

    def _alive(self, watch: Watch, root: Process) -> set[Process]:
        return {it for it in self._list(watch, root) if it != root and identity.lives(it)}

    def _list(self, watch: Watch, root: Process) -> set[Process]:
        """Nobody else's, nobody above us; and whoever was listed before stays on the list."""
        if self._table is None or time.monotonic() - self._table.taken > FRESH:
            self._table = Table()
        spared = ancestors() | self._deaths.others(watch.name)
        listed = self._listed.setdefault(root, set())
        listed |= self._table.tree(root, spared)
        return listed

    def close(self) -> None:
        self._crew.close()


def send(process: Process, number: int) -> bool:
    """By a pidfd verified after it was opened, so never to another program with that pid."""
    try:
        pidfd = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not identity.lives(process):
            return False
        signal.pidfd_send_signal(pidfd, number)
        if number not in NO_CONT:
            signal.pidfd_send_signal(pidfd, signal.SIGCONT)
    except OSError as error:
        log.debug("pid %s: signal %s: %s", process.pid, number, error)
        return False
    finally:
        os.close(pidfd)
    return True
