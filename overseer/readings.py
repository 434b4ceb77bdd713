"""Memory and CPU for people who ask, also of processes that no condition polls."""

import threading
from collections.abc import Callable, Mapping

from overseer.conditions.base import Reading
from overseer.model.process import Process
from overseer.model.status import Status
from overseer.model.usage import Usage, cpu_share
from overseer.system.probe import LinuxProbe


class Readings:
    """For any thread. The CPU is None until a process has been asked about twice."""

    def __init__(
        self, polled: Callable[[str], Reading | None], statuses: Mapping[str, Status]
    ) -> None:
        self._polled = polled
        self._statuses = statuses
        self._probe = LinuxProbe(keep=0)
        self._before: dict[str, tuple[Process, Usage]] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Reading | None:
        if reading := self._polled(name):
            return reading
        status = self._statuses.get(name)
        if status is None or status.process is None:
            return None
        with self._lock:
            return self._look(name, status.process)

    def _look(self, name: str, process: Process) -> Reading | None:
        usage = self._probe.read(process)
        if usage is None:
            return None
        known, before = self._before.get(name, (None, None))
        share = cpu_share(before if known == process else None, usage)
        if share is not None or known != process:
            self._before[name] = (process, usage)
        return Reading(usage.rss, share)
