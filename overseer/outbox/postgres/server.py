"""One connection to the server, held by one thread at a time and never carried over a fork."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg import sql

from overseer.errors import Refused
from overseer.outbox.postgres.address import Address
from overseer.outbox.postgres.faults import explained, keeps_connection, unwrapped
from overseer.outbox.postgres.schema import ensure, is_made

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

IDLE = 1.0
"""Seconds after which a connection is tried before it is trusted with anything."""
CALM: dict[str, Any] = {
    "connect_timeout": 10,
    # A peer that is gone without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30000,
    "application_name": "overseer mail",
}
INSERTED = "procrastinate_any_queue_v1"
"""procrastinate's own channel: a trigger tells of each new job there."""
CHANGED = "overseer_outbox"
"""Ours: something that was queued before may go now."""


class Server:
    def __init__(self, address: Address) -> None:
        self.name = address.name
        self.schema = address.schema
        self._conninfo = address.conninfo
        self._lock = threading.RLock()
        self._db: Connection | None = None
        self._pid = os.getpid()
        self._listening = False
        self._opened_times = self._heard = 0
        self._used = 0.0
        os.register_at_fork(after_in_child=self._in_child)

    def read(self, ask: Callable[[Cursor], T]) -> T:
        """Whatever it asks may be asked again."""
        with self._lock, self._explained():
            return self._insist(lambda db: ask(db.cursor()))

    def write(self, change: Callable[[Cursor], T]) -> T:
        """All of *change* or nothing, on the disk when it returns. What fails once it has begun is
        not done again: the commit may have been made, and its answer lost."""
        with self._lock, self._explained(), ExitStack() as stack:
            db = self._insist(lambda db: begin(db, stack))
            return change(db.cursor())

    def within(self, db: psycopg.Connection[Any], change: Callable[[Cursor], T]) -> T:
        """In a transaction of the application's own, which ends it."""
        here = self.read(where)  # and the tables are there
        cursor = db.cursor(row_factory=psycopg.rows.tuple_row)
        with self._explained():
            there = where(cursor)
            if here != there:
                raise Refused(
                    f"within: the connection is to the database {there[0]} of"
                    f" {db.info.host or 'this host'}:{db.info.port}, and the queue is {self.name};"
                    " put without within, or keep the queue in the application's own database"
                )
            before = cursor.execute("SELECT current_setting('search_path')").fetchone()
            cursor.execute("SELECT set_config('search_path', %s, true)", (self.schema,))
            result = change(cursor)
            cursor.execute("SELECT set_config('search_path', %s, true)", before)
            return result

    def is_made(self) -> bool:
        with self.apart() as db:
            return is_made(db.cursor(), self.schema)

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection for this alone, which looks for no tables."""
        with self._explained(), self._connect() as db:
            yield db

    def version(self) -> tuple[int, int]:
        """Another one than before: a job was queued, or may go now."""
        with self._lock, self._explained():
            db = self._opened()
            if not self._listening:
                for channel in (INSERTED, CHANGED):
                    db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                self._listening = True
            own = db.info.backend_pid
            self._heard += sum(note.pid != own for note in db.notifies(timeout=0))
            return self._opened_times, self._heard

    @property
    def opened_times(self) -> int:
        return self._opened_times

    def close(self) -> None:
        with self._lock:
            if self._db and self._pid == os.getpid():
                with suppress(psycopg.Error):
                    self._db.close()
            self._db = None

    def _insist(self, step: Callable[[Connection], T]) -> T:
        """Once more, where the connection had died since it was last used: a server that was
        restarted, a firewall that has forgotten it."""
        db = self._opened()
        try:
            return step(db)
        except psycopg.OperationalError:
            if not db.closed:
                raise
        self.close()
        return step(self._opened())

    def _opened(self) -> Connection:
        now = time.monotonic()
        if self._db and now - self._used > IDLE:
            self._look_after(self._db)
        self._used = now
        if self._db is None:
            self._pid = os.getpid()
            db = self._connect()
            try:
                ensure(db, self.schema)
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            self._db, self._listening = db, False
            self._opened_times += 1
        return self._db

    def _look_after(self, db: Connection) -> None:
        """The server may have been restarted meanwhile: nothing is lost with that connection."""
        try:
            db.execute("SELECT 1")
        except psycopg.OperationalError:
            self.close()

    def _connect(self) -> Connection:
        given = psycopg.conninfo.conninfo_to_dict(self._conninfo)
        calm = {key: value for key, value in CALM.items() if key not in given}
        return psycopg.connect(self._conninfo, autocommit=True, **calm)

    def _prepare(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        db.execute("SELECT set_config('search_path', %s, false)", (self.schema,))
        # What has been put is on the disk, whatever is good enough for others.
        db.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, ConnectorException) as raised:
            error = unwrapped(raised)
            if not isinstance(error, psycopg.Error):
                raise
            if not keeps_connection(error):
                self.close()
            found = explained(self.name, error)
            if found is None:
                raise error from None
            raise found from error

    def _in_child(self) -> None:
        """The parent's connection is left alone: it is not even closed."""
        self._lock = threading.RLock()
        self._db = None


def where(cursor: Cursor) -> tuple[str, float]:
    """Which database, and of which server: it alone began at that moment."""
    query = "SELECT current_database(), extract(epoch FROM pg_postmaster_start_time())::float8"
    row = cursor.execute(query).fetchone()
    assert row is not None
    return row[0], row[1]


def begin(db: Connection, stack: ExitStack) -> Connection:
    """A transaction that ends with *stack*."""
    stack.enter_context(db.transaction())
    return db
