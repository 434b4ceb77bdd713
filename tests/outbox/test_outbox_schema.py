"""The tables of a file: brought forward step by step, whole or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from make_believe_queue import NOON, PREFIX

from overseer.errors import Refused
from overseer.outbox import Outbox, schema, table
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Parcel, sent

ADDED = "ALTER TABLE {p}job ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"
LATER = (
    *schema.MIGRATIONS,
    f"{ADDED}; CREATE INDEX {{p}}colour ON {{p}}job (colour)",
    "UPDATE {p}job SET colour = 'blue'",
)
"""A list with two steps that nobody has released."""


def version(db: sqlite3.Connection) -> int:
    return schema.version(db, PREFIX)


@pytest.fixture
def old(path: str) -> Iterator[sqlite3.Connection]:
    """Written by schema 1, with a row in it."""
    db = sqlite3.connect(path, isolation_level=None)
    schema.create(db, PREFIX, schema.MIGRATIONS[:1])
    table.put(db, PREFIX, Parcel(kind="note", payload='{"n": 1}'), NOON)
    yield db
    db.close()


def test_a_queue_of_the_first_schema_is_brought_forward_by_its_first_use(
    path: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.create(db, "outbox_", schema.MIGRATIONS[:1])
        table.put(db, "outbox_", Parcel(kind="note"), 0.0)
    with closing(Outbox(f"sqlite:///{path}")) as outbox:
        assert outbox.work_off(plain(lambda job: sent())) == 1

        assert outbox.stats().sent_day == 1
        with outbox._store.database.reading() as db:
            assert schema.version(db, "outbox_") == len(schema.MIGRATIONS)


def test_steps_are_taken_in_order_and_each_once(old: sqlite3.Connection) -> None:
    for _ in range(2):
        schema.create(old, PREFIX, LATER)

    assert version(old) == len(LATER)
    assert old.execute(f"SELECT payload, colour FROM {PREFIX}job").fetchall() == [
        ('{"n": 1}', "blue")
    ]


def test_a_step_that_fails_leaves_everything_as_it_was(old: sqlite3.Connection) -> None:
    broken = (*LATER[:-1], "UPDATE {p}job SET colour = 'blue'; UPDATE {p}nowhere SET x = 1")
    old.execute("BEGIN IMMEDIATE")

    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        schema.create(old, PREFIX, broken)
    old.execute("ROLLBACK")

    assert version(old) == 1
    assert "colour" not in {row[1] for row in old.execute(f"PRAGMA table_info({PREFIX}job)")}


@pytest.mark.live
def test_a_kill_in_the_middle_of_a_step_leaves_everything_as_it_was(
    old: sqlite3.Connection, path: str
) -> None:
    program = f"""
import os, signal, sqlite3
from overseer.outbox import schema
db = sqlite3.connect({path!r}, isolation_level=None)
db.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
db.execute("BEGIN IMMEDIATE")
schema.create(db, {PREFIX!r}, (*schema.MIGRATIONS, {ADDED!r}, "SELECT die()"))
"""

    killed = subprocess.run([sys.executable, "-c", program], env=os.environ, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert version(old) == 1
    schema.create(old, PREFIX, LATER)
    assert version(old) == len(LATER)


def test_what_a_newer_one_wrote_is_refused_and_left_alone(old: sqlite3.Connection) -> None:
    schema.create(old, PREFIX, LATER)

    with pytest.raises(Refused, match=rf"schema {len(LATER)}, this one knows {len(LATER) - 2}"):
        schema.create(old, PREFIX)

    assert version(old) == len(LATER)
