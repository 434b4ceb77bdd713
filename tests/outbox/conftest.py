"""A queue in memory, a database in a file, and their clock."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from make_believe_queue import PREFIX, Clock, Queue, even

from overseer.outbox.database import Database, open_database
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.schema import create
from overseer.outbox.sqlite import SqliteStore


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Iterator[Queue]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    create(db, PREFIX)
    yield Queue(db, clock)
    db.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "queue.db")


MakeLedger = Callable[..., Ledger]


@pytest.fixture
def database(path: str) -> Iterator[Database]:
    database = Database(lambda: open_database(path), PREFIX, name=path, patience=0.0)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database, clock: Clock) -> MakeLedger:
    def make(owner: str = "a", limits: Limits | None = None) -> Ledger:
        limits = limits or Limits()
        made = Ledger(SqliteStore(database), owner, limits=limits, clock=clock, luck=even)
        made.open()
        return made

    return make
