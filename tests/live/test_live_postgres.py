"""Several workers on one server: killed, cut off, and the server itself restarted."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import postgres_server
import psycopg
import pytest
from post_office import until

from overseer.errors import Refused
from overseer.outbox import Outbox, Unavailable
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Parcel, sent

pytestmark = pytest.mark.live

WORKER = """
import os, signal, sys, time
from overseer.errors import Refused
from overseer.outbox import Outbox, Unavailable
from overseer.outbox.courier import plain
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import sent
url, log, seconds = sys.argv[1:]
out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def deliver(job):
    os.write(out, f"{job.id}\\n".encode())
    time.sleep(float(seconds))
    return sent()

limits = Limits(lease=1.5)
drain = Outbox(url).drain(lambda: plain(deliver), name="w", limits=limits)
drain.start()
signal.pause()
"""
AHEAD = 8
"""Rows that a worker of four threads holds."""


class Workers:
    def __init__(self, url: str, log: Path) -> None:
        self.outbox = Outbox(url)
        self.log = log
        self.log.touch()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, url: str, seconds: float = 0.002) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-c", WORKER, url, str(self.log), str(seconds)]
        self.running.append(subprocess.Popen(argv))
        return self.running[-1]

    def delivered(self) -> Counter[int]:
        return Counter(int(line) for line in self.log.read_text().split())

    def close(self) -> None:
        for worker in self.running:
            worker.kill()
            worker.wait()
        self.outbox.close()


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def workers(url: str, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(url, tmp_path / "delivered")
    yield made
    made.close()


def test_three_workers_killed_in_turn_lose_nothing_and_repeat_little(
    workers: Workers, url: str
) -> None:
    count, kills = 1500, 4
    workers.outbox.put_all([Parcel(kind="note")] * count)
    for _ in range(3):
        workers.start(url)

    for kill in range(1, kills + 1):
        until("some", lambda n=kill: len(workers.delivered()) >= n * count // (kills + 2))
        victim = workers.running[kill - 1]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        workers.start(url)
    until("all", lambda: workers.outbox.counts().sent == count)

    seen = workers.delivered()
    assert len(seen) == count
    assert sum(seen.values()) - count <= kills * AHEAD


def test_what_a_killed_worker_held_is_done_by_another_and_counted_as_a_crash(
    workers: Workers, url: str
) -> None:
    id = workers.outbox.put("note")
    victim = workers.start(url, seconds=600)
    until("a lease", lambda: workers.outbox.counts().leased == 1)
    until("its delivery", lambda: len(workers.delivered()) == 1)
    victim.kill()
    victim.wait()

    workers.start(url, seconds=600)

    until("another one", lambda: workers.delivered() == {id: 2})
    (row,) = workers.outbox.rows("leased")
    assert (row.crashes, row.attempts) == (1, 0)


def test_a_worker_that_hangs_is_another_machines_business_after_a_lease(
    workers: Workers, url: str
) -> None:
    """Its process is there, and says nothing."""
    id = workers.outbox.put("note")
    hanging = workers.start(url, seconds=600)
    until("its delivery", lambda: len(workers.delivered()) == 1)
    hanging.send_signal(signal.SIGSTOP)

    workers.start(url, seconds=600)

    until("another one", lambda: workers.delivered() == {id: 2})


def test_workers_go_on_when_the_server_comes_back(tmp_path: Path) -> None:
    if reason := postgres_server.lacking():
        pytest.skip(reason)
    with (
        postgres_server.running() as server,
        closing(Workers(server.url, tmp_path / "delivered")) as workers,
    ):
        count = 600
        workers.outbox.put_all([Parcel(kind="note")] * count)
        workers.start(server.url)
        workers.start(server.url)
        until("some", lambda: len(workers.delivered()) > count // 3)

        server.stop("fast")
        server.start()
        until("all", lambda: len(workers.delivered()) == count)
        until("the books", lambda: workers.outbox.counts().sent == count)

        # What they had in hand when it went is theirs when it is back.
        assert workers.delivered().total() == count


def test_what_is_put_within_a_transaction_is_committed_or_rolled_back_with_it(
    workers: Workers, url: str
) -> None:
    with psycopg.connect(url.partition("&schema")[0], row_factory=psycopg.rows.dict_row) as app:
        app.execute("CREATE TEMPORARY TABLE customer (name text)")
        app.commit()
        for word in ("rolled back", "committed"):
            app.execute("INSERT INTO customer VALUES (%s)", (word,))
            workers.outbox.put("note", {"word": word}, within=app)
            app.execute("SELECT * FROM customer")  # its own tables are still found
            app.rollback() if word == "rolled back" else app.commit()

    (row,) = workers.outbox.rows("due")
    assert row.payload == '{"word": "committed"}'


def test_a_child_uses_a_connection_of_its_own(workers: Workers) -> None:
    workers.outbox.put("note")
    pid = os.fork()
    if pid == 0:
        try:
            for _ in range(20):
                workers.outbox.put("note")
            os._exit(0)
        finally:
            os._exit(1)
    for _ in range(20):
        workers.outbox.put("note")
    assert os.waitpid(pid, 0)[1] == 0

    assert workers.outbox.counts().due == 41
    assert workers.outbox.work_off(plain(lambda job: sent())) == 41


def test_tables_of_the_first_schema_are_brought_forward_whole_or_not_at_all(
    url: str, postgres: postgres_server.Server
) -> None:
    from overseer.outbox.postgres import schema

    name = url.rpartition("=")[2]
    with psycopg.connect(postgres.url, autocommit=True) as db:
        schema.ensure(db, name, schema.MIGRATIONS[:1])
        broken = (*schema.MIGRATIONS, "CREATE TABLE outbox_more (id bigint)", "SELECT nonsense")
        with pytest.raises(psycopg.errors.UndefinedColumn):
            schema.ensure(db, name, broken)
        assert schema.versions(db.cursor(), name)[0] == 1

        schema.ensure(db, name, broken[:-1])
        with pytest.raises(Refused, match=f"newer overseer .{len(broken) - 1}, this one knows"):
            schema.ensure(db, name)


def test_a_worker_without_anything_to_do_is_there_all_the_same(workers: Workers, url: str) -> None:
    workers.outbox.counts()
    workers.start(url)
    until("its name", lambda: bool(workers.outbox.workers()))
    last = max(sign.ago for sign in workers.outbox.workers())

    def is_younger() -> bool:
        nonlocal last
        before, last = last, workers.outbox.workers()[0].ago
        return last < before

    until("another sign", is_younger)


def cut_off(server: postgres_server.Server) -> int:
    """End the connections of outboxes, as a restart or a firewall does; how many there were."""
    query = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE application_name = 'overseer mail'"
    )
    with psycopg.connect(server.url, autocommit=True) as db:
        row = db.execute(query).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def own() -> Iterator[postgres_server.Server]:
    """A server whose connections may be cut."""
    if reason := postgres_server.lacking():
        pytest.skip(reason)
    with postgres_server.running() as server:
        yield server


def test_a_connection_that_has_died_between_two_calls_costs_nothing(
    own: postgres_server.Server,
) -> None:
    with closing(Outbox(own.url)) as outbox:
        first = outbox.put("note")
        assert cut_off(own) == 1
        assert outbox.counts().due == 1

        assert cut_off(own) == 1
        second = outbox.put("note")

        assert [row.id for row in outbox.rows("due")] == [first, second]


def test_what_has_begun_is_not_done_again_when_the_connection_dies(
    own: postgres_server.Server,
) -> None:
    """Whether it was committed cannot be known."""
    begun: list[int] = []

    def change(cursor: psycopg.Cursor) -> None:
        begun.append(cursor.execute("SELECT 1").fetchone()[0])
        cut_off(own)
        cursor.execute("SELECT 1")

    with closing(Outbox(own.url)) as outbox:
        outbox.counts()
        with pytest.raises(Unavailable):
            outbox._store._server.write(change)

        assert begun == [1]
        assert outbox.put("note")


def test_a_server_that_stays_away_is_said_to(own: postgres_server.Server) -> None:
    with closing(Outbox(own.url)) as outbox:
        outbox.put("note")
        own.stop()
        for step in (outbox.counts, lambda: outbox.put("note")):
            with pytest.raises(Unavailable, match="postgresql://tester@/postgres"):
                step()
        own.start()

        assert outbox.counts().due == 1


def test_many_may_be_the_first_to_use_a_queue(url: str) -> None:
    together, errors = threading.Barrier(6), []

    def put() -> None:
        with closing(Outbox(url)) as outbox:
            together.wait()
            try:
                outbox.put("note")
            except Exception as error:  # noqa: BLE001 - told below
                errors.append(error)

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    with closing(Outbox(url)) as outbox:
        assert outbox.counts().due == 6
