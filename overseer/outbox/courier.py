"""Who carries a job to where it goes, and one thread that lets a courier run."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

from overseer.outbox.hooks import Hooks
from overseer.outbox.parcel import UNTRIED, Job, Verdict, down, retry

log = logging.getLogger(__name__)


class Activity:
    """When something was last delivered, or a piece of it: of all couriers of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.at = clock()

    def __call__(self) -> None:
        self.at = self._clock()


class Courier(Protocol):
    """Used by one thread, from the hiring to close()."""

    def deliver(self, job: Job) -> Verdict:
        """Within the lease, however slow the other side: what may hang has time-outs of its own.
        What it raises becomes a retry."""
        ...

    def rest(self) -> None:
        """Nothing has come for a while: a connection kept open may be closed."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Plain:
    """A courier with nothing to keep open."""

    run: Callable[[Job], Verdict]

    def deliver(self, job: Job) -> Verdict:
        return self.run(job)

    def rest(self) -> None: ...

    def close(self) -> None: ...


Hire = Callable[[], Courier]
"""Called in the thread that will use the courier."""


def plain(run: Callable[[Job], Verdict]) -> Courier:
    return Plain(run)


def attempt(courier: Courier, job: Job) -> Verdict:
    try:
        return courier.deliver(job)
    except BaseException as error:  # noqa: BLE001 - a job's own code
        return retry(f"{type(error).__name__}: {error}")


class Sender:
    """Delivers what is in *todo* until it finds None there."""

    def __init__(
        self,
        hire: Hire,
        todo: "SimpleQueue[Job | None]",
        may_begin: Callable[[Job], bool],
        report: Callable[[Job, Verdict], None],
        rest_after: float,
        hooks: Hooks,
    ) -> None:
        self._hire = hire
        self._todo = todo
        self._may_begin = may_begin
        self._report = report
        self._rest_after = rest_after
        self._hooks = hooks
        self._courier: Courier | None = None

    def run(self) -> None:
        while (job := self._next()) is not None:
            self._handle(job)
            del job  # while it waits for the next, a large one is not kept
        if self._courier:
            self._spare(self._courier.close)

    def _handle(self, job: Job) -> None:
        unfit = self._unfit(job)
        if unfit or self._courier is None:
            self._report(job, unfit or UNTRIED)
            return
        self._hooks.before(job)
        verdict = attempt(self._courier, job)
        self._report(job, verdict)  # first: a hook that hangs keeps nothing from being recorded
        self._hooks.after(job, verdict)

    def _next(self) -> Job | None:
        try:
            return self._todo.get(timeout=self._rest_after)
        except Empty:
            if self._courier:
                self._spare(self._courier.rest)
            return self._todo.get()

    def _unfit(self, job: Job) -> Verdict | None:
        """Why its delivery is not begun."""
        if not self._may_begin(job):
            return UNTRIED
        try:
            self._courier = self._courier or self._hire()
        except Exception as error:  # noqa: BLE001 - foreign code: a password file may be missing
            return down(f"{type(error).__name__}: {error}")
        return None

    def _spare(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - foreign code, and nothing depends on it
            log.warning("a connection did not close: %s", error)
