"""A queue's file that is another one, or its disk nearly full; a connection to somewhere else."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from overseer.errors import Refused
from overseer.outbox import Outbox, Unavailable
from overseer.outbox.courier import plain
from overseer.outbox.parcel import sent


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


def take_away(path: str, how: str) -> None:
    for end in ("-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)
    if how == "deleted":
        os.unlink(path)
        return
    new = Outbox(f"sqlite:///{path}.new")
    new.counts()
    new.close()
    os.replace(f"{path}.new", path)


@pytest.mark.live
@pytest.mark.field("L10")
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_worker_goes_on_with_the_file_that_is_there(path: str, how: str) -> None:
    outbox = Outbox(f"sqlite:///{path}")
    outbox.put("note")
    drain = outbox.drain(lambda: plain(lambda job: sent()), name="w")
    drain.start()
    wait(lambda: outbox.counts().sent == 1)
    outbox.close()
    take_away(path, how)

    outbox.put("note")

    wait(lambda: outbox.counts().sent == 1)
    assert drain.stop(5)
    outbox.close()


def wait(so: object) -> None:
    import time

    deadline = time.monotonic() + 10
    while not so():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.live
@pytest.mark.field("L11")
@pytest.mark.parametrize(("size", "body"), [("3m", 2_000), ("20m", 300_000)])
def test_a_queue_that_has_filled_its_disk_can_be_emptied(
    tmp_path: Path, size: str, body: int
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    argv = ["mount", "-t", "tmpfs", "-o", f"size={size}", "queue", str(tmp_path)]
    if subprocess.run(argv, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    outbox = Outbox(f"sqlite:///{tmp_path}/mail.db")
    try:
        put = 0
        refused: Unavailable | None = None
        while refused is None:
            message = b"Subject: %d\r\n\r\n" % put + b"x" * body
            try:
                outbox.put_mail(message, "a@b.c", "d@e.f")
                put += 1
            except Unavailable as error:
                refused = error

        assert "kept so that the queue can be emptied" in str(refused)
        assert refused.full
        assert put > 0
        drain = outbox.drain(lambda: plain(lambda job: sent()), name="w")
        drain.start()
        wait(lambda: outbox.counts().sent == put)
        assert drain.stop(5)
    finally:
        outbox.close()
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)
