"""The queue's file: opened, held by one thread at a time, and never carried over a fork."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, TypeVar
from urllib.parse import unquote, urlsplit

from overseer.errors import OverseerError, Refused, UsageError
from overseer.outbox.busy import insist, is_busy
from overseer.outbox.schema import create, is_made
from overseer.units import show_seconds

T = TypeVar("T")
Connect = Callable[[], sqlite3.Connection]

MEMORY = ":memory:"
PATIENCE = 10.0
"""Seconds of tries for the write lock."""
NOT_OURS = "`overseer mail setup --group GROUP` opens it to a group"


class Unavailable(OverseerError):
    """The queue cannot be written or read at the moment: nothing was changed, try again later."""

    exit_code: ClassVar[int] = 75  # EX_TEMPFAIL, which callers of sendmail understand

    def __init__(self, said: str, *, full: bool = False) -> None:
        super().__init__(said)
        self.full = full  # no room is left on its disk


class Replaced(Unavailable):
    """The queue's file was deleted, or another has taken its place: what was leased from it is
    of no meaning in the new one."""


def read_url(url: str) -> str:
    """sqlite:////var/lib/app/mail.db, sqlite:///relative/mail.db. Raises UsageError."""
    parts = urlsplit(url)
    path = unquote(parts.path[1:])
    if parts.scheme != "sqlite" or parts.netloc or not path or parts.query:
        raise UsageError(
            f"{url!r} names no queue; write sqlite:////var/lib/app/mail.db"
            " or postgresql://user@host/database"
        )
    return path


def open_database(path: str) -> sqlite3.Connection:
    """Made where it is missing, for its owner only. Raises sqlite3.Error, OSError."""
    if path != MEMORY and not Path(path).exists():
        make_private(path)
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)

    def prepare() -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            db.execute(f"PRAGMA {pragma}")

    try:
        insist(prepare, PATIENCE)
    except BaseException:
        db.close()
        raise
    return db


def make_private(path: str) -> None:
    with suppress(FileExistsError):
        # Only ever a new file: to close a descriptor of one in use would drop its locks.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def is_full(error: sqlite3.Error) -> bool:
    """Without room for its index of the log the file cannot even be opened."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE


def shrink(db: sqlite3.Connection) -> bool:
    """Move what is in the log into the file, and cut the log: it grows to megabytes before SQLite
    does so by itself, and would take the room that somebody has made on a full disk, to no avail.
    False: others are at it. Raises sqlite3.Error where there is not enough room for it."""
    try:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if is_busy(error):
            return False
        raise
    return not busy


def ensure(db: sqlite3.Connection, prefix: str, patience: float) -> None:
    """Make the tables in a transaction of their own, if they are not there as they should be."""
    if is_made(db, prefix):
        return
    insist(lambda: db.execute("BEGIN IMMEDIATE"), patience)
    create(db, prefix)
    insist(lambda: db.execute("COMMIT"), patience)


class Database:
    """One connection behind one lock; closed before a fork, opened again on either side.

    A connection opened in a child while an inherited one exists holds no locks of its own: the
    next process to close the file deletes the log under it, and with it what was committed.
    """

    def __init__(
        self,
        connect: Connect,
        prefix: str,
        *,
        name: str,
        patience: float = PATIENCE,
        path: str | None = None,
        holds_leases: bool = False,
    ) -> None:
        """*path*: of its file, where *name* is not. *holds_leases*: whoever uses it has to know
        when the file is another one."""
        self.name = name
        self._path = path or name
        self._holds_leases = holds_leases
        self._file: os.stat_result | None = None  # as it was opened
        self.prefix = prefix
        self._connect = connect
        self._patience = patience
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._pid = os.getpid()
        self._forking = False
        self._tight = False  # the disk has been found full
        self._opened_times = 0
        register(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, outside any transaction. Raises Unavailable."""
        with self._lock, self._explained():
            yield self._opened()

    def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """All of *change* or nothing, on the disk when it returns. Raises Unavailable."""
        with self._lock, self._explained():
            db = self._opened()
            if self._tight:
                self._tight = not shrink(db)
            insist(lambda: db.execute("BEGIN IMMEDIATE"), self._patience)
            try:
                result = change(db)
                insist(lambda: db.execute("COMMIT"), self._patience)
            except BaseException:
                with suppress(sqlite3.Error):  # the disk may have ended it already
                    db.execute("ROLLBACK")
                raise
            return result

    def version(self) -> tuple[int, int]:
        """Another one than before: somebody else has committed. Raises Unavailable."""
        with self.reading() as db:
            return self._opened_times, int(db.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            if self._db:
                self._db.close()
            self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._pid != os.getpid():
            self._after_foreign_fork()
        if self._db and self._file and not is_same(self._path, self._file):
            self.close()
            said = f"{self._path}: the file was deleted or replaced; the one that is there is used"
            if self._holds_leases:
                raise Replaced(said)
            import logging  # by those to whom it happens

            logging.getLogger(__name__).warning("%s", said)
        if self._db is None:
            if self._file:
                make_as_before(self._path, self._file)
            db = self._connect()
            try:
                ensure(db, self.prefix, self._patience)
            except BaseException:
                db.close()
                raise
            self._db = db
            self._file = found_at(self._path)
            self._opened_times += 1
        return self._db

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise  # ours to mend
        except sqlite3.Error as error:
            self._tight |= is_full(error)
            if not is_busy(error) and not is_full(error) and self.name != MEMORY:
                self.close()  # a connection opened anew may find what this one lost
            said = f"{self.name}: {explain(error, self._patience)}"
            raise Unavailable(said, full=is_full(error)) from error
        except OSError as error:
            advice = f"; {NOT_OURS}" if isinstance(error, PermissionError) else ""
            said = f"{self.name}: cannot be opened: {error.strerror}{advice}"
            raise Unavailable(said) from error

    def _after_foreign_fork(self) -> None:
        """By C code that asked nobody: what is open cannot be used here, nor another beside it."""
        if self._db and self.name != MEMORY:
            raise Refused(
                f"{self.name}: open since before a fork that Python was not told of; use it only"
                " in the children, or close() it before they are made"
            )
        self._pid = os.getpid()

    def _before_fork(self) -> None:
        self._lock.acquire()
        self._forking = True
        if self._db and self.name != MEMORY:
            self.close()

    def _after_fork(self) -> None:
        if self._forking:
            self._forking = False
            self._lock.release()

    def _in_child(self) -> None:
        prepared, self._forking = self._forking, False
        self._lock = threading.RLock()  # another thread of the parent may have held the old one
        if prepared:
            self._pid = os.getpid()


def found_at(path: str) -> os.stat_result | None:
    """None: nothing is there, as where it is in memory."""
    try:
        return os.stat(path)
    except OSError:
        return None


def is_same(path: str, before: os.stat_result) -> bool:
    now = found_at(path)
    return now is not None and (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino)


def make_as_before(path: str, before: os.stat_result) -> None:
    """Where it is gone: as open to others as it was."""
    if Path(path).exists():
        return
    with suppress(OSError):
        make_private(path)
        os.chown(path, -1, before.st_gid)
        os.chmod(path, before.st_mode & 0o777)


def register(database: Database) -> None:
    """Weakly: the hooks outlive the database."""
    known = weakref.ref(database)

    def call(step: Callable[[Database], None]) -> Callable[[], None]:
        def hook() -> None:
            alive = known()
            if alive is not None:
                step(alive)

        return hook

    os.register_at_fork(
        before=call(Database._before_fork),
        after_in_parent=call(Database._after_fork),
        after_in_child=call(Database._in_child),
    )


def explain(error: sqlite3.Error, patience: float) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if is_full(error):
        return "the disk is full, nothing was changed; free some space and try again"
    if is_busy(error):
        return f"locked by another program for {show_seconds(patience)}; try again"
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"cannot be opened; does its folder exist, and may this user write there? {NOT_OURS}"
    if code == sqlite3.SQLITE_READONLY:
        return f"may not be written by this user; {NOT_OURS}"
    return str(error)
