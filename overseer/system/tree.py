"""Signals to a process and what belongs to it: listed first, each known by identity."""

import logging
import os
import signal
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from overseer.crew import Crew
from overseer.model.action import Signal, Sweep
from overseer.model.event import Signalled, Swept
from overseer.model.process import Process
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.safepoint import safepoint
from overseer.system import identity
from overseer.system.deaths import Deaths, group_lives
from overseer.system.leftovers import Leftovers, whole
from overseer.system.shortage import is_shortage
from overseer.system.table import Table, Tables

log = logging.getLogger("overseer")

TRY_AGAIN = 0.2
MOST_NAMED = 3
SHOWN = 60
"""Characters of a command line that are shown."""
NO_CONT = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGCONT)


class Asked(NamedTuple):
    """*at* on time.monotonic(): nobody is judged by a list that is older."""

    watch: Watch
    action: Signal | Sweep
    at: float

    @property
    def key(self) -> object:
        return self.watch.name, self.action


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
        self._blind = False  # /proc could not be read the last time, which has been logged
        self._waiting: set[object] = set()
        self._lock = threading.Lock()
        self._crew = Crew("trees", 1)

    def signal(self, watch: Watch, action: Signal) -> None:
        if action.tree or (watch.program.kill == "tree" and action.signal not in NO_CONT):
            return self._later(Asked(watch, action, time.monotonic()))
        try:
            why = self._send(action.process, action.signal)
        except OSError:  # no room for it at this moment
            return self._later(Asked(watch, action, time.monotonic()))
        return self._inbox(watch.name, Signalled(action.process, action.signal, why))

    def sweep(self, watch: Watch, action: Sweep) -> None:
        self._later(Asked(watch, action, time.monotonic()))

    def _later(self, asked: Asked) -> None:
        """Once: what waits already is not asked for again."""
        with self._lock:
            if asked.key in self._waiting:
                return
            self._waiting.add(asked.key)
            self._asked.append(asked)
        self._crew.do(self._turn_whole)

    def _turn_whole(self) -> None:
        with safepoint.busy("a signal to a process tree"):
            self._turn()

    def _turn(self) -> None:
        """Answer all that has been asked until now; what could not be done is tried again."""
        with self._lock:
            batch = list(self._asked)
            self._asked.clear()
            self._waiting.clear()
        if not batch:
            return
        failed = self._answer(batch)
        if failed:
            time.sleep(TRY_AGAIN)
        for one in failed:
            self._later(one)

    def _answer(self, batch: list[Asked]) -> list[Asked]:
        """Those that could not be answered."""
        failed: list[Asked] = []
        try:
            table = self._tables.since(batch[-1].at)
            unclear = [one for one in batch if not self._guarded(one, table, failed, sure=False)]
            table = self._tables.since(time.monotonic()) if unclear else table
            for one in unclear:
                self._guarded(one, table, failed, sure=True)
        except (OSError, MemoryError) as error:
            if not self._blind:
                log.warning("processes cannot be looked at: %r; tried again", error)
            self._blind = True
            return batch
        self._blind = False
        return failed

    def _guarded(self, asked: Asked, table: Table, failed: list[Asked], *, sure: bool) -> bool:
        """The trouble of one is not the others'."""
        try:
            if isinstance(asked.action, Sweep):
                return self._sweep(asked.watch, asked.action, table, sure=sure)
            self._signal(asked.watch, asked.action, table)
        except Exception as error:
            if not (isinstance(error, OSError) and is_shortage(error)):
                log.exception("%s: could not be signalled; tried again", asked.watch.name)
            failed.append(asked)
        return True

    def _signal(self, watch: Watch, action: Signal, table: Table) -> None:
        """List while the process lives: its children lose their parent with it."""
        listed = self._list(watch, action.process, table)
        why = self._send(action.process, action.signal)
        if action.tree:
            for process in listed - {action.process}:
                send(process, action.signal)
        self._inbox(watch.name, Signalled(action.process, action.signal, why))

    def _send(self, process: Process, number: int) -> str:
        if not self._deaths.send(process, number):
            return send(process, number)
        if number not in NO_CONT:
            self._deaths.send(process, signal.SIGCONT)
        return ""

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
        who = tuple(described(it) for it in sorted(left, key=lambda it: it.pid)[:MOST_NAMED])
        self._inbox(watch.name, Swept(root, len(left), who, action.signal))
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
        spared = {*self._leftovers.followed(), *self._leftovers.running()} if tops else set()
        found: set[Process] = set()
        for top in tops:
            found |= table.tree(whole(top), spared.__contains__)
        self._leftovers.remember(name, found)
        return found

    def close(self) -> None:
        self._crew.close()


def send(process: Process, number: int) -> str:
    """By a pidfd verified after it was opened, so never to another program with that pid. Why it
    could not be sent; "" also where it is gone. OSError where there was no room for it."""
    try:
        pidfd = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return ""
    try:
        if not identity.lives(process):
            return ""
        signal.pidfd_send_signal(pidfd, number)
        if number not in NO_CONT:
            signal.pidfd_send_signal(pidfd, signal.SIGCONT)
    except ProcessLookupError:
        return ""
    except OSError as error:
        if is_shortage(error):
            raise
        return (error.strerror or str(error)).lower()
    finally:
        os.close(pidfd)
    return ""


def described(process: Process) -> str:
    """`pid 12 (sleep 1000)`"""
    try:
        words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
        text = b" ".join(words).decode(errors="replace").strip()
        text = text or Path(f"/proc/{process.pid}/comm").read_text().strip()
    except OSError:
        return f"pid {process.pid}"
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"pid {process.pid} ({text})"
