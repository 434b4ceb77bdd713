"""What the launches of each watch have left behind, however it went away.

A process that leaves its parent becomes the daemon's child (child subreaper), or init's where
the daemon has died meanwhile. Such an orphan belongs to the watch that its environment names. One
that has cleared its environment was seen before in the tree of a process of that watch, or has the
mark that the launcher has put on the process it descends from.
"""

import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from overseer.core.unrecorded import LaunchedProcess
from overseer.forking import mark_on
from overseer.model.process import Process
from overseer.system import identity
from overseer.system.identity import Stat
from overseer.system.table import Table, Tables

HOME = "OVERSEER_DAEMON"
"""Names the daemon by its state folder: two of them may have watches of one name."""
OURS, BITS_OF_NAME = 1 << 60, 32
"""A mark: overseer's bit, 20 bits for the daemon (its state folder), 32 for the watch."""
SETTLED = 2.0
"""Seconds after which a process has executed what it was forked for: its environment stays."""
TICKS = os.sysconf("SC_CLK_TCK")
Key = tuple[int, int]
"""Pid and start time."""


class Mark(NamedTuple):
    """What a launch gets, so that what it starts can be told from everything else."""

    variables: Mapping[str, str]
    number: int | None  # for forking.py


class Evidence(NamedTuple):
    """What a process shows of where it comes from."""

    watch: str | None  # its environment names it: ours; "" another daemon's; None: it names none
    mark: int | None = None


class Found(NamedTuple):
    """The orphans of our own children, by watch and age, at one moment (monotonic)."""

    taken: float
    of: dict[str, list[Stat]]


class Leftovers:
    """For any thread. *running* are pids of what is run aside: hooks and checks that go on are
    not left behind."""

    def __init__(self, home: str = "", running: Callable[[], Collection[int]] = tuple) -> None:
        self._home = home
        self._daemon = OURS | (crc32(home.encode()) & 0xFFFFF) << BITS_OF_NAME
        self.running = running
        self.followed: Callable[[], Collection[int]] = tuple
        self.tables = Tables()
        self._known: dict[Key, Evidence] = {}
        self._seen: dict[Key, str] = {}
        self._marks: dict[int, set[str]] = defaultdict(set)
        self._inherited: set[str] = set()  # what an earlier daemon launched: not our children
        self._near = Found(-1.0, {})
        self._forgotten: dict[str, list[Process]] = {}
        self._settled: set[str] = set()  # nothing of these lives, and nothing was launched since
        self._launches: Counter[str] = Counter()  # since the last end of a process, by watch
        self._counting = threading.Lock()
        self._far: tuple[Table, dict[str, list[Stat]]] | None = None
        self._lock = threading.Lock()

    def mark(self, name: str) -> Mark:
        """For a launch."""
        with self._counting:
            self._settled.discard(name)
            self._launches[name] += 1
        return Mark({HOME: self._home}, self._mark_of(name))

    def inherit(self, name: str, process: Process) -> None:
        """Where a process of this watch is not our child, what it leaves will not be either."""
        seen = identity.stat(process.pid)
        if seen is not None and seen.parent != os.getpid():
            self._inherited.add(name)
            self._settled.discard(name)

    def remember(self, name: str, members: Iterable[Process]) -> None:
        """They belong to this watch, whatever they do from now on."""
        for process in members:
            self._seen[process.pid, process.ticks] = name

    def of(self, name: str, not_before: float) -> list[Stat]:
        """The orphans of a watch, oldest first, as they were then or later (monotonic): a look is
        never older than what it judges, and one look serves all who ask for no later one."""
        if name in self._inherited:
            return self.among(self.tables.since(not_before), name)
        self._mark_of(name)
        with self._lock:
            if self._near.taken < not_before:
                taken = time.monotonic()
                self._near = Found(taken, self._sorted(children_but(self.followed())))
            return self._near.of.get(name, [])

    def among(self, table: Table, name: str) -> list[Stat]:
        """The orphans of a watch in a pass over /proc."""
        self._mark_of(name)
        return self._all_in(table).get(name, [])

    def behind(self, name: str, root: Process, not_before: float) -> list[Process]:
        """What a process that has ended has left, and what has begun since."""
        return [whole(it) for it in self.of(name, not_before) if it.ticks >= root.ticks]

    def settle(self, name: str) -> None:
        """Its process has ended, and `behind` has shown nothing. Until its next launch there is
        nothing to look for, unless something else was launched since the process was, or goes on
        aside: that may leave something yet."""
        with self._counting:
            is_alone = self._launches.pop(name, 0) == 1 and name not in self._inherited
            if is_alone and not self._near.of.get(name) and not self.running():
                self._settled.add(name)

    def in_the_way(self, name: str, not_before: float) -> tuple[Process, ...]:
        """Of a launch: nothing of the watch is to live by then."""
        if name in self._settled:
            return ()  # by the look that was taken when its process ended
        orphans = self.of(name, not_before)
        if not orphans:
            self._inherited.discard(name)  # from now on all is ours
        return tuple(map(whole, orphans))

    def now(self, names: Iterable[str]) -> dict[str, list[Stat]]:
        """The orphans of all watches; a look at our own children where that is enough."""
        if self._inherited:
            return self.everywhere(names)
        moment = time.monotonic()
        for name in names:
            self._mark_of(name)
        self.of("", moment)
        with self._lock:
            return dict(self._near.of)

    def everywhere(self, names: Iterable[str]) -> dict[str, list[Stat]]:
        """The orphans of all watches now, an earlier daemon's too."""
        for name in names:
            self._mark_of(name)
        found = self._all_in(self.tables.since(time.monotonic()))
        mine = os.getpid()
        for name, orphans in found.items():
            if name and any(orphan.parent != mine for orphan in orphans):
                self._inherited.add(name)
        return found

    def launched(self, orphans: Iterable[Stat]) -> list[LaunchedProcess]:
        """Of these what was launched itself, not what that has started: it leads a session and has
        a launch id. What is run for a process that lives or lived, to stop or reload it, has its
        pid."""
        launched = []
        for orphan in orphans:
            variables = environment(orphan.pid) if orphan.session == orphan.pid else {}
            id = variables.get("OVERSEER_LAUNCH_ID", "")
            if id and "OVERSEER_PID" not in variables:
                state = variables.get("OVERSEER_STATE", "")
                launched.append(LaunchedProcess(whole(orphan), id, state))
        return launched

    def forgotten(self, name: str, processes: Iterable[Process]) -> None:
        """They were launched for this watch, and no record names them."""
        self._forgotten[name] = list(processes)

    def programs(self, name: str) -> list[Process]:
        """What an earlier daemon launched for this watch, and no record names."""
        return [one for one in self._forgotten.get(name, ()) if identity.lives(one)]

    def owner(self, seen: Stat) -> str:
        """The watch that an orphan belongs to; "" for none that is known."""
        key = (seen.pid, seen.ticks)
        evidence = self._known.get(key) or self._read(seen)
        if evidence.watch is not None:
            return evidence.watch
        names = self._marks.get(evidence.mark or 0, ())
        return self._seen.get(key) or (next(iter(names)) if len(names) == 1 else "")

    def _all_in(self, table: Table) -> dict[str, list[Stat]]:
        """Sorted once, whoever asks."""
        with self._lock:
            if self._far is None or self._far[0] is not table:
                self._forget_all_but({(one.pid, one.ticks) for one in table.all.values()})
                given = set(given_to_us())
                orphans = (
                    it for it in table.orphans if it.parent != os.getpid() or it.pid in given
                )
                self._far = table, self._sorted(orphans)
            return self._far[1]

    def _sorted(self, orphans: Iterable[Stat]) -> dict[str, list[Stat]]:
        """By watch, oldest first; without what is followed, or run aside. Under "" what we have
        been given, or have launched, and can be told of no watch."""
        found: dict[str, list[Stat]] = defaultdict(list)
        skipped = {*self.followed(), *self.running()}
        for seen in orphans:
            if seen.pid in skipped or seen.state in "ZX":
                continue
            name = self.owner(seen)
            if name or seen.parent == os.getpid() or self._is_marked(seen):
                found[name].append(seen)
        for mine in found.values():
            mine.sort(key=lambda one: one.ticks)
        return dict(found)

    def _read(self, seen: Stat) -> Evidence:
        watch = watch_of(seen.pid, self._home)
        evidence = Evidence(watch, mark_on(seen.pid) if watch is None else None)
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - seen.ticks / TICKS
        if watch or age > SETTLED:
            self._known[seen.pid, seen.ticks] = evidence
        return evidence

    def _is_marked(self, seen: Stat) -> bool:
        """True where this daemon, or an earlier one, has launched what it descends from."""
        evidence = self._known.get((seen.pid, seen.ticks)) or self._read(seen)
        return (evidence.mark or 0) >> BITS_OF_NAME == self._daemon >> BITS_OF_NAME

    def _mark_of(self, name: str) -> int:
        number = self._daemon | crc32(name.encode())
        self._marks[number].add(name)
        return number

    def _forget_all_but(self, living: set[Key]) -> None:
        self._known = {key: one for key, one in self._known.items() if key in living}
        self._seen = {key: one for key, one in self._seen.items() if key in living}


def children_but(followed: Collection[int]) -> list[Stat]:
    """Our children but those, and but what other threads are launching."""
    pids = {*given_to_us()} - {*followed}
    return [seen for pid in pids if (seen := identity.stat(pid)) is not None]


def given_to_us() -> list[int]:
    """Pids: what has lost its parent is given to the first thread, so only its children are read,
    however many others there are."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as line:
            return [*map(int, line.read().split())]
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        return [seen.pid for seen in identity.every() if seen.parent == os.getpid()]


def whole(seen: Stat) -> Process:
    return Process(seen.pid, seen.ticks, identity.boot_id())


def watch_of(pid: int, home: str) -> str | None:
    """The watch that its environment names; "" for one of another daemon, None where it names
    none or cannot be read."""
    variables = environment(pid)
    name = variables.get("OVERSEER_WATCH")
    if name is None:
        return None
    return name if variables.get(HOME, "") == home else ""


def environment(pid: int) -> dict[str, str]:
    """The variables of overseer's in the environment of a process; none where it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = file.read().split(b"\0")
    except OSError:
        return {}
    ours = (pair.decode(errors="replace") for pair in pairs if pair.startswith(b"OVERSEER_"))
    return {name: value for name, _, value in (pair.partition("=") for pair in ours)}
