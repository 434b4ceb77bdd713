"""The worker's heart: every few seconds it writes down how the worker and its queue fare."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from overseer.errors import OverseerError
from overseer.mail.vitals import Held, Report, write
from overseer.outbox.courier import Activity
from overseer.outbox.moment import Clock, Moment, read_clock
from overseer.outbox.parcel import Fate, Settled
from overseer.outbox.pauses import Pause
from overseer.outbox.vitals import Vitals

log = logging.getLogger(__name__)

NOTHING = Vitals(oldest_due=None, could_go=False, dead=0, pauses=())


class Patient(Protocol):
    """What drains the queue."""

    trouble: str

    def vitals(self) -> Vitals: ...


class Beats:
    def __init__(
        self,
        path: Path,
        *,
        clock: Clock = read_clock,
        steady: Callable[[], float] = time.monotonic,
        activity: Activity | None = None,
    ) -> None:
        self._activity = activity
        self._path = path
        self._clock = clock
        self._steady = steady
        self._sent = 0
        self._moved = steady()
        self._complaint = ""

    def saw(self, settled: Settled) -> None:
        """A delivery has come to an end, whichever."""
        self._moved = self._steady()
        self._sent += settled.fate is Fate.SENT

    def beat(self, drain: Patient) -> None:
        try:
            write(self._path, self._report(drain))
        except OSError as error:
            self._complain(f"{self._path}: {error.strerror}; watches see how old its figures are")
        else:
            self._complain("")

    def _report(self, drain: Patient) -> Report:
        trouble, vitals = drain.trouble, NOTHING
        if not trouble:  # else it would wait once more, for a server that is away
            try:
                vitals = drain.vitals()
            except OverseerError as error:
                trouble = str(error)
        at, now = self._clock(), self._steady()
        if not vitals.could_go:
            self._moved = now
        elif self._activity:  # a large mail on its way to a slow server
            self._moved = max(self._moved, self._activity.at)
        oldest = vitals.oldest_due
        return Report(
            pid=os.getpid(),
            boot=at.boot,
            uptime=at.uptime,
            at=time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(at.now)),
            sent=self._sent,
            stuck=round(now - self._moved, 1),
            trouble=trouble,
            oldest_due=None if oldest is None else round(oldest, 1),
            dead=vitals.dead,
            deferred=vitals.deferred.count,
            oldest_deferred=age(vitals.deferred.since, at.now),
            deferred_text=vitals.deferred.text,
            paused=tuple(held(one, at) for one in vitals.pauses),
        )

    def _complain(self, complaint: str) -> None:
        """Once."""
        if complaint and complaint != self._complaint:
            log.warning("%s", complaint)
        self._complaint = complaint


def age(since: float | None, now: float) -> float | None:
    return None if since is None else round(max(0.0, now - since), 1)


def held(pause: Pause, at: Moment) -> Held:
    return Held(
        queue=pause.queue,
        by=pause.by.value,
        seconds=round(max(0.0, at.now - pause.since), 1),
        reason=pause.reason,
    )
