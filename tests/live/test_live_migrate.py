"""A move that is killed again and again, while an application puts and a worker sends."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from post_office import until

from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import MAIL, Job, Parcel, Verdict, dead, sent

pytestmark = pytest.mark.live

MOVE = """
import sys
from overseer.outbox import Outbox
Outbox(sys.argv[1]).move_to(Outbox(sys.argv[2]), piece=5)
"""
PUT = """
import sys, time
from overseer.outbox import Outbox
outbox, number = Outbox(sys.argv[1]), 0
while True:
    number += 1
    outbox.put_mail(b"", "me@x.org", "due@x.org", message_id=f"<late{number}@x>")
    print(f"<late{number}@x>", flush=True)
    time.sleep(0.01)
"""
WAITING, DONE, REFUSED = 1500, 300, 200
KILLS = 5
PAIRS = [("file", "postgres"), ("postgres", "file"), ("file", "file")]


def parcel(word: str, number: int) -> Parcel:
    id = f"<{word}{number}@x>"
    return Parcel(kind=MAIL, queue=MAIL, rcpt=f"{word}@x.org", message_id=id, body=b"x" * 300)


def fill(outbox: Outbox) -> None:
    outbox.put_all([parcel("done", number) for number in range(DONE)])
    outbox.put_all([parcel("refused", number) for number in range(REFUSED)])
    outbox.work_off(plain(lambda job: sent() if job.rcpt[0] == "d" else dead("no")))
    outbox.put_all([parcel("due", number) for number in range(WAITING)])


@pytest.fixture(params=PAIRS, ids="-to-".join)
def urls(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], tmp_path: Path
) -> tuple[str, str]:
    source, target = request.param
    return url_of(source), url_of(target) if target != source else f"sqlite:///{tmp_path}/b.db"


@contextmanager
def application(url: str) -> Iterator[list[str]]:
    """It has not been told that the queue moves; what it has put is known when it has ended."""
    argv = [sys.executable, "-c", PUT, url]
    put: list[str] = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield put
        finally:
            process.kill()
            put += process.communicate()[0].split()


def test_nothing_is_lost_and_nothing_goes_twice(urls: tuple[str, str]) -> None:
    delivered: list[str] = []

    def deliver(job: Job) -> Verdict:
        delivered.append(job.message_id)
        return sent()

    with closing(Outbox(urls[0])) as source, closing(Outbox(urls[1])) as target:
        fill(source)
        drain = target.drain(lambda: plain(deliver), name="w", limits=Limits(poll=0.01))
        drain.start()
        with application(urls[0]) as put:
            move_with_kills(urls, target)
        assert move(urls).wait() == 0
        until("all", lambda: not target.counts().due and not target.counts().leased)
        assert drain.stop(20)
        expected = {*put, *(f"<due{number}@x>" for number in range(WAITING))}
        assert Counter(delivered) == Counter(expected)
        counts = source.counts()
        assert (counts.due, counts.dead, counts.sent) == (0, 0, 0)
        assert target.counts().dead == REFUSED
        assert target.counts().sent == DONE + len(expected)
        gone = {row.message_id for row in target.rows("sent", 10_000)}
        assert {f"<done{number}@x>" for number in range(DONE)} <= gone


def move(urls: tuple[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", MOVE, *urls])


def move_with_kills(urls: tuple[str, str], target: Outbox) -> None:
    """Each further on, somewhere between two commits; then once to the end."""
    luck = random.Random(7)
    for kill in range(1, KILLS + 1):
        process = move(urls)
        arrived = kill * (WAITING + DONE + REFUSED) // (KILLS + 2)
        until("so many", lambda least=arrived: total(target) >= least)
        time.sleep(luck.uniform(0.0, 0.01))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert move(urls).wait() == 0


def total(outbox: Outbox) -> int:
    counts = outbox.counts()
    return counts.due + counts.leased + counts.sent + counts.dead


def test_a_move_waits_for_a_worker_that_is_at_work(urls: tuple[str, str]) -> None:
    with closing(Outbox(urls[0])) as source, closing(Outbox(urls[1])) as target:
        source.put_all([parcel("due", number) for number in range(40)])
        delivered: list[str] = []

        def deliver(job: Job) -> Verdict:
            delivered.append(job.message_id)
            time.sleep(0.05)
            return sent()

        drain = source.drain(lambda: plain(deliver), name="w")
        drain.start()
        until("some", lambda: len(delivered) > 4)

        assert move(urls).wait() == 0
        assert drain.stop(20)
        target.work_off(plain(deliver))

        assert Counter(delivered) == Counter(f"<due{number}@x>" for number in range(40))
