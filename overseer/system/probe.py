"""Reads memory and CPU of processes and their trees from /proc."""

import errno
import os
import time
from collections.abc import Callable, Iterable

from overseer.model.process import Process
from overseer.model.usage import Metric, Spent, Usage
from overseer.system.survey import PAGE, TICK, Survey, fields_of, is_zombie

STAT_SIZE = 1024
"""Bytes; a line of /proc/PID/stat is at most some 400 long."""

WEIGHED = {Metric.PSS: (b"Pss:",), Metric.USS: (b"Private_",)}
"""What is added up of /proc/PID/smaps_rollup (proc(5))."""


class LinuxProbe:
    """A descriptor of /proc/PID/stat is kept for each process that is read again and again: it
    saves half of the time, and the kernel answers it with ESRCH rather than with the line of
    another process that was given the pid. *keep* bounds them: every other one is opened anew.
    """

    def __init__(
        self,
        keep: int = 1024,
        moment: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        proc: str = "/proc",
    ) -> None:
        self._keep = keep
        self._moment = moment  # of looks: a suspend is no time that could have been used
        self._clock = clock  # of the deadlines of the engine's loop
        self._proc = proc
        self._kept: dict[Process, int] = {}
        self._survey = Survey(proc)
        self._found = self._survey  # the last complete one
        self._found_at = self._began_at = 0.0

    def read(self, process: Process) -> Usage | None:
        line = self._line(process)
        if line is None:
            return None
        fields = fields_of(line)
        if fields is None or int(fields[19]) != process.ticks or is_zombie(fields):
            return None
        own = (int(fields[11]) + int(fields[12])) * TICK
        spent = {(process.pid, process.ticks): Spent(own, own)}
        return Usage(int(fields[21]) * PAGE, spent, self._moment())

    def survey(self, until: float) -> bool:
        if self._survey is self._found or self._survey.done:
            self._survey, self._began_at = Survey(self._proc), self._moment()
        while self._clock() < until:
            if self._survey.go_on():
                self._found, self._found_at = self._survey, self._began_at
                return True
        return False

    def read_tree(self, process: Process) -> Usage | None:
        members = self._found.tree(process)
        if not members:
            return None
        spent = {(one.pid, one.ticks): Spent(one.own, one.all) for one in members}
        return Usage(sum(one.rss for one in members), spent, self._found_at)

    def weigh(self, process: Process, metric: Metric, tree: bool) -> int | None:
        """None where one of the tree may not be read, so that what is added up is of one kind."""
        pids = [one.pid for one in self._found.tree(process)] if tree else [process.pid]
        total = 0
        for pid in pids:
            weight = self._weight(pid, WEIGHED[metric])
            if weight is None:
                return None
            total += weight
        return total or None

    def forget(self, process: Process) -> None:
        kept = self._kept.pop(process, None)
        if kept is not None:
            os.close(kept)

    def close(self) -> None:
        self._drop(tuple(self._kept))

    def _line(self, process: Process) -> bytes | None:
        kept = self._kept.get(process)
        try:
            if kept is not None:
                return os.pread(kept, STAT_SIZE, 0)
            return self._first_line(process)
        except OSError:  # gone, or not ours to read
            self.forget(process)
            return None

    def _first_line(self, process: Process) -> bytes:
        descriptor = self._open(f"{self._proc}/{process.pid}/stat")
        line = b""
        try:
            line = os.pread(descriptor, STAT_SIZE, 0)
        finally:
            fields = fields_of(line)
            own = fields is not None and int(fields[19]) == process.ticks
            if own and len(self._kept) < self._keep:
                self._kept[process] = descriptor
            else:
                os.close(descriptor)
        return line

    def _open(self, path: str) -> int:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or not self._kept:
                raise
        # Launching and answering need descriptors more than looking does.
        self._keep = len(self._kept) // 2
        self._drop(tuple(self._kept)[self._keep :])
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def _drop(self, processes: Iterable[Process]) -> None:
        for process in processes:
            self.forget(process)

    def _weight(self, pid: int, kinds: tuple[bytes, ...]) -> int | None:
        """A member that has gone since the survey has nothing; None where it may not be read."""
        try:
            with open(f"{self._proc}/{pid}/smaps_rollup", "rb") as rollup:
                lines = [line for line in rollup if line.startswith(kinds)]
        except (FileNotFoundError, ProcessLookupError):
            return 0
        except OSError:
            return None
        return sum(int(line.split()[1]) for line in lines) * 1024
