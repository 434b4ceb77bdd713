"""The queue as an application sees it: put, and look; what delivers is imported when it is used."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from overseer.errors import Refused
from overseer.outbox.database import MEMORY, PATIENCE
from overseer.outbox.jobs import Jobs
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock, read_clock
from overseer.outbox.parcel import LARGEST_BODY, MAIL, Job, Parcel, Settled, check, seconds_of
from overseer.outbox.places import open_store
from overseer.outbox.sqlite import SqliteStore
from overseer.outbox.tending import Tended

if TYPE_CHECKING:
    from overseer.outbox.courier import Activity, Courier, Hire
    from overseer.outbox.drain import Drain

Moment = float | datetime
"""Seconds since the epoch, or a datetime; one without a zone is of the host's own."""
PREFIX = "outbox_"


class Outbox(Tended):
    """Opens nothing before it is used; one may serve all threads, and children after a fork."""

    def __init__(
        self,
        url: str,
        *,
        jobs: Jobs | None = None,
        prefix: str = PREFIX,
        clock: Clock = read_clock,
        patience: float = PATIENCE,
        max_size: int = LARGEST_BODY,
    ) -> None:
        """*max_size*: bytes of a message, and of a payload."""
        self.max_size = max_size
        self.jobs = Jobs() if jobs is None else jobs
        self.job = self.jobs.job
        self.on = self.jobs.on
        super().__init__(open_store(url, prefix, patience), clock)
        self._at_once: Callable[[Sequence[int]], None] | None = None

    @classmethod
    def recording(
        cls,
        *,
        jobs: Jobs | None = None,
        clock: Clock = read_clock,
        max_size: int = LARGEST_BODY,
    ) -> "Outbox":
        """For tests: all in memory, delivered by nobody; look at it with rows()."""
        return cls(f"sqlite:///{MEMORY}", jobs=jobs, clock=clock, max_size=max_size)

    @classmethod
    def inline(
        cls,
        *,
        jobs: Jobs | None = None,
        deliver: Callable[[Job], None] | None = None,
        clock: Clock = read_clock,
        max_size: int = LARGEST_BODY,
    ) -> "Outbox":
        """For tests and scripts: put() runs the job, and what it raises reaches the caller.

        *deliver* takes mail, and kinds that are no job functions.
        """
        from overseer.outbox.direct import run_at_once, runner

        outbox = cls.recording(jobs=jobs, clock=clock, max_size=max_size)
        run = runner(outbox.jobs, deliver)
        assert isinstance(outbox._store, SqliteStore)
        database = outbox._store.database
        outbox._at_once = lambda ids: run_at_once(database, run, ids, clock)
        return outbox

    def put(
        self,
        kind: str,
        payload: Mapping[str, object] | None = None,
        *,
        queue: str | None = None,
        priority: int | None = None,
        run_at: Moment | None = None,
        dedupe: str | None = None,
        expires_at: Moment | None = None,
        max_attempts: int | None = None,
        within: sqlite3.Connection | None = None,
    ) -> int | None:
        """The row's id; None: its like is queued or was sent already.

        It is on the disk when this returns, and nothing is queued where it raises: Refused for what
        no worker could run, Unavailable for a disk that is full. *within*: see put_all.
        """
        parcel = self.jobs.parcel(kind, payload or {})
        parcel = replace(
            parcel,
            queue=parcel.queue if queue is None else queue,
            priority=parcel.priority if priority is None else priority,
            run_at=seconds_of(run_at),
            dedupe=dedupe,
            expires_at=seconds_of(expires_at),
            max_attempts=parcel.max_attempts if max_attempts is None else max_attempts,
        )
        return self.put_all([parcel], within=within)[0]

    def put_mail(
        self,
        message: bytes,
        sender: str,
        *rcpts: str,
        message_id: str = "",
        queue: str = MAIL,
        priority: int = 0,
        run_at: Moment | None = None,
        dedupe: str | None = None,
        expires_at: Moment | None = None,
        max_attempts: int | None = None,
        within: sqlite3.Connection | None = None,
    ) -> list[int | None]:
        """One row a recipient, all or none of them; *message* is sent byte for byte, every time."""
        if not rcpts:
            raise Refused("the message has no recipient; name at least one address")
        parcel = Parcel(
            kind=MAIL,
            queue=queue,
            priority=priority,
            run_at=seconds_of(run_at),
            dedupe=dedupe,
            expires_at=seconds_of(expires_at),
            max_attempts=max_attempts,
            sender=sender,
            body=message,
            message_id=message_id,
        )
        return self.put_all([replace(parcel, rcpt=rcpt) for rcpt in rcpts], within=within)

    def put_all(
        self, parcels: Sequence[Parcel], *, within: sqlite3.Connection | None = None
    ) -> list[int | None]:
        """All of them or none. *within*: a connection of the application's own to the same file,
        inside a transaction; what is put is committed with it, or rolled back."""
        for parcel in parcels:
            check(parcel, self.max_size)
        if self._at_once:
            parcels = [replace(parcel, run_at=None) for parcel in parcels]
        ids = self._store.put(parcels, self._clock().now, within)
        if self._at_once:
            self._at_once([id for id in ids if id is not None])
        return ids

    def drain(
        self,
        hire: "Hire",
        *,
        name: str,
        limits: Limits | None = None,
        queues: Collection[str] | None = None,
        tell: Callable[[Settled], None] | None = None,
        beat: "Callable[[Drain], None] | None" = None,
        activity: "Activity | None" = None,
    ) -> "Drain":
        """A drain, not yet started; *name* must be claimed where several could be started."""
        if self.path == MEMORY:
            raise Refused("an outbox in memory has no worker; use work_off()")
        from overseer.outbox.drain import Drain

        return Drain(
            self._store.beside(name),
            hire,
            name=name,
            limits=limits or Limits(lease=self.lease),
            queues=queues,
            clock=self._clock,
            tell=tell,
            beat=beat,
            hooks=self.jobs.hooks,
            activity=activity,
        )

    def work_off(
        self,
        courier: "Courier",
        *,
        limits: Limits | None = None,
        queues: Collection[str] | None = None,
    ) -> int:
        """Deliver all that is due, in this thread, and say how many deliveries were tried."""
        from overseer.outbox.direct import work_off

        limits = limits or Limits(lease=self.lease)
        return work_off(self._store, courier, self._clock, limits, queues, self.jobs.hooks)

    def close(self) -> None:
        """Opened again when it is used again; what is in memory is lost."""
        self._store.close()

    @property
    def lease(self) -> float:
        """Seconds that what a worker holds is kept for it, unless it says that it lives."""
        return self._store.lease
