"""The last lines of a program's log, kept in the history beside what they show."""

import json
import sqlite3
from collections.abc import Mapping

from overseer.alerts.evidence import Evidence
from overseer.outbox.database import Database

LINES = 20
AT_ONCE = 20
"""Files that are read in one turn: a thousand watches may have failed."""
SOON = 1.0
"""Seconds to the next turn where there are more."""
STALE = 60.0
"""Seconds after which the end of the log is that of something else."""


def collect(database: Database, evidence: Evidence, now: float) -> float | None:
    """Read what is to be read; when to go on, in seconds since the epoch, None: that was all."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT id, at, log, facts FROM history WHERE log != '' ORDER BY id LIMIT ?", (AT_ONCE,)
        ).fetchall()
    if not rows:
        return None
    found = {
        id: with_lines(facts, evidence.lines(path, LINES) if abs(now - at) < STALE else ())
        for id, at, path, facts in rows
    }
    database.write(lambda db: keep(db, found))
    return now + SOON if len(rows) == AT_ONCE else None


def with_lines(facts: str, lines: tuple[str, ...]) -> str:
    known = json.loads(facts) if facts else {}
    return json.dumps({**known, "lines": lines}, separators=(",", ":")) if lines else facts


def keep(db: sqlite3.Connection, found: Mapping[int, str]) -> None:
    db.executemany(
        "UPDATE history SET facts = ?, log = '' WHERE id = ?",
        [(text, id) for id, text in found.items()],
    )
