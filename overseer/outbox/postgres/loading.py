"""Rows that go to another queue, or come from one: out of a server, and into it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg

from overseer.errors import Refused
from overseer.outbox.freight import AT_IT, DEAD, MOST_BYTES, QUEUED, SENT, Freight
from overseer.outbox.loading import NAMES
from overseer.outbox.postgres.putting import defer, keep_bodies, put
from overseer.outbox.postgres.rows import BODY, JOIN, RUN_AT, clean
from overseer.outbox.postgres.server import Cursor, Server

OPEN = (
    "id, j.task_name, j.queue_name, p.dedupe, p.message_id, p.sender, p.rcpt, p.attempts,"
    " p.created_at, p.code, p.error, p.dead_at, p.payload, -j.priority, "
    f"{RUN_AT}, {BODY}, p.crashes, p.max_attempts, p.expires_at, p.tried_at, p.interruptions,"
    " p.interrupted_at, p.reason"
)
ENDED = (
    "id, kind, queue, dedupe, message_id, sender, rcpt, attempts, created_at, code, reply, sent_at"
)
# Of so many the first, as long as those before it are not too large together.
SIZED = """
WITH first AS (
    SELECT id, octet_length({body}) AS size FROM {join} WHERE j.status = '{status}'
    ORDER BY id LIMIT %(most)s
), summed AS (SELECT id, sum(size) OVER (ORDER BY id) - size AS before FROM first)
SELECT {columns} FROM {join} JOIN summed USING (id) WHERE before < %(bytes)s ORDER BY id
"""
FIRST = {
    QUEUED: SIZED.format(join=JOIN, columns=OPEN, body=BODY, status="todo"),
    DEAD: SIZED.format(join=JOIN, columns=OPEN, body=BODY, status="failed"),
    SENT: f"SELECT {ENDED} FROM outbox_sent ORDER BY seq LIMIT %(most)s",
}
NEW_IDS = "SELECT nextval(pg_get_serial_sequence('procrastinate_jobs', 'id'))"


class PostgresCargo:
    def __init__(self, server: Server) -> None:
        self._server = server

    def identity(self) -> str:
        return self._server.write(identity)

    @contextmanager
    def claim(self) -> Iterator[None]:
        """By a connection of its own, which the server forgets with it, soon."""
        key = f"{self._server.schema} move"
        with self._server.apart() as db:
            db.execute("SET lock_timeout = '1s'")
            try:
                db.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (key,))
            except psycopg.errors.LockNotAvailable as error:
                raise Refused(f"{self._server.name}: {AT_IT}") from error
            try:
                yield
            finally:
                with suppress(psycopg.Error):
                    db.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))

    def freight(self, state: str, most: int) -> list[Freight]:
        return self._server.read(lambda cursor: freight(cursor, state, most))

    def drop(self, ids: Sequence[int]) -> None:
        self._server.write(lambda cursor: drop(cursor, ids))

    def unload(self, source: str, rows: Sequence[Freight], now: float) -> int:
        return self._server.write(lambda cursor: unload(cursor, source, rows, now))

    def moved(self, source: str) -> list[int]:
        return self._server.read(lambda cursor: moved(cursor, source))

    def forget(self, source: str) -> None:
        self._server.write(lambda cursor: forget(cursor, source))


def identity(cursor: Cursor) -> str:
    """What this queue, and no other, goes by."""
    query = "INSERT INTO outbox_meta VALUES ('identity', %s) ON CONFLICT (key) DO NOTHING"
    cursor.execute(query, (os.urandom(8).hex(),))
    row = cursor.execute("SELECT value FROM outbox_meta WHERE key = 'identity'").fetchone()
    assert row is not None
    return str(row[0])


def freight(cursor: Cursor, state: str, most: int) -> list[Freight]:
    """The first of those that nobody holds."""
    rows = cursor.execute(FIRST[state], {"most": most, "bytes": MOST_BYTES})
    return [Freight(state=state, **dict(zip(NAMES, row, strict=False))) for row in rows]


def drop(cursor: Cursor, ids: Sequence[int]) -> None:
    """They are elsewhere now."""
    query = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status IN ('todo', 'failed')"
    cursor.execute(query, (list(ids),))
    cursor.execute("DELETE FROM outbox_sent WHERE id = ANY(%s)", (list(ids),))


def moved(cursor: Cursor, source: str) -> list[int]:
    """Ids there of what has come from it, and may not be gone there."""
    rows = cursor.execute("SELECT id FROM outbox_moved WHERE source = %s ORDER BY id", (source,))
    return [row[0] for row in rows]


def forget(cursor: Cursor, source: str) -> None:
    """All that came from it is gone there."""
    cursor.execute("DELETE FROM outbox_moved WHERE source = %s", (source,))


def unload(cursor: Cursor, source: str, rows: Sequence[Freight], now: float) -> int:
    """What came before is gone where it came from. How many had their like here already."""
    forget(cursor, source)
    query = "INSERT INTO outbox_moved SELECT %s, id FROM unnest(%s::bigint[]) AS id"
    cursor.execute(query, (source, [row.id for row in rows]))
    known = add_queued(cursor, [row for row in rows if row.state == QUEUED], now)
    add_dead(cursor, [row for row in rows if row.state == DEAD], now)
    add_sent(cursor, [row for row in rows if row.state == SENT])
    return known


def add_queued(cursor: Cursor, rows: Sequence[Freight], now: float) -> int:
    ids = put(cursor, [row.parcel() for row in rows], now)
    cursor.executemany(
        "UPDATE outbox_parcel SET attempts = %s, crashes = %s, tried_at = %s, code = %s,"
        " error = %s, created_at = %s, interruptions = %s, interrupted_at = %s WHERE id = %s",
        [
            (
                row.attempts,
                row.crashes,
                row.tried_at,
                row.code,
                clean(row.text),
                row.created_at,
                row.interruptions,
                row.interrupted_at,
                id,
            )
            for row, id in zip(rows, ids, strict=True)
            if id is not None
        ],
    )
    return ids.count(None)


def add_dead(cursor: Cursor, rows: Sequence[Freight], now: float) -> None:
    """Their keys claim nothing: what failed may be put again."""
    if not rows:
        return
    parcels = [row.parcel() for row in rows]
    ids = defer(cursor, parcels, now)
    shared = keep_bodies(cursor, parcels)
    cursor.executemany(
        "INSERT INTO outbox_parcel (id, payload, dedupe, message_id, sender, rcpt, body, body_id,"
        " attempts, crashes, max_attempts, expires_at, created_at, tried_at, code, error, dead_at,"
        f" reason) VALUES ({', '.join(['%s'] * 18)})",
        [
            (
                id,
                row.payload,
                row.dedupe,
                row.message_id,
                row.sender,
                row.rcpt,
                b"" if row.body in shared else row.body,
                shared.get(row.body),
                row.attempts,
                row.crashes,
                row.max_attempts,
                row.expires_at,
                row.created_at,
                row.tried_at,
                row.code,
                clean(row.text),
                row.ended_at,
                clean(row.reason),
            )
            for row, id in zip(rows, ids, strict=True)
        ],
    )
    finish = (
        "SELECT procrastinate_finish_job_v1(id, 'failed', false) FROM unnest(%s::bigint[]) AS id"
    )
    cursor.execute(finish, (ids,))


def add_sent(cursor: Cursor, rows: Sequence[Freight]) -> None:
    cursor.executemany(
        f"INSERT INTO outbox_sent ({ENDED}) VALUES (({NEW_IDS}), {', '.join(['%s'] * 11)})",
        [
            (
                row.kind,
                row.queue,
                row.dedupe,
                row.message_id,
                row.sender,
                row.rcpt,
                row.attempts,
                row.created_at,
                row.code,
                clean(row.text),
                row.ended_at,
            )
            for row in rows
        ],
    )
