"""Rows that go to another queue, or come from one: out of a file, and into it."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from overseer.errors import Refused
from overseer.outbox.claim import claim_name
from overseer.outbox.database import MEMORY, Database
from overseer.outbox.freight import AT_IT, DEAD, MOST_BYTES, QUEUED, SENT, Freight
from overseer.outbox.table import is_known, keep_body, shared_bodies

SHARED = "id, kind, queue, dedupe, message_id, sender, rcpt, attempts, created_at, code"
OPEN = (
    "payload, priority, run_at, body, crashes, max_attempts, expires_at, tried_at, interruptions,"
    " interrupted_at"
)
COLUMNS = {
    QUEUED: ("job", f"{SHARED}, error, NULL, {OPEN}"),
    DEAD: ("dead", f"{SHARED}, error, dead_at, {OPEN}, reason"),
    SENT: ("sent", f"{SHARED}, reply, sent_at"),
}
FIRST = {QUEUED: "WHERE lease_by IS NULL ORDER BY id", DEAD: "ORDER BY id", SENT: "ORDER BY seq"}
NAMES = (
    *("id", "kind", "queue", "dedupe", "message_id", "sender", "rcpt", "attempts", "created_at"),
    *("code", "text", "ended_at", "payload", "priority", "run_at", "body", "crashes"),
    *("max_attempts", "expires_at", "tried_at", "interruptions", "interrupted_at", "reason"),
)
"""Of freight, in the order of the columns."""


class SqliteCargo:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._prefix = database.prefix

    def identity(self) -> str:
        return self._database.write(lambda db: identity(db, self._prefix))

    @contextmanager
    def claim(self) -> Iterator[None]:
        if self._database.name == MEMORY:
            yield
            return
        try:
            claim = claim_name(self._database.name, "move")
        except Refused as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise  # the lock is another user's
            raise Refused(f"{self._database.name}: {AT_IT}") from error
        try:
            yield
        finally:
            claim.release()

    def freight(self, state: str, most: int) -> list[Freight]:
        with self._database.reading() as db:
            return freight(db, self._prefix, state, most)

    def drop(self, ids: Sequence[int]) -> None:
        self._database.write(lambda db: drop(db, self._prefix, ids))

    def unload(self, source: str, rows: Sequence[Freight], now: float) -> int:
        return self._database.write(lambda db: unload(db, self._prefix, source, rows))

    def moved(self, source: str) -> list[int]:
        with self._database.reading() as db:
            return moved(db, self._prefix, source)

    def forget(self, source: str) -> None:
        self._database.write(lambda db: forget(db, self._prefix, source))


def identity(db: sqlite3.Connection, prefix: str) -> str:
    """What this queue, and no other, goes by."""
    values = ("identity", os.urandom(8).hex())
    db.execute(f"INSERT OR IGNORE INTO {prefix}meta VALUES (?, ?)", values)
    row = db.execute(f"SELECT value FROM {prefix}meta WHERE key = 'identity'").fetchone()
    return str(row[0])


def freight(db: sqlite3.Connection, prefix: str, state: str, most: int) -> list[Freight]:
    """The first of those that nobody holds."""
    table, columns = COLUMNS[state]
    shared = f"coalesce((SELECT b.body FROM {prefix}body b WHERE b.id = body_id), body)"
    columns = columns.replace(" body,", f" {shared},")
    found: list[Freight] = []
    size = 0
    with closing(db.cursor()) as cursor:
        query = f"SELECT {columns} FROM {prefix}{table} {FIRST[state]} LIMIT ?"
        for row in cursor.execute(query, (most,)):
            found.append(Freight(state=state, **dict(zip(NAMES, row, strict=False))))
            size += len(found[-1].body)
            if size >= MOST_BYTES:
                break
    return found


def drop(db: sqlite3.Connection, prefix: str, ids: Sequence[int]) -> None:
    """They are elsewhere now. Of what was sent they are among the first that there are."""
    marks = ", ".join("?" * len(ids))
    db.execute(f"DELETE FROM {prefix}job WHERE lease_by IS NULL AND id IN ({marks})", ids)
    db.execute(f"DELETE FROM {prefix}dead WHERE id IN ({marks})", ids)
    first = f"SELECT seq FROM {prefix}sent ORDER BY seq LIMIT {len(ids)}"
    db.execute(f"DELETE FROM {prefix}sent WHERE seq IN ({first}) AND id IN ({marks})", ids)


def moved(db: sqlite3.Connection, prefix: str, source: str) -> list[int]:
    """Ids there of what has come from it, and may not be gone there."""
    rows = db.execute(f"SELECT id FROM {prefix}moved WHERE source = ? ORDER BY id", (source,))
    return [row[0] for row in rows]


def forget(db: sqlite3.Connection, prefix: str, source: str) -> None:
    """All that came from it is gone there."""
    db.execute(f"DELETE FROM {prefix}moved WHERE source = ?", (source,))


def unload(db: sqlite3.Connection, prefix: str, source: str, rows: Sequence[Freight]) -> int:
    """What came before is gone where it came from. How many had their like here already."""
    forget(db, prefix, source)
    keys = [(source, row.id) for row in rows]
    db.executemany(f"INSERT INTO {prefix}moved VALUES (?, ?)", keys)
    ids = iter(new_ids(db, prefix, sum(row.state != QUEUED for row in rows)))
    shared = shared_bodies(row.body for row in rows)
    known = 0
    for row in rows:
        if row.state != QUEUED:
            add(db, prefix, row, next(ids), shared.get(row.body))
        elif row.dedupe is not None and is_known(db, prefix, row.dedupe, row.rcpt):
            known += 1
        else:
            add(db, prefix, row, None, shared.get(row.body))
    return known


def add(
    db: sqlite3.Connection, prefix: str, row: Freight, id: int | None, digest: bytes | None
) -> None:
    table, columns = COLUMNS[row.state]
    pairs = zip(columns.split(", "), NAMES, strict=False)
    values = {column: getattr(row, name) for column, name in pairs if column != "NULL"} | {"id": id}
    if digest:
        values |= {"body": b"", "body_id": keep_body(db, prefix, row.body, digest)}
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    db.execute(f"INSERT INTO {prefix}{table} ({names}) VALUES ({marks})", values)


def new_ids(db: sqlite3.Connection, prefix: str, count: int) -> range:
    """That no row queued here has had, or will have."""
    name = (f"{prefix}job",)
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", name).fetchone()
    if row is None:
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, 0)", name)
    last = row[0] if row else 0
    db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last + count, *name))
    return range(last + 1, last + count + 1)
