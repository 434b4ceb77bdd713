"""A queue's file that is another one, or its disk nearly full; a connection to somewhere else."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from queue_places import take_away

from overseer.errors import Refused
from overseer.outbox import Outbox


@pytest.fixture
def outbox(path: str) -> Iterator[Outbox]:
    made = Outbox(f"sqlite:///{path}")
    yield made
    made.close()


@pytest.mark.field("L4")
@pytest.mark.parametrize("place", [":memory:", "", "other.db"])
def test_a_connection_to_another_database_is_refused(
    outbox: Outbox, tmp_path: Path, place: str
) -> None:
    other = sqlite3.connect(str(tmp_path / place) if place.endswith(".db") else place)

    with pytest.raises(Refused, match=r"within: the connection is to .*, and the queue is"):
        outbox.put("note", within=other)
    assert other.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    other.close()


@pytest.mark.field("L4")
def test_a_connection_that_only_attached_the_queue_is_refused(
    outbox: Outbox, path: str, tmp_path: Path
) -> None:
    outbox.counts()
    other = sqlite3.connect(tmp_path / "app.db")
    other.execute("ATTACH ? AS queue", (path,))

    with pytest.raises(Refused, match=r"app\.db"):
        outbox.put("note", within=other)
    other.close()


@pytest.mark.field("L4")
def test_a_connection_that_commits_by_itself_is_refused(outbox: Outbox, path: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(Refused, match="begin a transaction first"):
        outbox.put("note", within=other)

    other.execute("BEGIN")
    assert outbox.put("note", within=other) == 1
    other.execute("COMMIT")
    assert outbox.counts().due == 1
    other.close()


@pytest.mark.field("L4")
def test_a_connection_by_another_name_of_the_same_file_is_taken(
    outbox: Outbox, path: str, tmp_path: Path
) -> None:
    outbox.counts()
    os.symlink(path, tmp_path / "link.db")
    with sqlite3.connect(tmp_path / "link.db") as other:
        outbox.put("note", within=other)

    assert outbox.counts().due == 1


@pytest.mark.live
@pytest.mark.field("L4")
def test_another_database_of_the_server_is_refused(postgres_url: str) -> None:
    outbox = Outbox(postgres_url)
    outbox.counts()
    other = postgres_url.replace("/postgres?", "/template1?").partition("&schema")[0]
    with psycopg.connect(other) as db:
        with pytest.raises(Refused, match="within: the connection is to the database template1"):
            outbox.put("note", within=db)  # type: ignore[arg-type]
        db.rollback()
    with psycopg.connect(postgres_url.partition("&schema")[0]) as db:
        db.execute("SET TIME ZONE 'Asia/Kolkata'")
        outbox.put("note", within=db)  # type: ignore[arg-type]
    assert outbox.counts().due == 1
    outbox.close()


@pytest.mark.field("L10")
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_an_application_goes_on_with_the_file_that_is_there(
    outbox: Outbox, path: str, how: str
) -> None:
    outbox.put("note")
    os.chmod(path, 0o640)
    outbox.close()
    outbox.counts()
    take_away(path, how)

    outbox.put("note")

    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM outbox_job").fetchone() == (1,)
    assert how == "replaced" or os.stat(path).st_mode & 0o777 == 0o640
