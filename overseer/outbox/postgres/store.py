"""The rows on a PostgreSQL server."""

from collections.abc import Collection, Sequence

import psycopg

from overseer.errors import Refused
from overseer.outbox.freight import Cargo
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Fate, Job, Parcel, Settled
from overseer.outbox.pauses import By, Pause, operators
from overseer.outbox.postgres import (
    census,
    desk,
    holder,
    leasing,
    loading,
    pausing,
    putting,
    settling,
)
from overseer.outbox.postgres.address import Address
from overseer.outbox.postgres.schema import grant
from overseer.outbox.postgres.server import CHANGED, Cursor, Server
from overseer.outbox.sight import EVERY, Counts, Deferred, Filter, Row
from overseer.outbox.store import Done, Work
from overseer.outbox.sums import Sign, Stats

MOST_PURGED = 100
"""Rows in one commit of a holder."""
STIRS = (Fate.RETRY, Fate.DOWN, Fate.INTERRUPTED, Fate.UNTRIED)
"""What others may have to wait for less long than they think."""


class PostgresStore:
    lease = 30.0
    path = None

    def __init__(self, address: Address) -> None:
        self.name = address.name
        self._address = address
        self._server = Server(address)
        self._watcher = holder.Watcher()
        self._watched = 0
        self._workers: dict[str, int] = {}  # by owner

    def is_there(self) -> bool:
        return self._server.is_made()

    def grant(self, role: str) -> None:
        self._server.write(lambda cursor: grant(cursor, self._address.schema, role))

    def share(self, group: str) -> None:
        raise Refused(f"{self.name} is no file, and has no group; write --grant ROLE")

    def beside(self, name: str) -> "PostgresStore":
        return PostgresStore(self._address)

    def close(self) -> None:
        self._server.close()

    def version(self) -> object:
        return self._server.version()

    def put(self, parcels: Sequence[Parcel], now: float, within: object = None) -> list[int | None]:
        def put(cursor: Cursor) -> list[int | None]:
            return putting.put(cursor, parcels, now)

        if within is None:
            return self._server.write(put)
        if not isinstance(within, psycopg.Connection):
            raise Refused(f"within: a {type(within).__name__} is no connection of psycopg (3)")
        if within.autocommit and within.info.transaction_status.name == "IDLE":
            raise Refused("within: the connection commits by itself; begin a transaction first")
        return self._server.within(within, put)

    def counts(self, now: float) -> Counts:
        return self._server.read(lambda cursor: desk.counts(cursor, now))

    def rows(self, state: str, limit: int, now: float, wanted: Filter = EVERY) -> list[Row]:
        return self._server.read(lambda cursor: desk.rows(cursor, state, limit, now, wanted))

    def find(self, id: int, now: float) -> Row | None:
        return self._server.read(lambda cursor: desk.find(cursor, id, now))

    def body(self, id: int) -> bytes | None:
        return self._server.read(lambda cursor: desk.body(cursor, id))

    def oldest_due(self, now: float, queues: Collection[str] | None = None) -> float | None:
        return self._server.read(lambda cursor: desk.oldest_due(cursor, now, queues))

    def deferred(self, queues: Collection[str] | None = None) -> Deferred:
        return self._server.read(lambda cursor: desk.deferred(cursor, queues))

    def dead_count(self, queues: Collection[str] | None = None) -> int:
        return self._server.read(lambda cursor: desk.dead_count(cursor, queues))

    def stats(self, now: float) -> Stats:
        return self._server.read(lambda cursor: census.stats(cursor, now))

    def workers(self, now: float) -> list[Sign]:
        return self._server.read(census.workers)

    def dead_ids(self, after: int, most: int) -> list[int]:
        return self._server.read(lambda cursor: desk.dead_ids(cursor, after, most))

    def retry(self, ids: Sequence[int], now: float) -> int:
        return self._server.write(lambda cursor: stir(cursor, desk.retry(cursor, ids, now)))

    def discard(self, ids: Sequence[int]) -> int:
        return self._server.write(lambda cursor: desk.discard(cursor, ids))

    def count_ended(self, state: str, before: float) -> int:
        return self._server.read(lambda cursor: desk.count_ended(cursor, state, before))

    def purge(self, state: str, before: float) -> int:
        return self._server.write(lambda cursor: desk.purge(cursor, state, before))

    def pause(self, queue: str, reason: str, now: float) -> None:
        self._server.write(lambda cursor: pausing.write(cursor, operators(queue, reason, now)))

    def resume(self, queue: str) -> bool:
        return bool(self._server.write(lambda cursor: stir(cursor, pausing.resume(cursor, queue))))

    def pauses(self) -> list[Pause]:
        return self._server.read(pausing.pauses)

    def reclaim(
        self, owner: str, at: Moment, limits: Limits, luck: Luck, holding: Collection[int]
    ) -> list[Settled]:
        """What this owner was given by a commit whose answer was lost; and what processes that are
        gone from this machine held."""

        def reclaim(cursor: Cursor) -> list[Settled]:
            worker = self._alive(cursor, owner)
            lost = [j for j in leasing.own(cursor, worker, at.now) if j.id not in holding]
            holder.sweep(cursor)
            return leasing.crash(cursor, lost, at.now, limits, luck) + self._take_over(
                cursor, worker, at, limits, luck
            )

        return self._server.write(reclaim)

    def next_due(self, queues: Collection[str] | None, now: float) -> float | None:
        return self._server.read(lambda cursor: leasing.next_due(cursor, queues, now))

    def has_run_out(self, owner: str, at: Moment, limits: Limits) -> bool:
        def look(cursor: Cursor) -> bool:
            self._alive(cursor, owner)  # one that has nothing to do is there all the same
            return leasing.has_orphans(cursor) or bool(self._dead(cursor, owner, at, limits))

        return self._server.write(look)

    def turn(self, work: Work) -> Done:
        return self._server.write(lambda cursor: self._turn(cursor, work))

    def hold(self, pause: Pause) -> None:
        self._server.write(lambda cursor: pausing.hold(cursor, pause))

    def lift(self, queue: str, by: By) -> None:
        self._server.write(lambda cursor: pausing.lift(cursor, queue, by))

    def cargo(self) -> Cargo:
        return loading.PostgresCargo(self._server)

    def leave(self, owner: str) -> None:
        worker = self._workers.pop(owner, None)
        if worker is not None:
            self._server.write(lambda cursor: holder.leave(cursor, worker))

    def _turn(self, cursor: Cursor, work: Work) -> Done:
        now = work.at.now
        settled = settling.settle(cursor, work.finished, now, work.limits, work.luck)
        stir(cursor, any(outcome.fate in STIRS for outcome in settled))
        renewed: Collection[int] = ()
        jobs: list[Job] = []
        if work.renew or work.room:
            worker = self._alive(cursor, work.owner)
            renewed = leasing.held(cursor, worker, work.renew) if work.renew else ()
            if work.room:
                settled += self._take_over(cursor, worker, work.at, work.limits, work.luck)
                free = work.limits.most_bytes if work.free is None else work.free
                jobs, buried = leasing.lease(
                    cursor, worker, work.room, free, work.queues, now, work.limits
                )
                settled += buried
        forgotten = 0
        if work.forget is not None:
            forgotten = desk.purge(cursor, "sent", work.forget, MOST_PURGED)
        return Done(jobs=jobs, settled=settled, renewed=renewed, forgotten=forgotten)

    def _alive(self, cursor: Cursor, owner: str) -> int:
        """The number of this owner among procrastinate's workers, with a fresh sign of life."""
        worker = self._workers.get(owner)
        if worker is None or not holder.beat(cursor, worker):
            worker = holder.register(cursor, owner)
            self._workers[owner] = worker
        return worker

    def _take_over(
        self, cursor: Cursor, worker: int, at: Moment, limits: Limits, luck: Luck
    ) -> list[Settled]:
        dead = self._watch(cursor, worker, at, limits)
        if not dead and not leasing.has_orphans(cursor):
            return []
        jobs = leasing.orphans(cursor, dead, at.now)
        return leasing.crash(cursor, jobs, at.now, limits, luck)

    def _dead(self, cursor: Cursor, owner: str, at: Moment, limits: Limits) -> list[int]:
        return self._watch(cursor, self._workers.get(owner), at, limits)

    def _watch(self, cursor: Cursor, worker: int | None, at: Moment, limits: Limits) -> list[int]:
        if self._watched != self._server.opened_times:
            self._watcher.forget()
            self._watched = self._server.opened_times
        return self._watcher.dead(cursor, worker, at, limits.lease)


def stir(cursor: Cursor, changed: int) -> int:
    """Wake those who wait, once this is committed."""
    if changed:
        cursor.execute("SELECT pg_notify(%s, current_schema())", (CHANGED,))
    return changed
