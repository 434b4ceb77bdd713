"""A transport that was ready and broke off at one row: the others go, in a file and on a server."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from make_believe_queue import Clock

from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import BAD_IN_A_ROW, Limits
from overseer.outbox.parcel import MAIL, Job, Verdict, dead, interrupted, retry, sent

BAD = "bad@example.com"
KINDS = ["sqlite", "postgres"]


@pytest.fixture(params=KINDS)
def outbox(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], clock: Clock
) -> Iterator[Outbox]:
    made = Outbox(url_of(request.param), clock=clock)
    yield made
    made.close()


def deliver(job: Job) -> Verdict:
    return interrupted("mx: 421 not this one", 421) if job.rcpt == BAD else sent("250 ok", 250)


def work(outbox: Outbox, clock: Clock, seconds: float, step: float = 1.0) -> None:
    limits = Limits(lease=outbox.lease, give_up_after=3600.0)

    def take_a_moment(job: Job) -> Verdict:
        clock.advance(0.01)
        return deliver(job)

    for _ in range(int(seconds / step)):
        outbox.work_off(plain(take_a_moment), limits=limits)
        clock.advance(step)


def put(outbox: Outbox, rcpt: str, **how: object) -> int:
    (id,) = outbox.put_mail(b"Subject: s\r\n\r\n", "app@example.com", rcpt, **how)  # type: ignore[arg-type]
    assert id is not None
    return id


@pytest.mark.field("L1")
@pytest.mark.parametrize("priority", [0, -10], ids=["alike", "urgent"])
def test_one_bad_row_does_not_stop_the_queue(outbox: Outbox, clock: Clock, priority: int) -> None:
    bad = put(outbox, BAD, priority=priority)
    for _ in range(40):
        put(outbox, "ann@example.com")

    work(outbox, clock, 60)

    row = outbox.find(bad)
    assert outbox.counts().sent == 40
    assert row is not None
    assert row.attempts >= 1
    assert outbox.pauses() == []


@pytest.mark.field("L1")
def test_many_bad_ones_in_a_row_do_not_stop_it_for_long(outbox: Outbox, clock: Clock) -> None:
    for _ in range(BAD_IN_A_ROW):
        put(outbox, BAD)
    for _ in range(40):
        put(outbox, "ann@example.com")

    work(outbox, clock, 120)

    assert outbox.counts().sent == 40


@pytest.mark.field("L1")
def test_a_bad_one_dies_like_any_that_fails(outbox: Outbox, clock: Clock) -> None:
    bad = put(outbox, BAD)
    for _ in range(80):
        put(outbox, "ann@example.com")
        work(outbox, clock, 300, step=30)

    row = outbox.find(bad)
    assert row is not None
    assert (row.state, row.text) == ("dead", "mx: 421 not this one")
    assert row.reason.startswith("failed for")


@pytest.mark.field("L1")
def test_what_goes_in_the_same_commit_counts_as_going(outbox: Outbox, clock: Clock) -> None:
    """Each time it is due, so is another, and both are recorded at one moment."""
    bad = put(outbox, BAD)
    for _ in range(80):
        put(outbox, "ann@example.com")
        work(outbox, clock, 400, step=400)

    row = outbox.find(bad)
    assert row is not None
    assert row.state == "dead"


def test_where_none_goes_no_attempt_is_counted(outbox: Outbox, clock: Clock) -> None:
    ids = [put(outbox, BAD) for _ in range(5)]

    work(outbox, clock, 3 * 3600, step=60)

    rows = [outbox.find(id) for id in ids]
    assert [row.attempts for row in rows if row] == [0] * 5
    (pause,) = outbox.pauses()
    assert (pause.queue, pause.reason) == (MAIL, "mx: 421 not this one")


@pytest.mark.field("L14")
def test_a_mail_to_many_is_kept_once_and_goes_with_the_last(outbox: Outbox, clock: Clock) -> None:
    body = b"Subject: s\r\n\r\n" + b"x" * 200_000
    rcpts = [f"{number}@example.com" for number in range(30)]
    ids = outbox.put_mail(body, "app@example.com", *rcpts)
    alone = outbox.put_mail(body, "app@example.com", "one@example.com")
    assert bodies(outbox) == 1

    assert ids[0] is not None
    assert outbox.body(ids[0]) == body
    outbox.discard(*[id for id in ids[:10] if id is not None])
    seen: list[bytes] = []
    outbox.work_off(plain(lambda job: seen.append(job.body) or sent()))

    assert seen == [body] * 21
    assert alone
    assert bodies(outbox) == 0


def bodies(outbox: Outbox) -> int:
    if outbox.path is None:
        return int(outbox._store._server.read(count_there))
    with sqlite3.connect(outbox.path) as db:
        return int(db.execute("SELECT count(*) FROM outbox_body").fetchone()[0])


def count_there(cursor: object) -> int:
    return cursor.execute("SELECT count(*) FROM outbox_body").fetchone()[0]  # type: ignore[attr-defined]


@pytest.mark.field("L14")
def test_a_body_is_still_there_when_its_mail_is_dead_and_sent_again(
    outbox: Outbox, clock: Clock
) -> None:
    body = b"Subject: s\r\n\r\n" + b"x" * 200_000
    (id,) = outbox.put_mail(body, "app@example.com", BAD, max_attempts=1, expires_at=None)
    assert id is not None
    outbox.work_off(plain(lambda job: dead("550 nobody")))

    assert outbox.body(id) == body
    outbox.retry(id)
    seen: list[bytes] = []
    outbox.work_off(plain(lambda job: seen.append(job.body) or sent()))
    assert seen == [body]


@pytest.mark.field("L2")
def test_bytes_held_at_a_time_are_bounded(outbox: Outbox, clock: Clock) -> None:
    large, small = b"x" * 400_000, b"y"
    for _ in range(4):
        outbox.put_mail(large + bytes(_ + 65), "app@example.com", "large@example.com")
    for _ in range(3):
        outbox.put_mail(small, "app@example.com", "small@example.com")
    limits = Limits(lease=outbox.lease, most_bytes=1_000_000, threads=8)
    ledger = Ledger(outbox._store, "a", limits=limits, clock=clock)

    first = ledger.turn().jobs
    done = [(job, sent()) for job in first if len(job.body) > 1000]
    second = ledger.turn(done).jobs

    assert [len(job.body) > 1000 for job in first] == [True, True, False, False, False]
    assert [len(job.body) > 1000 for job in second] == [True, True]


@pytest.mark.field("L2")
def test_one_that_is_larger_than_the_bound_goes_alone(outbox: Outbox, clock: Clock) -> None:
    outbox.put_mail(b"x" * 400_000, "app@example.com", "a@example.com")
    outbox.put_mail(b"z" * 400_000, "app@example.com", "a@example.com")
    limits = Limits(lease=outbox.lease, most_bytes=100_000)
    ledger = Ledger(outbox._store, "a", limits=limits, clock=clock)

    assert len(ledger.turn().jobs) == 1


@pytest.mark.field("L3")
def test_how_long_something_has_been_deferred_is_known(outbox: Outbox, clock: Clock) -> None:
    put(outbox, "ann@example.com")
    put(outbox, "bob@example.com")
    assert outbox.deferred().count == 0
    began = clock.at.now
    for _ in range(25):
        outbox.work_off(plain(lambda job: retry("451 later", 451)))
        clock.advance(60)

    found = outbox.deferred()

    assert (found.count, found.since, found.text) == (2, began, "451 later")
