"""Looks after the logs of programs: cuts those that have grown too long, and sees those that
were moved away from under a program."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from overseer.config.settings import Settings
from overseer.crew import begins
from overseer.model.log_file import LogMark
from overseer.system import logs
from overseer.system.log_files import descriptor_of, path_now

log = logging.getLogger("overseer")

EVERY = 3.0
"""Seconds between two looks at all logs."""
SOON = 0.5
"""Seconds from a launch to a look."""
SOONEST = 0.2
"""Seconds between two looks at one that grows fast."""
KEPT = 64
"""Moments at which the length of a log is known."""
THIN_OUT = 600.0
"""Seconds between two looks at all copies; after a cut it is sooner."""
THIN_OUT_SOON = 10.0


@dataclass(frozen=True, slots=True)
class WatchedLog:
    """*mark*: of the file that a living process has open, None where there is none."""

    watch: str
    path: str
    mark: LogMark | None = None
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """*size* and *total* in bytes, as settings have them."""

    size: int
    files: int
    total: int


def rule_of(settings: Settings) -> Rule:
    return Rule(settings.log_size, settings.log_files, settings.log_total)


@dataclass(frozen=True, slots=True)
class Moved:
    """A log that is another file now, while the program writes to the one before. *now*: what
    that is called; "" where it has no name any more, /dev/null where it could not be opened."""

    watch: str
    path: str
    now: str
    reads: LogMark | None = None  # where what is written can be read

    def __str__(self) -> str:
        if self.now == os.devnull:
            return (
                f"{self.watch}: its output is lost, as its log {self.path} could not be written"
                f" when it was started: `overseer restart {self.watch}` opens it"
            )
        what = f"was moved to {self.now}" if self.now else "was deleted or moved away"
        return (
            f"{self.watch}: its log {self.path} {what}, and the program still writes there:"
            f" `overseer restart {self.watch}` opens the new one; rotate it with copytruncate, or"
            " leave that to overseer (log_size)"
        )


class Grown(NamedTuple):
    size: int
    at: float


class GrowthTimes:
    """How long a log was when, as far as it has been seen: since when its lines can be there.

    Of what is older less is kept, so that the times of a whole day need no more than KEPT.
    """

    def __init__(self) -> None:
        self.seen: list[Grown] = []

    def note(self, size: int, at: float) -> None:
        """*at* in seconds since the epoch."""
        if self.seen and size < self.seen[-1].size:  # somebody else has cut it
            self.seen = []
        if len(self.seen) > 1 and self.seen[-1].size == self.seen[-2].size == size:
            self.seen[-1] = Grown(size, at)
        else:
            self.seen = [*self.seen, Grown(size, at)]
        if len(self.seen) > KEPT:
            half = KEPT // 2
            self.seen = [*self.seen[:half:2], *self.seen[half:]]

    def cut(self, removed: int) -> None:
        kept = [one for one in self.seen if one.size > removed]
        before = [one for one in self.seen if one.size <= removed][-1:]
        self.seen = [Grown(max(0, size - removed), at) for size, at in (*before, *kept)]


class LogWatcher:
    """`turn` on one thread; `hurry` and `moved` for any.

    *before_cut* is called before any file becomes shorter: what is to be read there is read.
    """

    def __init__(
        self,
        watched: Callable[[], Iterable[WatchedLog]],
        rule: Callable[[], Rule],
        now: Callable[[], float],
        wall: Callable[[], float],
        before_cut: Callable[[], object] = lambda: None,
    ) -> None:
        self._watched = watched
        self._rule = rule
        self._now = now
        self._wall = wall
        self._times: dict[str, GrowthTimes] = {}
        self._before_cut = before_cut
        self._grown: dict[str, Grown] = {}
        self._fast: dict[str, float] = {}  # paths, and when each is looked at next
        self._moved: dict[tuple[str, str], Moved] = {}
        self._complaints: dict[str, str] = {}
        self._looked_at = 0.0
        self._due = self._thin_out_due = 0.0
        self._bell = threading.Event()
        self._stopping = False

    def start(self) -> None:
        if not begins(threading.Thread(target=self._run, name="log-watcher", daemon=True)):
            log.error("there is no thread for the logs: they are not cut")

    def stop(self) -> None:
        self._stopping = True
        self._bell.set()

    def hurry(self) -> None:
        """Programs often write most when they have just been launched."""
        due = self._now() + SOON
        if due < self._due:
            self._due = due
            self._bell.set()

    def moved(self) -> Sequence[Moved]:
        return tuple(self._moved.values())

    def times(self, path: str) -> Sequence[Grown]:
        """How long that log was when, in seconds since the epoch, oldest first."""
        known, grown = self._times.get(path), self._grown.get(path)
        if known is None or grown is None:
            return ()
        since = self._now() - max(grown.at, self._looked_at)
        return (*known.seen, Grown(grown.size, self._wall() - since))

    def _run(self) -> None:
        while not self._stopping:
            try:
                wait = self.turn()
            except Exception:  # logs are looked after at the next turn
                log.exception("looking after the logs failed")
                wait = EVERY
            self._bell.wait(wait)
            self._bell.clear()

    def turn(self) -> float:
        """Look at what is due; seconds until the next turn."""
        now, rule = self._now(), self._rule()
        if now >= self._due:
            self._due = now + EVERY
            self._look_at_all(now, rule)
        else:
            for path in [path for path, due in list(self._fast.items()) if now >= due]:
                del self._fast[path]
                self._look(path, size_of(path), now, rule)
        following = min([self._due, *self._fast.values()])
        return min(max(following - self._now(), SOONEST), EVERY)

    def _look_at_all(self, now: float, rule: Rule) -> None:
        seen: dict[str, os.stat_result | None] = {}
        moved: dict[tuple[str, str], Moved] = {}
        self._fast.clear()
        for one in list(self._watched()):
            if one.path not in seen:
                about = seen[one.path] = stat_of(one.path)
                if about is not None:
                    self._look(one.path, about.st_size, now, rule)
            if one.mark and is_moved(one.mark, seen[one.path]):
                moved[one.watch, one.path] = self._notice(one)
        self._moved, self._looked_at = moved, now
        for path in [path for path in self._grown if path not in seen]:
            del self._grown[path]
            self._times.pop(path, None)
            self._complaints.pop(path, None)
        if now >= self._thin_out_due:
            self._thin_out_due = now + THIN_OUT
            logs.thin_out(map(Path, seen), rule.size, rule.files, rule.total)

    def _notice(self, one: WatchedLog) -> Moved:
        assert one.mark is not None
        known = self._moved.get((one.watch, one.path))
        now = os.devnull if is_nothing(one.mark) else path_now(one.mark)
        reads = descriptor_of(one.mark, one.pid) or now
        found = Moved(one.watch, one.path, now, replace(one.mark, path=reads) if reads else None)
        if known is None:
            log.warning("%s", found)
        return found

    def _look(self, path: str, size: int, now: float, rule: Rule) -> None:
        before = self._grown.get(path)
        if before is not None and before.size == size <= rule.size:
            return
        times = self._times.setdefault(path, GrowthTimes())
        passed = now - max(before.at, self._looked_at) if before else 0.0
        if before is not None:
            times.note(before.size, self._wall() - passed)
        times.note(size, self._wall())
        if size > rule.size:
            self._before_cut()
            whys: list[str] = []
            removed = logs.cut_if_long(Path(path), rule.size, rule.files, rule.total, whys.append)
            self._complain(path, "; ".join(whys))
            if removed is not None:
                times.cut(removed)
                self._thin_out_due = min(self._thin_out_due, now + THIN_OUT_SOON)
                size = size_of(path)
                self._fast[path] = now + SOONEST
        elif before and size > before.size and passed > 0:
            left = (rule.size - size) / ((size - before.size) / passed)
            if left < EVERY:
                self._fast[path] = now + max(left, SOONEST)
        self._grown[path] = Grown(size, now)

    def _complain(self, path: str, why: str) -> None:
        """Once, however often it is tried."""
        if why and self._complaints.get(path) != why:
            log.warning("%s", why)
        self._complaints[path] = why


def is_nothing(mark: LogMark) -> bool:
    about = os.stat(os.devnull)
    return (mark.device, mark.inode) == (about.st_dev, about.st_ino)


def is_moved(mark: LogMark, about: os.stat_result | None) -> bool:
    if mark.inode == 0:
        return False
    return about is None or (about.st_dev, about.st_ino) != (mark.device, mark.inode)


def stat_of(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def size_of(path: str) -> int:
    about = stat_of(path)
    return about.st_size if about else 0
