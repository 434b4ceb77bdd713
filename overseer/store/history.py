"""What happened to whom and when: asked for by people, kept 90 days or 100 MB."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from overseer.model.news import News
from overseer.store import runs
from overseer.store.database import PATIENCE, transaction

KEEP = 90 * 86400.0
"""Seconds."""
MOST = 100 * 2**20
"""Bytes, of the whole database."""
AT_ONCE = 2000
"""Rows deleted in one transaction: the engine waits that long at most."""


FOLLOWS = ("moved", "silenced")
"""Do not say how an incident stands: a move from state to state follows from something."""
WORTH = f"max(CASE WHEN kind NOT IN {FOLLOWS} THEN id END)"
COLUMNS = "at, watch, kind, message, by, incident, facts, log, evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the history. *at* is in seconds since the epoch."""

    at: float
    watch: str
    kind: str
    message: str
    by: str = ""
    incident: str = ""  # that it belongs to
    facts: Mapping[str, Any] = field(default_factory=dict)  # what shows it, where something does
    log: str = ""  # whose last lines are still to be kept among the facts
    evidence: str = ""  # by which the alerts that tell of it find them


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An incident, from the first line that belongs to it to the last."""

    incident: str
    watch: str
    began: float
    latest: float
    first: str
    last: str
    entries: int
    error_line: str = ""  # of the last log that was kept


def facts_of(news: News) -> Mapping[str, Any]:
    found = {
        "exit": None if news.exit is None else news.exit.facts(),
        "ran_for_s": news.ran_for,
        "samples": list(news.samples),
        "next": news.next,
    }
    return {name: value for name, value in found.items() if value}


def insert(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    db.executemany(
        f"INSERT INTO history ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                e.at,
                e.watch,
                e.kind,
                e.message,
                e.by,
                e.incident,
                written(e.facts),
                e.log,
                e.evidence,
            )
            for e in entries
        ],
    )


def written(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, separators=(",", ":")) if facts else ""


def select(
    db: sqlite3.Connection,
    names: Sequence[str],
    since: float | None,
    limit: int,
    incident: str = "",
) -> list[Entry]:
    """The last *limit* of them, the oldest first; of every watch where no name is given."""
    whose, values = of_these(names)
    if incident:
        whose, values = f"{whose} AND incident = ? AND incident != ''", (*values, incident)
    rows = db.execute(
        f"SELECT {COLUMNS} FROM history WHERE {whose} AND at >= ? ORDER BY id DESC LIMIT ?",
        (*values, since or 0.0, limit),
    ).fetchall()
    return [read(*row) for row in reversed(rows)]


def read(*row: Any) -> Entry:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Entry(**{**values, "facts": facts_in(values["facts"])})


def facts_in(text: str) -> dict[str, Any]:
    """None where they are damaged: the line itself may still be read."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def last_evidence(db: sqlite3.Connection, watch: str) -> Entry | None:
    """The last line about it with which the end of a log is kept, or will be."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM history WHERE watch = ? AND evidence != ''"
        " ORDER BY id DESC LIMIT 1",
        (watch,),
    ).fetchone()
    return read(*row) if row else None


def error_line(db: sqlite3.Connection, incident: str) -> str:
    """That of the last log which was kept with it."""
    rows = db.execute(
        "SELECT facts FROM history WHERE incident = ? AND incident != '' AND evidence != ''"
        " AND facts LIKE '%\"error_line\":%' ORDER BY id DESC LIMIT 1",
        (incident,),
    ).fetchall()
    return next((str(facts_in(facts).get("error_line", "")) for (facts,) in rows), "")


def stories(
    db: sqlite3.Connection, names: Sequence[str], since: float | None, limit: int
) -> list[Story]:
    """The last *limit* incidents in which something happened since then, the oldest first."""
    whose, values = of_these(names)
    rows = db.execute(
        "SELECT a.incident, a.watch, a.at, z.at, a.message, z.message, entries FROM"
        f" (SELECT min(id) AS first, max(id) AS end, {WORTH} AS last, count(*) AS entries"
        f" FROM history WHERE incident != '' AND {whose} GROUP BY incident)"
        " JOIN history AS a ON a.id = first"
        " JOIN history AS z ON z.id = coalesce(last, end)"
        " WHERE z.at >= ? ORDER BY first DESC LIMIT ?",
        (*values, since or 0.0, limit),
    ).fetchall()
    return [
        Story(
            incident=incident, watch=watch, began=began, latest=latest, first=first, last=last,
            entries=entries, error_line=error_line(db, incident),
        )
        for incident, watch, began, latest, first, last, entries in reversed(rows)
    ]  # fmt: skip


def with_unsaved(known: Iterable[Story], entries: Iterable[Entry]) -> list[Story]:
    """Incidents as they stand with what the disk has not taken yet."""
    found = {one.incident: one for one in known}
    for entry in entries:
        at, said = entry.at, entry.message
        if story := found.get(entry.incident):
            said = said if entry.kind not in FOLLOWS else story.last
            count = story.entries + 1
            found[entry.incident] = replace(story, latest=at, last=said, entries=count)
        else:
            found[entry.incident] = Story(
                incident=entry.incident, watch=entry.watch, began=at, latest=at, first=said,
                last=said, entries=1,
            )  # fmt: skip
    return list(found.values())


def of_these(names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return (f"watch IN ({', '.join('?' * len(names))})", tuple(names)) if names else ("1", ())


def prune(db: sqlite3.Connection, wall: float, keep: float = KEEP, most: int = MOST) -> int:
    """Forget what is too old, and the oldest while the database is too big; how many rows."""
    with transaction(db, PATIENCE):
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
    with transaction(db, PATIENCE):
        return db.execute(f"DELETE FROM history WHERE id IN ({oldest})", values).rowcount


def is_full(db: sqlite3.Connection, most: int) -> bool:
    return _size(db) > most


def _size(db: sqlite3.Connection) -> int:
    """Bytes in use: a deleted row makes room for the next, the file itself never shrinks."""
    pages, free, page = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page
