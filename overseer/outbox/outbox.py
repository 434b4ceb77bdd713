"""The queue as an application sees it: put, and look; what delivers is imported when it is used."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from overseer.errors import Refused
from overseer.outbox.database import MEMORY, PATIENCE
from overseer.outbox.jobs import Jobs
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock, read_clock
from overseer.outbox.parcel import LARGEST_BODY, MAIL, Job, Parcel, Settled, check
from overseer.outbox.pauses import ALL, Pause
from overseer.outbox.places import open_store
from overseer.outbox.sight import Counts, Row
from overseer.outbox.sqlite import SqliteStore

if TYPE_CHECKING:
    from overseer.outbox.courier import Courier, Hire
    from overseer.outbox.drain import Drain

PREFIX = "outbox_"


class Outbox:
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
        self._store = open_store(url, prefix, patience)
        self.name = self._store.name
        self.path = self._store.path  # of its file; None where it is on a server
        self._clock = clock
        self._at_once: Callable[[Sequence[int]], None] | None = None

    @classmethod
    def recording(cls, *, jobs: Jobs | None = None, clock: Clock = read_clock) -> "Outbox":
        """For tests: all in memory, delivered by nobody; look at it with rows()."""
        return cls(f"sqlite:///{MEMORY}", jobs=jobs, clock=clock)

    @classmethod
    def inline(
        cls,
        *,
        jobs: Jobs | None = None,
        deliver: Callable[[Job], None] | None = None,
        clock: Clock = read_clock,
    ) -> "Outbox":
        """For tests and scripts: put() runs the job, and what it raises reaches the caller.

        *deliver* takes mail, and kinds that are no job functions.
        """
        from overseer.outbox.direct import run_at_once, runner

        outbox = cls.recording(jobs=jobs, clock=clock)
        run = runner(outbox.jobs, deliver)
        assert isinstance(outbox._store, SqliteStore)
        database = outbox._store.database
        outbox._at_once = lambda ids: run_at_once(database, run, ids, clock, Limits())
        return outbox

    def put(
        self,
        kind: str,
        payload: Mapping[str, object] | None = None,
        *,
        queue: str | None = None,
        priority: int | None = None,
        run_at: float | None = None,
        dedupe: str | None = None,
        expires_at: float | None = None,
        max_attempts: int | None = None,
        within: sqlite3.Connection | None = None,
    ) -> int | None:
        """The row's id; None: its like is queued or was sent already. Moments are epoch seconds.

        It is on the disk when this returns, and nothing is queued where it raises: Refused for what
        no worker could run, Unavailable for a disk that is full. *within*: see put_all.
        """
        parcel = self.jobs.parcel(kind, payload or {})
        parcel = replace(
            parcel,
            queue=parcel.queue if queue is None else queue,
            priority=parcel.priority if priority is None else priority,
            run_at=run_at,
            dedupe=dedupe,
            expires_at=expires_at,
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
        run_at: float | None = None,
        dedupe: str | None = None,
        expires_at: float | None = None,
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
            run_at=run_at,
            dedupe=dedupe,
            expires_at=expires_at,
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

    def is_there(self) -> bool:
        """Whether somebody has made it; asking does not."""
        return self._store.is_there()

    def grant(self, role: str) -> None:
        """Let another role of the server use it. Raises Refused for a file."""
        self._store.grant(role)

    def share(self, group: str) -> None:
        """Let a unix group use it: folder and file, made where they are missing. Raises Refused
        for what is on a server."""
        self._store.share(group)

    def counts(self) -> Counts:
        return self._store.counts(self._clock().now)

    def rows(self, state: str, limit: int = 100) -> list[Row]:
        """due, waiting, leased, dead or sent. Raises UsageError for another word."""
        return self._store.rows(state, limit, self._clock().now)

    def find(self, id: int) -> Row | None:
        return self._store.find(id, self._clock().now)

    def body(self, id: int) -> bytes | None:
        return self._store.body(id)

    def oldest_due(self) -> float | None:
        """Seconds that the oldest of what is due has waited; None: nothing is due."""
        now = self._clock().now
        due = self._store.oldest_due(now)
        return None if due is None else now - due

    def retry(self, *ids: int) -> int:
        """How many go now: the dead as if new, the waiting at once. No ids: all the dead."""
        return self._store.retry(ids or None, self._clock().now)

    def discard(self, *ids: int) -> int:
        """How many are gone for good: queued and dead ones, not what is leased."""
        return self._store.discard(ids)

    def purge(self, older_than: float) -> int:
        """Forget what was sent more than so many seconds ago."""
        before = self._clock().now - older_than
        total = 0
        while gone := self._store.purge(before):
            total += gone
        return total

    def pause(self, queue: str = ALL, reason: str = "") -> None:
        """Lease nothing from it, in any worker, until it is resumed; putting goes on."""
        self._store.pause(queue, reason, self._clock().now)

    def resume(self, queue: str = ALL) -> bool:
        """Whatever paused it; False: nothing did."""
        return self._store.resume(queue)

    def pauses(self) -> list[Pause]:
        return self._store.pauses()

    def drain(
        self,
        hire: "Hire",
        *,
        name: str,
        limits: Limits | None = None,
        queues: Collection[str] | None = None,
        tell: Callable[[Settled], None] | None = None,
        beat: Callable[[], None] | None = None,
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
        return work_off(self._store, courier, self._clock, limits, queues)

    def close(self) -> None:
        """Opened again when it is used again; what is in memory is lost."""
        self._store.close()

    @property
    def lease(self) -> float:
        """Seconds that what a worker holds is kept for it, unless it says that it lives."""
        return self._store.lease
