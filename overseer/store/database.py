"""The state database as a file: opened, made, brought up to date, set aside when it is broken."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import chain, count
from pathlib import Path

from overseer.errors import OverseerError
from overseer.outbox.busy import insist
from overseer.safe_files import make_folder, open_file, remove, rename
from overseer.store import runs

log = logging.getLogger(__name__)

NAME = "state.db"
PATIENCE = 2.0
"""Seconds that the engine waits for another writer: for those who deliver alerts a moment, for a
person with an open transaction once, and then it goes on from memory."""
READERS_PATIENCE = 0.25
CACHE = 512
"""KiB of pages that a connection keeps: statuses are few, and history is only appended to."""
LONGEST_LOG = 16 * 2**20
"""Bytes of write-ahead log that are kept as a file when it is empty again."""

FIRST = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE statuses (name TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    watch TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    by TEXT NOT NULL
);
CREATE INDEX history_by_watch ON history (watch, id);
"""
INCIDENTS = """
ALTER TABLE history ADD COLUMN incident TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN log TEXT NOT NULL DEFAULT '';
CREATE INDEX history_by_incident ON history (incident, id) WHERE incident != '';
CREATE INDEX history_to_look_at ON history (id) WHERE log != '';
"""
EVIDENCE = """
ALTER TABLE history ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
CREATE INDEX history_by_evidence ON history (evidence) WHERE evidence != '';
CREATE INDEX history_with_evidence ON history (watch, id) WHERE evidence != '';
"""
MIGRATIONS: tuple[str, ...] = (FIRST, runs.TABLE, INCIDENTS, EVIDENCE)
"""Script number n leads from schema n to n + 1. Those that have been released stay as they are."""

Prepare = Callable[[sqlite3.Connection], None]
"""Makes the tables of another room where they are missing."""


class TooNew(OverseerError):
    """A later overseer has changed the tables: going on would lose what it keeps there."""


def open_database(
    path: Path, prepare: Sequence[Prepare] = (), patience: float = PATIENCE
) -> sqlite3.Connection:
    """Make it where it is missing, for nobody else to read. Raises TooNew, sqlite3.Error, OSError.

    *patience* is in seconds, of waiting for another writer.
    """
    make_folder(path.parent, 0o700)
    # Before any connection: to close a descriptor of the file would drop the locks of all others.
    if not path.exists():
        make_file(path)
    db = insist(lambda: connect(path, 0.0), patience)
    try:
        migrate(db, path, patience=patience)
        for add_tables in prepare:
            insist(partial(add_tables, db), patience)
    except BaseException:
        db.close()
        raise
    return db


def connect(path: Path, patience: float = READERS_PATIENCE) -> sqlite3.Connection:
    """A connection for one user at a time, from whatever thread; transactions are written out."""
    db = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    db.text_factory = text_of
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        # Checkpoints wait for the disk; the keeper makes them, never the engine.
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute(f"PRAGMA journal_size_limit={LONGEST_LOG}")
        db.execute(f"PRAGMA cache_size=-{CACHE}")
    except BaseException:
        db.close()
        raise
    return db


def select(path: Path, query: str, *values: str) -> list[tuple[str, ...]]:
    """Rows, or none where the database cannot be read; on a disk that is read-only, too."""
    trouble = None
    for how in ("mode=rw", "mode=ro", "immutable=1"):
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?{how}", uri=True)) as db:
                db.text_factory = text_of
                return db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            trouble = error
    log.error("%s cannot be read: %s", path, trouble)
    return []


def salvage(path: Path, query: str) -> list[tuple[str, ...]]:
    """The rows of a damaged database that can still be read."""
    found: list[tuple[str, ...]] = []
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
    ):
        db.text_factory = text_of
        found.extend(db.execute(query))  # it may end in the middle
    return found


def text_of(raw: bytes) -> str:
    """A damaged page may hold any bytes where text was: one value is no reason to read no other."""
    return raw.decode(errors="replace")


def migrate(
    db: sqlite3.Connection,
    path: Path,
    scripts: Sequence[str] = MIGRATIONS,
    patience: float = PATIENCE,
) -> None:
    with transaction(db, patience):
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found > len(scripts):
            raise TooNew(
                f"{path} was written by a newer overseer (schema {found}, this one knows"
                f" {len(scripts)}); install that version again, or move the file away"
            )
        for script in scripts[found:]:
            for statement in script.split(";"):  # executescript would commit on its own
                db.execute(statement)
        db.execute(f"PRAGMA user_version={len(scripts)}")


@contextmanager
def transaction(db: sqlite3.Connection, patience: float = 0.0) -> Iterator[None]:
    """All of it or nothing; the write lock is taken first, within *patience* seconds."""
    insist(lambda: db.execute("BEGIN IMMEDIATE"), patience)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # the disk may have ended it already
            db.execute("ROLLBACK")
        raise


def is_broken(error: BaseException) -> bool:
    """True where the file itself is damaged: no later try can succeed."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def set_aside(path: Path) -> Path:
    """Rename the broken database and its log, so that a new one can be begun. Raises OSError."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (
        f"{path.name}.corrupt-{stamp}{more}" for more in chain(("",), map("-{}".format, count(2)))
    )
    aside = next(p for p in map(path.with_name, names) if not p.exists())
    # The log first: left beside a new database it would be played into it.
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            rename(path.with_name(path.name + suffix), aside.name + suffix)
    rename(path, aside.name)
    return aside


def file_of(path: Path) -> tuple[int, int] | None:
    """Device and inode; None where there is no such file."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def copy_database(db: sqlite3.Connection, path: Path) -> None:
    """All that is in it, for nobody else to read. Raises OSError, sqlite3.Error."""
    with suppress(FileNotFoundError):
        remove(path)
    make_file(path)
    with closing(sqlite3.connect(path)) as copy:
        db.backup(copy)


def make_file(path: Path) -> None:
    """For nobody else to read."""
    os.close(open_file(path, os.O_CREAT | os.O_WRONLY, 0o600))


def sync(path: Path) -> None:
    """Have all that is committed on the disk. Raises OSError."""
    with suppress(FileNotFoundError):
        log_file = open_file(path.with_name(path.name + "-wal"))
        try:
            os.fdatasync(log_file)
        finally:
            os.close(log_file)


def checkpoint(db: sqlite3.Connection) -> bool:
    """Bring the log into the database; True if all of it is. Waits for the disk."""
    _, pages, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return bool(done >= pages)


def log_size(path: Path) -> int:
    """Bytes of the write-ahead log."""
    log_file = path.with_name(path.name + "-wal")
    return log_file.stat().st_size if log_file.exists() else 0
