"""What is to be written: all of it in one transaction, kept in memory until the disk takes it."""

import logging
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Judged
from overseer.store import history, runs
from overseer.store.codec import encode
from overseer.store.history import Entry
from overseer.store.runs import RunEntry

log = logging.getLogger("overseer")

MOST_ENTRIES = 10_000
MOST_DRAFTS = 2_000
OF_VALUES = (
    *(sqlite3.InterfaceError, sqlite3.DataError, sqlite3.IntegrityError),
    *(sqlite3.ProgrammingError, sqlite3.NotSupportedError),
)
"""What SQLite says of what it is to write; its other errors are of the disk and the file."""


class Secretary(Protocol):
    """Decides which alerts the news calls for, and writes them where the store's changes go."""

    def prepare(self, db: sqlite3.Connection) -> None:
        """Make its tables where they are missing."""
        ...

    def judge(self, watch: Watch, status: Status, news: News) -> Judged:
        """Never raises, never waits."""
        ...

    def forget(self, name: str) -> Sequence[object]:
        """The watch is gone: likewise drafts."""
        ...

    def write(self, db: sqlite3.Connection, drafts: Sequence[object]) -> None:
        """Inside a transaction, which may fail and be tried again with the same drafts."""
        ...

    def wake(self, renewed: bool) -> None:
        """Drafts have been committed, or lines whose log is to be read; *renewed*: the database
        is another file than before."""
        ...


def is_of_one(error: Exception) -> bool:
    """Of one value, which cannot be written however often that is tried: half a character, too
    large a number, a fault of ours."""
    return isinstance(error, OF_VALUES) or not isinstance(error, sqlite3.Error | OSError)


@dataclass(slots=True)
class Backlog:
    """Bounded: of statuses the newest counts, of history and alerts the oldest give way."""

    statuses: dict[str, Status | None] = field(default_factory=dict)  # None: to be forgotten
    settings: dict[str, str] = field(default_factory=dict)
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=MOST_ENTRIES))
    runs: deque[RunEntry] = field(default_factory=lambda: deque(maxlen=MOST_ENTRIES))
    drafts: deque[object] = field(default_factory=lambda: deque(maxlen=MOST_DRAFTS))

    @property
    def waiting(self) -> int:
        """Rows."""
        return sum(map(len, (self.statuses, self.entries, self.runs, self.drafts)))

    def __len__(self) -> int:
        kept = len(self.statuses) + len(self.settings) + len(self.entries)
        return kept + len(self.runs) + len(self.drafts)

    def write(self, db: sqlite3.Connection, secretary: Secretary | None) -> None:
        gone = [(name,) for name, status in self.statuses.items() if status is None]
        kept = [(name, encode(status)) for name, status in self.statuses.items() if status]
        if kept:
            db.executemany("INSERT OR REPLACE INTO statuses VALUES (?, ?)", kept)
        if gone:
            db.executemany("DELETE FROM statuses WHERE name = ?", gone)
        if self.settings:
            rows = list(self.settings.items())
            db.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
        if self.entries:
            history.insert(db, tuple(self.entries))
        if self.runs:
            runs.insert(db, tuple(self.runs))
        if self.drafts and secretary:
            secretary.write(db, tuple(self.drafts))

    def write_each(self, db: sqlite3.Connection, secretary: Secretary | None) -> None:
        """Inside a transaction: what cannot be written at all is left out, and only that."""
        for one in self._pieces():
            db.execute("SAVEPOINT piece")
            try:
                one.write(db, secretary)
            except Exception as error:
                if not is_of_one(error):
                    raise
                db.execute("ROLLBACK TO piece")
                log.error("left out of the state database, as it cannot be written: %r", error)
            db.execute("RELEASE piece")

    def _pieces(self) -> "Iterator[Backlog]":
        yield from (Backlog(statuses={name: one}) for name, one in self.statuses.items())
        yield from (Backlog(settings={key: one}) for key, one in self.settings.items())
        yield from (Backlog(entries=deque([one])) for one in self.entries)
        yield from (Backlog(runs=deque([one])) for one in self.runs)
        yield from (Backlog(drafts=deque([one])) for one in self.drafts)

    def clear(self) -> None:
        self.statuses.clear()
        self.settings.clear()
        self.entries.clear()
        self.runs.clear()
        self.drafts.clear()
