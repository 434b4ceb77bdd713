"""The last lines of a program's log, kept in the history with what they show.

What is to be read, and where it begins, is written in the transaction of the history's line; where
it ends is where the next process begins to write, which is known before it does. So it is the same
whenever it is read, whatever is written meanwhile.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from overseer.alerts.evidence import Excerpt, excerpt
from overseer.alerts.log_reader import LogReader, Want
from overseer.model.log_file import LogMark, LogPiece, ReadLog
from overseer.outbox.database import Database

AT_ONCE = 100
"""Lines of the history whose logs are read in one turn: a thousand watches may have failed."""
SOON = 0.1
"""Seconds to the next turn where there are more."""
AGAIN = 10.0
"""Seconds to the next try with a log whose file system does not answer."""
GIVEN_UP = 600.0
"""Seconds after which it is not tried any more."""
STALE = 60.0
MOST_WAITING = 10_000
KEPT = ("lines_at", "log", "error_line", "note")
"""Facts of a line of the history, beside the lines."""


class Row(NamedTuple):
    """A line of the history whose logs are still to be read."""

    id: int
    at: float
    watch: str
    facts: str
    evidence: str
    marks: tuple[LogMark, ...]


class Exhibits:
    """`expect` is called by the engine's thread before anything else is launched, `will_write` by
    those that launch, `collect` by the clerk's."""

    def __init__(
        self,
        read: ReadLog,
        writes_now: Callable[[str], Sequence[LogMark]],
        secrets: Callable[[str], Sequence[str]],
    ) -> None:
        self._reader = LogReader(read)
        self._writes_now = writes_now
        self._secrets = secrets
        self._lock = threading.Lock()
        self._ends: dict[str, tuple[LogMark, ...] | None] = {}  # by evidence; None: not known yet
        self._all_read = threading.Event()
        self._all_read.set()
        self._open: dict[str, list[str]] = {}  # evidence of each watch whose end is not known

    def expect(self, evidence: str, watch: str) -> None:
        """What is written for *watch* from the next launch on does not belong to *evidence*."""
        with self._lock:
            self._ends[evidence] = None
            self._all_read.clear()
            self._open.setdefault(watch, []).append(evidence)
            while len(self._ends) > MOST_WAITING:
                self._ends.pop(next(iter(self._ends)))

    def will_write(self, watch: str, marks: Sequence[LogMark]) -> None:
        with self._lock:
            for evidence in self._open.pop(watch, ()):
                if evidence in self._ends:
                    self._ends[evidence] = tuple(marks)

    def collect(self, database: Database, now: float) -> float | None:
        """Read what is to be read; when to go on, in seconds since the epoch, None: that was
        all."""
        with database.reading() as db:
            rows = pending(db)
        if not rows:
            return None
        wants = [Want(mark, self._end_of(row, mark)) for row in rows for mark in row.marks]
        pieces = iter(self._reader.read(wants))
        found: dict[int, str] = {}
        for row in rows:
            read = [in_time(next(pieces), mark, now - row.at) for mark in row.marks]
            if all(read) or now - row.at > GIVEN_UP:
                of = [piece for piece in read if piece] or [self._reader.silent(row.marks)]
                shown = excerpt(of, self._secrets(row.watch))
                found[row.id] = with_excerpt(row, shown)
        database.write(lambda db: keep(db, found))
        self._forget([row for row in rows if row.id in found])
        if len(found) < len(rows):
            return now + AGAIN
        return now + SOON if len(rows) == AT_ONCE else None

    def shown(
        self, db: sqlite3.Connection, told: Mapping[str, Any], count: int, now: float
    ) -> Mapping[str, Any]:
        """What is added to the facts of an alert: what was kept of the log, or what it says now."""
        if evidence := told.get("evidence"):
            read, facts = kept(db, evidence)
            if not read:
                return {"lines": [], "note": "its log could not be read yet"}
            known = {name: facts[name] for name in KEPT if name in facts}
            return {**known, "lines": list(facts.get("lines", ()))[-count:]}
        if not told.get("log"):
            return {}
        (piece,) = self._reader.read([Want(LogMark(told["log"]))])
        found = excerpt([piece], self._secrets(told["watch"]), count) if piece else Excerpt()
        return {"lines": found.lines, "lines_at": now, "error_line": found.error_line}

    def _end_of(self, row: Row, mark: LogMark) -> Callable[[], int | None]:
        """Asked before and after the file is read: the next process may begin in between."""

        def end() -> int | None:
            with self._lock:
                known = self._ends.get(row.evidence, ())
            if known is None:
                return None
            if not known:  # of an earlier daemon
                known = tuple(one for one in self._writes_now(row.watch) if one not in row.marks)
            return next((one.at for one in known if one.is_same_file(mark)), None)

        return end

    def _forget(self, rows: Sequence[Row]) -> None:
        with self._lock:
            for row in rows:
                self._ends.pop(row.evidence, None)
                if row.evidence in (others := self._open.get(row.watch, [])):
                    others.remove(row.evidence)
                    if not others:
                        del self._open[row.watch]
            if not self._ends:
                self._all_read.set()

    def wait(self, patience: float) -> bool:
        """Until all that is expected has been read."""
        return self._all_read.wait(patience)


def in_time(piece: LogPiece | None, mark: LogMark, passed: float) -> LogPiece | None:
    """Where it is not known which part of a log is meant, its end is soon that of something
    else."""
    if piece is None or mark.inode or abs(passed) < STALE:
        return piece
    return LogPiece(mark.path, note=f"{mark.path} was not read in time")


def written(marks: Sequence[LogMark]) -> str:
    """What is to be read, for the history's line; "" for nothing."""
    return json.dumps([asdict(one) for one in marks], separators=(",", ":")) if marks else ""


def marks_in(text: str) -> tuple[LogMark, ...]:
    if not text.startswith("["):  # a path, as an earlier version wrote it
        return (LogMark(text),)
    return tuple(LogMark(**one) for one in json.loads(text))


def pending(db: sqlite3.Connection) -> list[Row]:
    found = db.execute(
        "SELECT id, at, watch, facts, evidence, log FROM history WHERE log != ''"
        " ORDER BY id DESC LIMIT ?",
        (AT_ONCE,),
    ).fetchall()
    return [
        Row(id, at, watch, facts, evidence, marks_in(log))
        for id, at, watch, facts, evidence, log in found
    ]


def with_excerpt(row: Row, shown: Excerpt) -> str:
    """The facts of the line as they are kept."""
    told = {
        "lines": shown.lines,
        "lines_at": row.at,
        "log": shown.log,
        "error_line": shown.error_line,
        "note": shown.note,
    }
    known = json.loads(row.facts) if row.facts else {}
    more = {name: value for name, value in told.items() if value}
    return json.dumps({**known, **more}, separators=(",", ":"))


def keep(db: sqlite3.Connection, found: Mapping[int, str]) -> None:
    db.executemany(
        "UPDATE history SET facts = ?, log = '' WHERE id = ?",
        [(text, id) for id, text in found.items()],
    )


def kept(db: sqlite3.Connection, evidence: str) -> tuple[bool, dict[str, Any]]:
    """Whether it has been read, and the facts of its line; of one that is forgotten nothing."""
    row = db.execute(
        "SELECT facts, log FROM history WHERE evidence = ? AND evidence != ''", (evidence,)
    ).fetchone()
    if row is None:
        return True, {}
    return not row[1], json.loads(row[0]) if row[0] else {}
