"""The queue with real threads, real forks, and a worker that is killed again and again."""

import ctypes
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from overseer.errors import Refused
from overseer.outbox import Outbox, Parcel
from overseer.outbox.claim import claim_name
from overseer.outbox.courier import plain
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job, Settled, Verdict, dead, down, retry, sent
from overseer.outbox.vitals import Vitals

pytestmark = pytest.mark.live

DEADLINE = 20.0
QUICK = Limits(threads=4, first_pause=0.05, longest_pause=0.1, poll=0.01)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(f"sqlite:///{tmp_path}/queue.db")
    yield made
    made.close()


class Desk:
    """A courier whose every delivery waits until the test lets it go on."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.may_end = threading.Event()
        self.closed = 0

    def deliver(self, job: Job) -> Verdict:
        self.begun.append(job.id)
        assert self.may_end.wait(DEADLINE)
        return sent()

    def rest(self) -> None: ...

    def close(self) -> None:
        self.closed += 1


def test_a_drain_delivers_what_is_there_and_what_comes(outbox: Outbox) -> None:
    outbox.put_mail(b"1", "a@x.org", "b@x.org")
    drain = outbox.drain(lambda: plain(lambda job: sent()), name="w", limits=QUICK)
    drain.start()
    until(lambda: outbox.counts().sent == 1)

    outbox.put_mail(b"2", "a@x.org", "b@x.org")

    until(lambda: outbox.counts().sent == 2)
    assert drain.stop(DEADLINE)
    assert not drain.running


def test_each_verdict_is_told_once_it_is_recorded(outbox: Outbox) -> None:
    told: list[Settled] = []
    verdicts = {"ok": sent("fine", 250), "later": retry("busy", 450), "no": dead("unknown", 550)}
    for name in verdicts:
        outbox.put_mail(b"", "a@x.org", name)
    drain = outbox.drain(
        lambda: plain(lambda job: verdicts[job.rcpt]), name="w", limits=QUICK, tell=told.append
    )
    drain.start()
    until(lambda: len(told) == 3)
    drain.stop(DEADLINE)

    assert {settled.job.rcpt: str(settled.fate) for settled in told} == {
        "ok": "sent",
        "later": "retry",
        "no": "dead",
    }
    counts = outbox.counts()
    assert (counts.sent, counts.waiting, counts.dead) == (1, 1, 1)


def test_what_a_courier_raises_is_an_attempt_that_failed(outbox: Outbox) -> None:
    def stumble(job: Job) -> Verdict:
        raise ValueError("a bug in the courier")

    outbox.put("anything")
    drain = outbox.drain(lambda: plain(stumble), name="w", limits=QUICK)
    drain.start()
    until(lambda: outbox.counts().waiting == 1)
    drain.stop(DEADLINE)

    assert outbox.rows("waiting")[0].text == "ValueError: a bug in the courier"


def test_an_outage_pauses_and_burns_no_attempt(outbox: Outbox) -> None:
    up = threading.Event()
    for _ in range(20):
        outbox.put_mail(b"", "a@x.org", "b@x.org")
    drain = outbox.drain(
        lambda: plain(lambda job: sent() if up.is_set() else down("connection refused")),
        name="w",
        limits=QUICK,
    )
    drain.start()
    until(lambda: any(pause.step >= 2 for pause in outbox.pauses()))

    up.set()

    until(lambda: outbox.counts().sent == 20)
    drain.stop(DEADLINE)
    assert outbox.pauses() == []
    assert {row.attempts for row in outbox.rows("sent")} == {0}


def test_stopping_finishes_what_has_begun_and_gives_the_rest_back(outbox: Outbox) -> None:
    for _ in range(30):
        outbox.put_mail(b"", "a@x.org", "b@x.org")
    desk = Desk()
    drain = outbox.drain(lambda: desk, name="w", limits=QUICK)
    drain.start()
    until(lambda: len(desk.begun) == 4)
    assert not drain.stop(timeout=0.05)

    desk.may_end.set()

    assert drain.stop(DEADLINE)
    counts = outbox.counts()
    assert (counts.sent, counts.due, counts.leased) == (4, 26, 0)
    assert desk.closed == 4
    assert {row.crashes for row in outbox.rows("due")} == {0}


def test_a_resting_courier_is_told_so(outbox: Outbox) -> None:
    rested = threading.Event()

    class Rester(Desk):
        def rest(self) -> None:
            rested.set()

    outbox.put("anything")
    rester = Rester()
    rester.may_end.set()
    limits = Limits(threads=1, poll=0.01, rest_after=0.05)
    drain = outbox.drain(lambda: rester, name="w", limits=limits)
    drain.start()

    assert rested.wait(DEADLINE)
    outbox.put("anything")
    until(lambda: outbox.counts().sent == 2)
    drain.stop(DEADLINE)


def test_a_courier_that_cannot_be_hired_is_an_outage(outbox: Outbox) -> None:
    def hire() -> Desk:
        raise FileNotFoundError("/etc/app/smtp-password")

    outbox.put("anything")
    drain = outbox.drain(hire, name="w", limits=QUICK)
    drain.start()
    until(outbox.pauses)
    drain.stop(DEADLINE)

    assert "smtp-password" in outbox.pauses()[0].reason
    assert outbox.rows("due")[0].attempts == 0


def test_a_drain_waits_for_a_database_that_others_lock_and_says_so(outbox: Outbox) -> None:
    outbox.counts()
    told: list[Settled] = []
    desk = Desk()
    drain = outbox.drain(lambda: desk, name="w", limits=QUICK, tell=told.append)
    outbox.put("anything")
    drain.start()
    until(lambda: desk.begun)
    other = sqlite3.connect(outbox.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    desk.may_end.set()

    until(lambda: "locked by another program" in drain.trouble)
    assert told == []
    other.execute("ROLLBACK")
    other.close()
    until(lambda: told)
    assert drain.trouble == ""
    assert outbox.counts().sent == 1
    assert drain.stop(DEADLINE)


def test_a_heartbeat_is_given_while_the_books_are_kept(outbox: Outbox) -> None:
    beats: SimpleQueue[Vitals] = SimpleQueue()
    drain = outbox.drain(
        lambda: plain(lambda job: sent()),
        name="w",
        limits=QUICK,
        beat=lambda drain: beats.put(drain.vitals()),
    )
    drain.start()

    assert beats.get(timeout=DEADLINE).dead == 0
    drain.stop(DEADLINE)


def in_child(work: Callable[[], object]) -> int:
    """The pid of a child that has exit code 0 once *work* is done."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return pid


def code_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


PASSER_BY = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM outbox_job WHERE kind = 'nothing'")
db.commit()
db.close()
"""


def test_what_a_child_puts_after_a_fork_is_not_lost(outbox: Outbox) -> None:
    """A connection opened beside an inherited one holds no locks: whoever closes the file next
    believes to be the last, and deletes the log with all that the child goes on to put."""
    outbox.put("before")
    has_put, put_it = os.pipe()
    go_on, may_go_on = os.pipe()

    def work() -> None:
        outbox.put("first")
        os.write(put_it, b".")
        os.read(go_on, 1)
        outbox.put("second")

    child = in_child(work)
    os.read(has_put, 1)
    outbox.close()
    subprocess.run([sys.executable, "-c", PASSER_BY, outbox.path], check=True)
    os.write(may_go_on, b".")

    assert code_of(child) == 0
    outbox.put("after")
    assert [row.kind for row in outbox.rows("due")] == ["before", "first", "second", "after"]
    for end in (has_put, put_it, go_on, may_go_on):
        os.close(end)


def test_a_fork_that_python_was_not_told_of_refuses_what_could_be_lost(outbox: Outbox) -> None:
    outbox.put("before")
    pid = ctypes.PyDLL(None).fork()
    if pid == 0:
        code = 1
        try:
            outbox.put("lost")
        except Refused:
            code = 0
        finally:
            os._exit(code)

    assert code_of(pid) == 0
    assert [row.kind for row in outbox.rows("due")] == ["before"]


def test_a_fork_waits_for_a_put_in_another_thread(outbox: Outbox) -> None:
    stop = threading.Event()
    put = 0

    def busy() -> None:
        nonlocal put
        while not stop.is_set():
            outbox.put("parent")
            put += 1

    thread = threading.Thread(target=busy)
    thread.start()
    codes = [code_of(in_child(lambda: outbox.put("child"))) for _ in range(20)]
    stop.set()
    thread.join(DEADLINE)

    assert codes == [0] * 20
    kinds = Counter(row.kind for row in outbox.rows("due", limit=100_000))
    assert kinds == {"parent": put, "child": 20}


def test_many_threads_put_through_one_outbox(outbox: Outbox) -> None:
    def put() -> None:
        for _ in range(50):
            outbox.put("anything")

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)

    assert outbox.counts().due == 400


WORKER = """
import os, signal, sys
from overseer.outbox import Outbox
from overseer.outbox.claim import claim_name
from overseer.outbox.courier import plain
from overseer.outbox.parcel import sent
path, log = sys.argv[1:]
claim = claim_name(path, "w")
out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def deliver(job):
    os.write(out, f"{job.id}\\n".encode())
    return sent()

drain = Outbox(f"sqlite:///{path}").drain(lambda: plain(deliver), name="w")
drain.start()
print("up", flush=True)
signal.pause()
"""


def test_ten_times_killed_a_worker_loses_nothing_and_repeats_little(
    outbox: Outbox, tmp_path: Path
) -> None:
    count, kills = 3000, 10
    outbox.put_all([Parcel(kind="note")] * count)
    log = tmp_path / "delivered"
    log.touch()

    for kill in range(1, kills + 1):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, outbox.path, str(log)], stdout=subprocess.PIPE
        )
        goal = kill * count // (kills + 2)
        until(lambda goal=goal: len(log.read_bytes().splitlines()) >= goal)  # type: ignore[misc]
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    claim_name(outbox.path, "w").release()
    last = outbox.drain(lambda: plain(append_to(log)), name="w", limits=QUICK)
    last.start()
    until(lambda: outbox.counts().sent == count)
    last.stop(DEADLINE)

    seen = Counter(int(line) for line in log.read_text().split())
    assert len(seen) == count
    assert sum(seen.values()) - count <= kills * 2 * Limits().threads


def append_to(log: Path) -> Callable[[Job], Verdict]:
    def deliver(job: Job) -> Verdict:
        with log.open("a") as out:
            out.write(f"{job.id}\n")
        return sent()

    return deliver


def test_a_hook_that_hangs_holds_up_no_delivery(outbox: Outbox) -> None:
    entered, may_end = threading.Event(), threading.Event()

    @outbox.on("dead")
    def hang(settled: Settled) -> None:
        entered.set()
        may_end.wait(DEADLINE)

    outbox.put_mail(b"", "a@x.org", "no")
    drain = outbox.drain(
        lambda: plain(lambda job: dead("unknown") if job.rcpt == "no" else sent()),
        name="w",
        limits=QUICK,
    )
    drain.start()
    assert entered.wait(DEADLINE)

    outbox.put_mail(b"", "a@x.org", "yes")
    until(lambda: outbox.counts().sent == 1)

    assert drain.stop(0.1)
    may_end.set()


def test_what_was_recorded_is_told_before_a_drain_has_ended(outbox: Outbox) -> None:
    told: list[str] = []

    @outbox.on("error")
    def slowly(settled: Settled) -> None:
        time.sleep(0.05)
        told.append(settled.text)

    outbox.put_all([Parcel(kind="note")] * 4)
    drain = outbox.drain(lambda: plain(lambda job: retry("busy")), name="w", limits=QUICK)
    drain.start()
    until(lambda: outbox.counts().waiting == 4)

    assert drain.stop(DEADLINE)
    assert told == ["busy"] * 4


def test_a_hook_that_ends_its_process_doubles_nothing_that_was_recorded(
    outbox: Outbox, tmp_path: Path
) -> None:
    """What it is called after is on its way to the books already."""
    log = tmp_path / "log"
    program = f"""
import os, signal, time
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import sent
outbox = Outbox({f"sqlite:///{outbox.path}"!r})

@outbox.on("after")
def last_words(job, verdict):
    while outbox.counts().sent == 0:
        time.sleep(0.005)
    os.kill(os.getpid(), signal.SIGKILL)

def deliver(job):
    with open({str(log)!r}, "a") as file:
        file.write("delivered\\n")
    return sent()

outbox.drain(lambda: plain(deliver), name="w").start()
signal.pause()
"""
    outbox.put("note")

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9

    assert log.read_text() == "delivered\n"
    assert outbox.counts().sent == 1
