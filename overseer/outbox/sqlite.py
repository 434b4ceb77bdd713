"""The rows in a file of SQLite, or in memory."""

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from overseer.errors import Refused
from overseer.outbox import desk, leasing, pauses, ready, schema, table
from overseer.outbox.database import (
    MEMORY,
    NOT_OURS,
    Database,
    Unavailable,
    found_at,
    open_database,
    shrink,
)
from overseer.outbox.leasing import Bid
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Parcel, Settled
from overseer.outbox.pauses import By, Pause
from overseer.outbox.sight import EVERY, Counts, Deferred, Filter, Row
from overseer.outbox.store import Done, Work
from overseer.units import show_bytes

if TYPE_CHECKING:
    from overseer.outbox.freight import Cargo
    from overseer.outbox.sums import Sign, Stats

LOCK_PATIENCE = 1.0
"""Seconds that another writer may take before a holder of leases calls it trouble."""
MOST_RESERVE, SHARE_RESERVED = 32 * 2**20, 0.05
"""Bytes of a disk, and the share of a small one, that nothing is put into."""
LOOK_EVERY = 0.5
"""Seconds between two looks at what is free, unless much is put."""
ROW = 4096
"""Bytes of a small row in the file, at most."""
LOG = 8 * 2**20
"""Bytes that SQLite's log may have before it is moved into the file."""
MOST_PURGED = 100
"""Rows in one commit of a holder: others are waiting."""


class SqliteStore:
    lease = Limits().lease

    def __init__(self, database: Database) -> None:
        self.database = database
        self.name = database.name
        self.path = database.name
        self._prefix = database.prefix
        self._spare, self._looked_at = 0, 0.0

    def is_there(self) -> bool:
        try:
            return Path(self.path).exists()
        except PermissionError as error:
            raise Refused(f"{self.path}: {error.strerror}; {NOT_OURS}") from error

    def grant(self, role: str) -> None:
        raise Refused(f"{self.name} is a file, and has no roles; write --group GROUP")

    def share(self, group: str) -> None:
        if self.path == MEMORY:
            raise Refused("an outbox in memory is this process's alone")
        from overseer.outbox import sharing

        self.database.close()
        sharing.share(self.path, group)

    def beside(self, name: str) -> "SqliteStore":
        return holder(lambda: open_database(self.path), self._prefix, name, self.path)

    def close(self) -> None:
        self.database.close()

    def version(self) -> object:
        return self.database.version()

    def put(self, parcels: Sequence[Parcel], now: float, within: object = None) -> list[int | None]:
        def put(db: sqlite3.Connection) -> list[int | None]:
            return table.put_all(db, self._prefix, parcels, now)

        if self.name != MEMORY:
            self._keep_reserve(sum(map(len, {parcel.body for parcel in parcels})))
        if within is None or self.name == MEMORY:
            return self.database.write(put)
        check_within(within, self.path)
        assert isinstance(within, sqlite3.Connection)
        schema.create(within, self._prefix)
        return put(within)

    def _keep_reserve(self, size: int) -> None:
        """Looked at again when much has been put since, or some time has gone by."""
        now, size = time.monotonic(), size + ROW
        if now < self._looked_at + LOOK_EVERY and 4 * size < self._spare:
            self._spare -= 4 * size
            return
        try:
            self._spare = keep_reserve(self.path, size)
        except Unavailable:
            with self.database.reading() as db:
                shrink(db)  # its log may have grown, and be empty by now
            self._spare = keep_reserve(self.path, size)
        self._looked_at = now

    def counts(self, now: float) -> Counts:
        with self.database.reading() as db:
            return desk.counts(db, self._prefix, now)

    def rows(self, state: str, limit: int, now: float, wanted: Filter = EVERY) -> list[Row]:
        with self.database.reading() as db:
            return desk.rows(db, self._prefix, state, limit, now=now, wanted=wanted)

    def find(self, id: int, now: float) -> Row | None:
        with self.database.reading() as db:
            return desk.find(db, self._prefix, id, now=now)

    def body(self, id: int) -> bytes | None:
        with self.database.reading() as db:
            return desk.body(db, self._prefix, id)

    def oldest_due(self, now: float, queues: Collection[str] | None = None) -> float | None:
        with self.database.reading() as db:
            return desk.oldest_due(db, self._prefix, now, queues)

    def deferred(self, queues: Collection[str] | None = None) -> Deferred:
        with self.database.reading() as db:
            return desk.deferred(db, self._prefix, queues)

    def dead_count(self, queues: Collection[str] | None = None) -> int:
        with self.database.reading() as db:
            return desk.dead_count(db, self._prefix, queues)

    def stats(self, now: float) -> "Stats":
        from overseer.outbox import census

        with self.database.reading() as db:
            return census.stats(db, self._prefix, now)

    def workers(self, now: float) -> "list[Sign]":
        from overseer.outbox import census

        return census.workers(Path(self.path), os.uname().nodename, now)

    def dead_ids(self, after: int, most: int) -> list[int]:
        with self.database.reading() as db:
            return desk.dead_ids(db, self._prefix, after, most)

    def retry(self, ids: Sequence[int], now: float) -> int:
        return self.database.write(lambda db: desk.retry(db, self._prefix, ids, now=now))

    def discard(self, ids: Sequence[int]) -> int:
        return self.database.write(lambda db: desk.discard(db, self._prefix, ids))

    def count_ended(self, state: str, before: float) -> int:
        with self.database.reading() as db:
            return desk.count_ended(db, self._prefix, state, before)

    def purge(self, state: str, before: float) -> int:
        return self.database.write(lambda db: desk.purge(db, self._prefix, state, before))

    def pause(self, queue: str, reason: str, now: float) -> None:
        self.database.write(lambda db: pauses.pause(db, self._prefix, queue, reason, now=now))

    def resume(self, queue: str) -> bool:
        return self.database.write(lambda db: pauses.resume(db, self._prefix, queue))

    def pauses(self) -> list[Pause]:
        with self.database.reading() as db:
            return pauses.pauses(db, self._prefix)

    def reclaim(
        self, owner: str, at: Moment, limits: Limits, luck: Luck, holding: Collection[int]
    ) -> list[Settled]:
        return self.database.write(
            lambda db: leasing.reclaim(
                db, self._prefix, owner, at, limits, holding=holding, luck=luck
            )
        )

    def next_due(self, queues: Collection[str] | None, now: float) -> float | None:
        with self.database.reading() as db:
            return ready.next_due(db, self._prefix, queues, now)

    def has_run_out(self, owner: str, at: Moment, limits: Limits) -> bool:
        with self.database.reading() as db:
            return leasing.has_run_out(db, self._prefix, owner, at)

    def turn(self, work: Work) -> Done:
        return self.database.write(lambda db: take_turn(db, self._prefix, work))

    def hold(self, pause: Pause) -> None:
        self.database.write(lambda db: pauses.write(db, self._prefix, pause))

    def lift(self, queue: str, by: By) -> None:
        self.database.write(lambda db: pauses.lift(db, self._prefix, queue, by))

    def cargo(self) -> "Cargo":
        from overseer.outbox.loading import SqliteCargo

        return SqliteCargo(self.database)

    def leave(self, owner: str) -> None: ...


def holder(
    connect: Callable[[], sqlite3.Connection], prefix: str, name: str, path: str | None = None
) -> SqliteStore:
    """With a connection of its own, for one drain."""
    return SqliteStore(
        Database(connect, prefix, name=name, patience=LOCK_PATIENCE, path=path, holds_leases=True)
    )


def check_within(within: object, path: str) -> None:
    """Refused for a connection by which nothing would come into this queue, or in pieces."""
    if not isinstance(within, sqlite3.Connection):
        raise Refused(f"within: a {type(within).__name__} is no connection of sqlite3")
    cursor = within.cursor()
    cursor.row_factory = None  # an application's connection may have one of its own
    file = next(row[2] for row in cursor.execute("PRAGMA database_list") if row[1] == "main")
    if not file or not is_same_file(file, path):
        raise Refused(
            f"within: the connection is to {file or 'a database in memory'}, and the queue is"
            f" {path}; put without within, or keep the queue in the application's own file"
        )
    if within.isolation_level is None and not within.in_transaction:
        raise Refused("within: the connection commits by itself; begin a transaction first")


def is_same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def keep_reserve(path: str, added: int) -> int:
    """Bytes that are left beyond it.

    Raises Unavailable where so many bytes more would leave too little room to empty the queue:
    what is sent has to be recorded, and what is in the log to be moved into the file."""
    try:
        disk = os.statvfs(os.path.dirname(os.path.abspath(path)))
    except OSError:
        return 0  # its folder is missing, which opening it says better
    free = disk.f_bavail * disk.f_frsize
    size = disk.f_blocks * disk.f_frsize
    reserve = int(min(MOST_RESERVE, max(size * SHARE_RESERVED, min(LOG, size / 4))))
    logged = found_at(f"{path}-wal")
    spare = free - reserve - 2 * added - (logged.st_size if logged else 0)
    if spare < 0:
        raise Unavailable(
            f"{path}: the disk is full but for {show_bytes(free)}, of which"
            f" {show_bytes(reserve)} are kept so that the queue can be emptied; nothing was"
            " changed; free some space and try again",
            full=True,
        )
    return spare


def take_turn(db: sqlite3.Connection, prefix: str, work: Work) -> Done:
    outcomes = [
        table.settle(db, prefix, job, verdict, work.at.now, work.limits, work.luck)
        for job, verdict in work.finished
    ]
    settled = [outcome for outcome in outcomes if outcome]
    renewed = leasing.renew(db, prefix, work.owner, work.renew, work.at, work.limits)
    jobs = []
    if work.room:
        bid = Bid(owner=work.owner, most=work.room, queues=work.queues, free=work.free)
        leased = leasing.lease(db, prefix, bid, work.at, work.limits, work.luck)
        jobs, settled = leased.jobs, settled + leased.buried
    forgotten = 0
    if work.forget is not None:
        forgotten = desk.purge(db, prefix, "sent", work.forget, MOST_PURGED)
    return Done(jobs=jobs, settled=settled, renewed=renewed, forgotten=forgotten)
