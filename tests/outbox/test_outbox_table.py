"""What goes in, and how it leaves."""

import pytest
from make_believe_queue import NOON, PREFIX, Queue

from overseer.errors import Refused
from overseer.outbox.desk import find, rows
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import UNTRIED, Fate, Parcel, check, dead, down, retry, sent

LETTER = Parcel(kind="mail", rcpt="ann@example.org", dedupe="welcome 7", body=b"Hello")


def test_what_was_put_is_delivered_as_it_was(queue: Queue) -> None:
    parcel = Parcel(
        kind="mail",
        payload='{"a": 1}',
        queue="slow",
        priority=3,
        sender="me@example.org",
        rcpt="ann@example.org",
        body=b"\x00\xff\r\n",
        message_id="<1@example.org>",
        max_attempts=4,
    )
    id = queue.put(parcel)

    (job,) = queue.lease()

    assert job.id == id
    assert {name: getattr(job, name) for name in ("kind", "payload", "queue", "body", "rcpt")} == {
        "kind": "mail",
        "payload": '{"a": 1}',
        "queue": "slow",
        "body": b"\x00\xff\r\n",
        "rcpt": "ann@example.org",
    }
    assert (job.sender, job.message_id, job.priority) == ("me@example.org", "<1@example.org>", 3)
    assert (job.attempts, job.crashes, job.max_attempts) == (0, 0, 4)


def test_a_delivered_row_goes_and_leaves_a_line_without_its_body(queue: Queue) -> None:
    queue.put(LETTER)
    (job,) = queue.lease()

    outcome = queue.settle(job, sent("2.0.0 queued as 4F", 250))

    assert outcome
    assert outcome.fate is Fate.SENT
    assert queue.ids("job") == []
    (row,) = rows(queue.db, PREFIX, "sent", now=NOON)
    assert (row.code, row.text, row.rcpt) == (250, "2.0.0 queued as 4F", "ann@example.org")
    columns = {column[1] for column in queue.db.execute(f"PRAGMA table_info({PREFIX}sent)")}
    assert not columns & {"body", "payload"}


def test_a_key_is_taken_while_its_like_is_queued_and_after_it_was_sent(queue: Queue) -> None:
    assert queue.put(LETTER)
    assert queue.put(LETTER) is None
    (job,) = queue.lease()
    assert queue.put(LETTER) is None
    queue.settle(job, sent())

    assert queue.put(LETTER) is None
    assert queue.lease() == []


def test_a_key_is_taken_for_one_recipient(queue: Queue) -> None:
    queue.put(LETTER)

    assert queue.put(Parcel(kind="mail", rcpt="bob@example.org", dedupe="welcome 7"))


def test_a_key_is_free_again_when_its_like_is_dead(queue: Queue) -> None:
    queue.put(LETTER)
    queue.settle(queue.lease()[0], dead("no such user", 550))

    assert queue.put(LETTER)


def test_without_a_key_nothing_is_alike(queue: Queue) -> None:
    assert queue.put() != queue.put()


def test_a_failed_attempt_is_tried_again_along_the_curve(queue: Queue) -> None:
    queue.put()
    (job,) = queue.lease()

    outcome = queue.settle(job, retry("greylisted", 450))

    assert outcome
    assert outcome.due == NOON + 6
    queue.clock.advance(5.9)
    assert queue.lease() == []
    queue.clock.advance(0.1)
    (again,) = queue.lease()
    assert (again.attempts, again.tried_at) == (1, NOON)


def test_a_verdict_may_name_the_delay(queue: Queue) -> None:
    queue.put()

    outcome = queue.settle(queue.lease()[0], retry("wait", delay=60))

    assert outcome
    assert outcome.due == NOON + 60


def test_a_refusal_is_kept_whole_among_the_dead_with_code_and_words(queue: Queue) -> None:
    queue.put(LETTER)

    outcome = queue.settle(queue.lease()[0], dead("5.1.1 no such user", 550))

    assert outcome
    assert outcome.fate is Fate.DEAD
    (row,) = rows(queue.db, PREFIX, "dead", now=NOON)
    assert (row.code, row.text, row.reason) == (550, "5.1.1 no such user", "refused")
    assert queue.db.execute(f"SELECT body FROM {PREFIX}dead").fetchone() == (b"Hello",)


def test_the_last_attempt_allowed_ends_among_the_dead(queue: Queue) -> None:
    queue.put(Parcel(kind="note", max_attempts=2))
    queue.settle(queue.lease()[0], retry("no"))
    queue.clock.advance(10)

    outcome = queue.settle(queue.lease()[0], retry("still no"))

    assert outcome
    assert outcome.fate is Fate.DEAD
    assert rows(queue.db, PREFIX, "dead", now=NOON)[0].reason == "2 attempts failed"


def test_failures_of_five_days_are_enough(queue: Queue) -> None:
    queue.put()
    queue.settle(queue.lease()[0], retry("no"))
    queue.clock.advance(5 * 86400)

    outcome = queue.settle(queue.lease()[0], retry("no"))

    assert outcome
    assert outcome.fate is Fate.DEAD
    assert rows(queue.db, PREFIX, "dead", now=NOON)[0].reason == "failed for 5d"


def test_the_days_count_from_the_first_failure_not_from_the_outage_before(queue: Queue) -> None:
    queue.put()
    queue.clock.advance(9 * 86400)

    outcome = queue.settle(queue.lease()[0], retry("greylisted", 450))

    assert outcome
    assert outcome.fate is Fate.RETRY


def test_a_retry_never_lies_beyond_the_expiry(queue: Queue) -> None:
    queue.put(Parcel(kind="note", expires_at=NOON + 3))

    outcome = queue.settle(queue.lease()[0], retry("no"))

    assert outcome
    assert outcome.due == NOON + 3
    queue.clock.advance(3)
    leased = queue.bid()
    assert leased.jobs == []
    assert [settled.fate for settled in leased.buried] == [Fate.DEAD]
    assert rows(queue.db, PREFIX, "dead", now=NOON)[0].reason == "expired"


@pytest.mark.parametrize("verdict", [down("connection refused"), UNTRIED])
def test_what_is_no_fault_of_its_own_costs_no_attempt(queue: Queue, verdict: object) -> None:
    queue.put()
    (job,) = queue.lease()

    queue.settle(job, verdict)  # type: ignore[arg-type]

    queue.clock.advance(2)
    (again,) = queue.lease()
    assert (again.id, again.attempts, again.crashes) == (job.id, 0, 0)


def test_a_long_answer_is_cut(queue: Queue) -> None:
    id = queue.put()
    queue.settle(queue.lease()[0], retry("x" * 100_000))

    row = find(queue.db, PREFIX, id or 0, now=NOON)

    assert row
    assert len(row.text) == 2000


def test_nothing_is_committed_behind_the_callers_back(queue: Queue) -> None:
    queue.db.execute("BEGIN")
    queue.put(LETTER)
    queue.settle(queue.lease()[0], sent())

    queue.db.execute("ROLLBACK")

    assert queue.ids("job") == queue.ids("sent") == []


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel(kind="mail", rcpt="ann@example.org\r\nRCPT TO:<bob@example.org>"),
        Parcel(kind="mail", sender="a\nb"),
        Parcel(kind="mail", run_at=float("nan")),
        Parcel(kind="mail", expires_at=float("inf")),
    ],
)
def test_what_could_never_go_is_refused_at_once(parcel: Parcel) -> None:
    with pytest.raises(Refused):
        check(parcel)


def test_limits_have_the_curve_of_delayed_job_with_a_cap() -> None:
    limits = Limits()

    assert [limits.retry_delay(n, lambda: 0.5) for n in (1, 2, 3, 4, 9)] == [6, 21, 86, 261, 3600]


def test_jitter_stays_within_a_tenth() -> None:
    limits = Limits()

    assert limits.retry_delay(3, lambda: 0.0) == pytest.approx(86 * 0.9)
    assert limits.retry_delay(3, lambda: 1.0) == pytest.approx(86 * 1.1)
