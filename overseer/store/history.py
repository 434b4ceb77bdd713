"""What happened to whom and when: asked for by people, kept 90 days or 100 MB."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from overseer.store import runs
from overseer.store.database import transaction

KEEP = 90 * 86400.0
"""Seconds."""
MOST = 100 * 2**20
"""Bytes, of the whole database."""
AT_ONCE = 2000
"""Rows deleted in one transaction: the engine waits that long at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the history. *at* is in seconds since the epoch."""

    at: float
    watch: str
    kind: str
    message: str
    by: str = ""


def insert(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    db.executemany(
        "INSERT INTO history (at, watch, kind, message, by) VALUES (?, ?, ?, ?, ?)",
        [(e.at, e.watch, e.kind, e.message, e.by) for e in entries],
    )


def select(
    db: sqlite3.Connection, names: Sequence[str], since: float | None, limit: int
) -> list[Entry]:
    """The last *limit* of them, the oldest first; of every watch where no name is given."""
    places = ", ".join("?" * len(names))
    whose = f"watch IN ({places})" if names else "1"
    rows = db.execute(
        f"SELECT at, watch, kind, message, by FROM history WHERE {whose} AND at >= ?"
        " ORDER BY id DESC LIMIT ?",
        (*names, since or 0.0, limit),
    ).fetchall()
    return [
        Entry(at=at, watch=watch, kind=kind, message=message, by=by)
        for at, watch, kind, message, by in reversed(rows)
    ]


def prune(db: sqlite3.Connection, wall: float, keep: float = KEEP, most: int = MOST) -> int:
    """Forget what is too old, and the oldest while the database is too big; how many rows."""
    with transaction(db):
        gone = runs.prune(db, wall - keep)
        for kept in (runs.KEPT, 1):
            if _size(db) > most:
                runs.prune_output(db, kept)
    while (rows := _delete(db, "at < ?", (wall - keep,))) or (
        _size(db) > most and (rows := _delete(db, "1", ()))
    ):
        gone += rows
    return gone


def _delete(db: sqlite3.Connection, which: str, values: tuple[float, ...]) -> int:
    oldest = f"SELECT id FROM history WHERE {which} ORDER BY id LIMIT {AT_ONCE}"
    with transaction(db):
        return db.execute(f"DELETE FROM history WHERE id IN ({oldest})", values).rowcount


def _size(db: sqlite3.Connection) -> int:
    """Bytes in use: a deleted row makes room for the next, the file itself never shrinks."""
    pages, free, page = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page
