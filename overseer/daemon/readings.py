"""Memory and CPU for people who ask, also of processes that no condition polls."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from overseer.conditions.base import Reading
from overseer.control.office import Family
from overseer.model.process import Process
from overseer.model.status import Status
from overseer.model.usage import Usage, cpu_share
from overseer.system.probe import LinuxProbe

AGAIN = 1.0
"""Seconds between two looks at all trees."""


class Readings:
    """For any thread. The CPU is None until a process has been asked about twice."""

    def __init__(
        self, polled: Callable[[str, Process], Reading | None], statuses: Mapping[str, Status]
    ) -> None:
        self._polled = polled
        self._statuses = statuses
        self._probe = LinuxProbe(keep=0)
        self._before: dict[str, tuple[Process, Usage]] = {}
        self._lock = threading.Lock()
        self._trees: dict[Process, Usage] = {}
        self._families: Mapping[str, tuple[Process, Family]] = {}
        self._counted_at = float("-inf")

    def of(self, name: str) -> Reading | None:
        status = self._statuses.get(name)
        if status is None or status.process is None:
            return None
        if reading := self._polled(name, status.process):
            return reading
        with self._lock:
            return self._look(name, status.process)

    def families(self) -> Mapping[str, Family]:
        """Of every watch with a process, and of no earlier process: one pass over /proc, however
        many ask within a second. Without descendants that may be seen it is the process alone."""
        with self._lock:
            now = time.monotonic()
            if now >= self._counted_at + AGAIN:
                self._counted_at = now
                self._families = dict(self._count())
            return {
                name: family
                for name, (process, family) in self._families.items()
                if (status := self._statuses.get(name)) and status.process == process
            }

    def _count(self) -> Iterator[tuple[str, tuple[Process, Family]]]:
        while not self._probe.survey(float("inf")):
            pass
        known, self._trees = self._trees, {}
        for name, status in list(self._statuses.items()):
            process = status.process
            usage = self._probe.read_tree(process) if process else None
            if usage is None or process is None:
                continue
            share = cpu_share(known.get(process), usage)
            self._trees[process] = usage
            yield name, (process, Family(len(usage.spent), usage.rss, share))

    def _look(self, name: str, process: Process) -> Reading | None:
        usage = self._probe.read(process)
        if usage is None:
            return None
        known, before = self._before.get(name, (None, None))
        share = cpu_share(before if known == process else None, usage)
        if share is not None or known != process:
            self._before[name] = (process, usage)
        return Reading(usage.rss, share)
