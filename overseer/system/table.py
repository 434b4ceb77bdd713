"""Everybody on the machine at one moment, read in one pass over /proc for all who ask."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from overseer.model.process import Process
from overseer.system import identity
from overseer.system.identity import Stat
from overseer.system.shortage import is_shortage

KEPT = 5.0
IsSpared = Callable[[int], bool]
"""Takes a pid; True for one that is never to be signalled."""


class Table:
    """By pid, and by parent, session and group. *taken* is when the pass began."""

    def __init__(self) -> None:
        self.taken = time.monotonic()
        self.all = {it.pid: it for it in identity.every()}
        self.above = identity.above(self.all.get)
        self._near: dict[int, set[int]] = defaultdict(set)
        for it in self.all.values():
            for relative in (it.parent, it.session, it.group):
                self._near[relative].add(it.pid)

    def tree(self, root: Process, is_spared: IsSpared) -> set[Process]:
        """Its session, its group and its descendants, as far as they live; nobody where another
        program has its pid by now, for then nothing of it can be left."""
        now = self.all.get(root.pid)
        if now is not None and now.ticks != root.ticks:
            return set()
        found, to_do = {root.pid}, [root.pid]
        while to_do:
            for pid in self._near.get(to_do.pop(), ()):
                if pid in found or pid in self.above or is_spared(pid):
                    continue
                if self.all[pid].ticks >= root.ticks:
                    found.add(pid)
                    to_do.append(pid)
        boot = identity.boot_id()
        members = (self.all[pid] for pid in found if pid in self.all)
        return {Process(it.pid, it.ticks, boot) for it in members if it.state not in "ZX"}

    @cached_property
    def orphans(self) -> list[Stat]:
        """Those whose parent has gone: children of ours, of init, or of what stands above us."""
        return [it for it in self.all.values() if it.parent in self.above or it.parent == 1]

    @cached_property
    def launched(self) -> dict[str, list[Stat]]:
        """Session leaders by their OVERSEER_LAUNCH_ID."""
        found: dict[str, list[Stat]] = defaultdict(list)
        for leader in self.leaders:
            if named := launch_id(leader.pid):
                found[named].append(leader)
        return found

    @cached_property
    def hidden(self) -> list[Stat]:
        """Orphaned session leaders whose environment cannot be read: a program may overwrite it
        with its title."""
        orphans = (it for it in self.leaders if it.parent in (1, os.getpid()))
        return [it for it in orphans if it.pid != os.getpid() and launch_id(it.pid) is None]

    @cached_property
    def leaders(self) -> list[Stat]:
        return [it for it in self.all.values() if it.session == it.pid and it.state not in "ZX"]


class Tables:
    """From any thread. Whoever asks is answered by a pass that began after he did, so that no
    answer is older than what it is about; all who have waited for it share one pass."""

    def __init__(self, take: Callable[[], Table] = Table) -> None:
        self._take = take
        self._latest: Table | None = None
        self._lock = threading.Lock()

    def since(self, moment: float) -> Table:
        """*moment* on time.monotonic()."""
        with self._lock:
            if self._latest is None or self._latest.taken < moment:
                self._latest = self._take()
            return self._latest

    def forget_old(self, seconds: float = KEPT) -> None:
        """It takes a megabyte for a thousand processes."""
        with self._lock:
            if self._latest and self._latest.taken < time.monotonic() - seconds:
                self._latest = None


def launch_id(pid: int) -> str | None:
    """The OVERSEER_LAUNCH_ID of a process; "" without one, None where that cannot be read."""
    try:
        env = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError as error:
        if is_shortage(error):
            raise
        return None
    if not env.strip(b"\0"):
        return None
    for pair in env.split(b"\0"):
        if pair.startswith(b"OVERSEER_LAUNCH_ID="):
            return pair.partition(b"=")[2].decode(errors="replace")
    return ""
