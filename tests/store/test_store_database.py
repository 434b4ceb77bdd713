"""The state database as a file."""

import sqlite3
from pathlib import Path

import pytest

from overseer.store.database import (
    MIGRATIONS,
    TooNew,
    connect,
    migrate,
    open_database,
    set_aside,
    transaction,
)


def test_it_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.db"

    db = open_database(path)
    db.execute("INSERT INTO settings VALUES ('a', 'b')")

    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert path.parent.stat().st_mode & 0o077 == 0
    db.close()


def test_it_is_opened_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with open_database(path) as db:
        db.execute("INSERT INTO settings VALUES ('a', 'b')")
    db.close()

    db = open_database(path)

    assert db.execute("SELECT value FROM settings").fetchall() == [("b",)]
    db.close()


def test_an_older_one_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    open_database(path).close()
    db = connect(path)

    migrate(db, path, (*MIGRATIONS, "CREATE TABLE more (x); INSERT INTO more VALUES (1)"))

    assert db.execute("SELECT x FROM more").fetchall() == [(1,)]
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    db.close()


def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    open_database(path).close()
    db = connect(path)

    with pytest.raises(sqlite3.OperationalError):
        migrate(db, path, (*MIGRATIONS, "CREATE TABLE more (x); NONSENSE"))

    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    db.close()


def test_one_of_a_newer_overseer_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    db = open_database(path)
    db.execute("PRAGMA user_version=99")
    db.close()

    with pytest.raises(TooNew, match=r"newer overseer .* move the file away"):
        open_database(path)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")

    def twice_the_same() -> None:
        with transaction(db):
            db.execute("INSERT INTO settings VALUES ('a', 'b')")
            db.execute("INSERT INTO settings VALUES ('a', 'c')")

    with pytest.raises(sqlite3.IntegrityError):
        twice_the_same()

    assert db.execute("SELECT * FROM settings").fetchall() == []
    db.close()


def test_what_is_set_aside_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for content in (b"one", b"two"):
        path.write_bytes(content)
        path.with_name("state.db-wal").write_bytes(content)
        set_aside(path)

    kept = sorted(file for file in tmp_path.iterdir() if not file.name.endswith("-wal"))
    assert len(kept) == 2
    assert {file.read_bytes() for file in kept} == {b"one", b"two"}
    assert not path.with_name("state.db-wal").exists()
