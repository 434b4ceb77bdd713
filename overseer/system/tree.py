"""Signals to a process and what belongs to it: listed first, each known by identity."""

import logging
import os
import signal
import time
from collections import deque
from typing import NamedTuple

from overseer.crew import Crew
from overseer.model.action import Signal, Sweep
from overseer.model.event import Swept
from overseer.model.process import Process
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.system import identity
from overseer.system.deaths import Deaths, group_lives
from overseer.system.leftovers import Leftovers, whole
from overseer.system.table import Table, Tables

log = logging.getLogger("overseer")

NO_CONT = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGCONT)


class Asked(NamedTuple):
    """*at* on time.monotonic(): nobody is judged by a list that is older."""

    watch: Watch
    action: Signal | Sweep
    at: float


class Trees:
    """One thread. All that has been asked of it by then shares one pass over /proc, so that a
    thousand stops at once cost a thousand signals and not a thousand passes."""

    def __init__(self, deaths: Deaths, inbox: Inbox, tables: Tables, leftovers: Leftovers) -> None:
        self._deaths = deaths
        self._inbox = inbox
        self._tables = tables
        self._leftovers = leftovers
        self._listed: dict[Process, set[Process]] = {}
        self._asked: deque[Asked] = deque()
        self._crew = Crew("trees", 1)

    def signal(self, watch: Watch, action: Signal) -> None:
        if action.tree or (watch.program.kill == "tree" and action.signal not in NO_CONT):
            self._later(watch, action)
        else:
            self._send(action.process, action.signal)

    def sweep(self, watch: Watch, action: Sweep) -> None:
        self._later(watch, action)

    def _later(self, watch: Watch, action: Signal | Sweep) -> None:
        self._asked.append(Asked(watch, action, time.monotonic()))
        self._crew.do(self._turn)

    def _turn(self) -> None:
        """Answer all that has been asked until now."""
        batch = [self._asked.popleft() for _ in range(len(self._asked))]
        if not batch:
            return
        table = self._tables.since(batch[-1].at)
        unclear = [one for one in batch if not self._guarded(one, table, sure=False)]
        if unclear:
            table = self._tables.since(time.monotonic())
        for one in unclear:
            self._guarded(one, table, sure=True)

    def _guarded(self, asked: Asked, table: Table, *, sure: bool) -> bool:
        """The trouble of one is not the others'."""
        try:
            return self._do(asked, table, sure=sure)
        except Exception:  # what was not sent is sent again, or SIGKILL is, by the timer
            log.exception("%s: could not be signalled", asked.watch.name)
            return True

    def _do(self, asked: Asked, table: Table, *, sure: bool) -> bool:
        if isinstance(asked.action, Signal):
            self._signal(asked.watch, asked.action, table)
            return True
        return self._sweep(asked.watch, asked.action, table, sure=sure)

    def _signal(self, watch: Watch, action: Signal, table: Table) -> None:
        """List while the process lives: its children lose their parent with it."""
        listed = self._list(watch, action.process, table)
        self._send(action.process, action.signal)
        if action.tree:
            for process in listed - {action.process}:
                send(process, action.signal)

    def _send(self, process: Process, number: int) -> None:
        if not self._deaths.send(process, number):
            send(process, number)
        elif number not in NO_CONT:
            self._deaths.send(process, signal.SIGCONT)

    def _sweep(self, watch: Watch, action: Sweep, table: Table, *, sure: bool) -> bool:
        """False where its group lives, and nobody in it was seen: another pass may see who."""
        root = action.process
        listed = self._list(watch, root, table) | self._left_behind(watch.name, action, table)
        left = {it for it in listed if identity.lives(it)}
        if not left and not sure and group_lives(root.pid):
            return False
        if action.signal is not None:
            for process in left:
                send(process, action.signal)
        if not left:
            self._listed.pop(root, None)
        self._inbox(watch.name, Swept(root, len(left)))
        return True

    def _list(self, watch: Watch, root: Process, table: Table) -> set[Process]:
        """Nobody else's, nobody above us; and whoever was listed before stays on the list."""
        listed = self._listed.setdefault(root, set())
        listed |= table.tree(root, lambda pid: self._deaths.is_others(pid, watch.name))
        self._leftovers.remember(watch.name, listed)
        return listed

    def _left_behind(self, name: str, action: Sweep, table: Table) -> set[Process]:
        """Whatever else the launches of the watch have left, with all that has come of it; but
        neither what runs now nor what is run aside."""
        tops = [it for it in self._leftovers.among(table, name) if it.ticks >= action.since]
        spared = {*self._deaths.pids(), *self._leftovers.running()} if tops else set()
        found: set[Process] = set()
        for top in tops:
            found |= table.tree(whole(top), spared.__contains__)
        self._leftovers.remember(name, found)
        return found

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
