"""Runs of what has a schedule, each with its end and what it printed; and those that were not."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from overseer.model.news import News

MOST = 1000
"""Runs that are kept of each watch."""
KEPT = 20
"""Runs of each watch whose output is kept even where the database is too big."""

TABLE = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    watch TEXT NOT NULL,
    at REAL NOT NULL,
    moment REAL,
    by TEXT NOT NULL,
    result TEXT NOT NULL,
    said TEXT NOT NULL,
    code INTEGER,
    signal INTEGER,
    ran_for REAL,
    log_at INTEGER,
    err_at INTEGER,
    output TEXT
);
CREATE INDEX runs_by_watch ON runs (watch, id);
CREATE INDEX runs_unread ON runs (id) WHERE output IS NULL AND log_at IS NOT NULL;
"""
BEYOND = """id NOT IN (SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY watch ORDER BY id DESC) AS nth FROM runs
) WHERE nth <= ?)"""
"""Not one of the last so many of its watch."""
COLUMNS = "watch, at, moment, by, result, said, code, signal, ran_for, log_at, err_at, output"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """*at*, when it ended, and *moment*, the calendar's, in seconds since the epoch. *output* is
    None until somebody has read it in the logs, where it begins at *log_at* and *err_at*."""

    watch: str
    at: float
    moment: float | None
    by: str
    result: str
    said: str
    code: int | None = None
    signal: int | None = None
    ran_for: float | None = None
    log_at: int | None = None
    err_at: int | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A run whose output nobody has read; where it begins in its logs, and where that of the next
    one does."""

    id: int
    watch: str
    log_at: int
    err_at: int | None
    log_until: int | None = None
    err_until: int | None = None


def entry_of(watch: str, at: float, news: News) -> RunEntry | None:
    """What is kept of the news that a run is over, or was never begun."""
    run, exit = news.run, news.exit
    if run is None or news.result is None:
        return None
    return RunEntry(
        watch=watch,
        at=at,
        moment=run.moment,
        by=run.by,
        result=news.result,
        said=news.message,
        code=exit.code if exit else None,
        signal=exit.signal if exit else None,
        ran_for=news.ran_for,
        log_at=run.log_at,
        err_at=run.err_at,
    )


def insert(db: sqlite3.Connection, entries: Sequence[RunEntry]) -> None:
    names = COLUMNS.split(", ")
    places = ", ".join("?" * len(names))
    rows = [tuple(getattr(one, name) for name in names) for one in entries]
    db.executemany(f"INSERT INTO runs ({COLUMNS}) VALUES ({places})", rows)


def select(db: sqlite3.Connection, watch: str, limit: int) -> list[RunEntry]:
    """The last *limit* of them, the oldest first."""
    found = db.execute(
        f"SELECT {COLUMNS} FROM runs WHERE watch = ? ORDER BY id DESC LIMIT ?", (watch, limit)
    )
    names = COLUMNS.split(", ")
    return [RunEntry(**dict(zip(names, row, strict=True))) for row in found][::-1]


def unread(db: sqlite3.Connection) -> list[Unread]:
    rows = db.execute(
        "SELECT id, watch, log_at, err_at FROM runs WHERE output IS NULL AND log_at IS NOT NULL"
    ).fetchall()
    found = [Unread(*row) for row in rows]
    return [_with_its_end(db, one) for one in found]


def _with_its_end(db: sqlite3.Connection, one: Unread) -> Unread:
    following = db.execute(
        "SELECT log_at, err_at FROM runs WHERE watch = ? AND id > ? AND log_at IS NOT NULL"
        " ORDER BY id LIMIT 1",
        (one.watch, one.id),
    ).fetchone()
    log_until, err_until = following or (None, None)
    return replace(one, log_until=log_until, err_until=err_until)


def keep_output(db: sqlite3.Connection, id: int, output: str) -> None:
    db.execute("UPDATE runs SET output = ? WHERE id = ?", (output, id))


def prune(db: sqlite3.Connection, before: float) -> int:
    """Forget those that ended before, and all but the last of each watch; how many rows."""
    return db.execute(f"DELETE FROM runs WHERE at < ? OR {BEYOND}", (before, MOST)).rowcount


def prune_output(db: sqlite3.Connection, kept: int) -> None:
    """Where there is no room: of each watch what its last runs have printed stays."""
    db.execute(f"UPDATE runs SET output = '' WHERE output != '' AND {BEYOND}", (kept,))
