"""The file: who may read it, who waits for whom, and what is said when it does not work."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from make_believe_queue import PREFIX

from overseer.errors import Refused, UsageError
from overseer.outbox.database import Database, Unavailable, open_database, read_url


def test_a_url_names_a_file() -> None:
    assert read_url("sqlite:////var/lib/app/mail.db") == "/var/lib/app/mail.db"
    assert read_url("sqlite:///mail%20queue.db") == "mail queue.db"


@pytest.mark.parametrize(
    "url", ["", "mail.db", "sqlite://host/x", "sqlite://", "postgresql://h/x", "sqlite:///x?a=1"]
)
def test_any_other_url_is_answered_with_an_example(url: str) -> None:
    with pytest.raises(UsageError, match=r"write sqlite:////var/lib/app/mail\.db"):
        read_url(url)


def test_the_file_is_its_owners_alone_and_so_is_its_log(database: Database, path: str) -> None:
    database.version()

    for name in (path, f"{path}-wal", f"{path}-shm"):
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o600


def test_every_commit_reaches_the_disk_and_what_is_deleted_is_overwritten(path: str) -> None:
    with closing(open_database(path)) as db:
        found = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]

    assert found == ["wal", 2, 1]


def test_a_lock_that_does_not_go_away_is_named(database: Database, path: str) -> None:
    database.version()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Unavailable, match="locked by another program"):
            database.write(lambda db: None)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "nowhere" / "queue.db")
    database = Database(lambda: open_database(path), PREFIX, name=path)

    with pytest.raises(Unavailable, match=r"nowhere/queue\.db: cannot be opened: No such file"):
        database.version()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(b"a letter to the editor" * 100)
    database = Database(lambda: open_database(str(path)), PREFIX, name=str(path))

    with pytest.raises(Unavailable, match="not a database"):
        database.version()

    assert path.read_bytes() == b"a letter to the editor" * 100


def test_a_change_that_fails_changes_nothing(database: Database) -> None:
    def change(db: sqlite3.Connection) -> None:
        db.execute(f"INSERT INTO {PREFIX}meta VALUES ('half', 1)")
        raise Refused("no")

    with pytest.raises(Refused):
        database.write(change)

    with database.reading() as db:
        assert db.execute(f"SELECT * FROM {PREFIX}meta WHERE key = 'half'").fetchall() == []


def test_the_version_moves_when_another_connection_commits(database: Database, path: str) -> None:
    before = database.version()
    assert database.version() == before
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"INSERT INTO {PREFIX}meta VALUES ('x', 1)")
        other.commit()

    assert database.version() != before


def test_the_version_moves_when_the_file_is_opened_again(database: Database) -> None:
    before = database.version()

    database.close()

    assert database.version() != before


class Stubborn:
    """Fails as a lost disk does, until it is opened anew."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.opened = 0

    def __call__(self) -> sqlite3.Connection:
        self.opened += 1
        return open_database(self.path)


@pytest.fixture
def stubborn(path: str) -> Iterator[tuple[Stubborn, Database]]:
    connect = Stubborn(path)
    database = Database(connect, PREFIX, name=path)
    yield connect, database
    database.close()


def test_after_an_error_of_the_disk_the_file_is_opened_again(
    stubborn: tuple[Stubborn, Database],
) -> None:
    connect, database = stubborn

    def fail(db: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    with pytest.raises(Unavailable, match="disk I/O error"):
        database.write(fail)
    database.version()

    assert connect.opened == 2
