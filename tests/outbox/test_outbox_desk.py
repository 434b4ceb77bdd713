"""What people see of a queue, and what they may do to it."""

import pytest
from make_believe_queue import NOON, PREFIX, Queue

from overseer.errors import Refused, UsageError
from overseer.outbox import desk, schema
from overseer.outbox.parcel import Parcel, dead, retry, sent


@pytest.fixture
def busy(queue: Queue) -> Queue:
    """One row in each state: 1 sent, 2 dead, 3 leased, 4 waiting, 5 due."""
    for n in range(1, 6):
        queue.put(Parcel(kind="note", rcpt=f"{n}@example.org", dedupe=f"key {n}", body=b"Hello"))
        queue.clock.advance(1)
    first, second, _, fourth, _ = queue.lease()
    queue.settle(first, sent("taken", 250))
    queue.settle(second, dead("no", 550))
    queue.settle(fourth, retry("later", 450))
    queue.db.execute(f"UPDATE {PREFIX}job SET lease_by = NULL WHERE id = 5")
    return queue


def test_each_row_is_counted_in_one_state(busy: Queue) -> None:
    counts = desk.counts(busy.db, PREFIX, busy.clock.at.now)

    assert counts == desk.Counts(due=1, waiting=1, leased=1, dead=1, sent=1)


@pytest.mark.parametrize(
    ("state", "id"), [("sent", 1), ("dead", 2), ("leased", 3), ("waiting", 4), ("due", 5)]
)
def test_each_row_is_shown_in_its_state_and_found_by_its_number(
    busy: Queue, state: str, id: int
) -> None:
    now = busy.clock.at.now
    (row,) = desk.rows(busy.db, PREFIX, state, now=now)

    assert (row.id, row.state, row.rcpt) == (id, state, f"{id}@example.org")
    assert desk.find(busy.db, PREFIX, id, now=now) == row


def test_an_unknown_state_is_answered_with_those_there_are(busy: Queue) -> None:
    with pytest.raises(UsageError, match="write due, waiting, leased, dead, sent"):
        desk.rows(busy.db, PREFIX, "lost", now=NOON)


def test_a_body_is_shown_until_it_was_sent(busy: Queue) -> None:
    bodies = [desk.body(busy.db, PREFIX, id) for id in (1, 2, 5, 99)]

    assert bodies == [None, b"Hello", b"Hello", None]


def test_the_oldest_due_may_be_leased(busy: Queue) -> None:
    assert desk.oldest_due(busy.db, PREFIX, busy.clock.at.now) == NOON + 2


def test_nothing_due_has_no_age(queue: Queue) -> None:
    queue.put(Parcel(kind="note", run_at=NOON + 5))

    assert desk.oldest_due(queue.db, PREFIX, NOON) is None


def test_the_dead_go_again_as_if_new(busy: Queue) -> None:
    assert desk.retry(busy.db, PREFIX, [2], now=busy.clock.at.now) == 1

    (job,) = [job for job in busy.lease() if job.id == 2]
    assert (job.attempts, job.crashes, job.tried_at, job.body) == (0, 0, None, b"Hello")
    assert job.token == 2
    assert busy.ids("dead") == []


def test_the_dead_stay_dead_where_their_like_went_since(busy: Queue) -> None:
    busy.put(Parcel(kind="note", rcpt="2@example.org", dedupe="key 2"))
    assert desk.retry(busy.db, PREFIX, [2], now=NOON) == 0
    busy.clock.advance(1)
    for job in busy.lease():
        busy.settle(job, sent())

    assert desk.retry(busy.db, PREFIX, [2], now=NOON) == 0
    assert busy.ids("dead") == [2]


def test_what_waits_can_be_made_to_go_now(busy: Queue) -> None:
    assert desk.retry(busy.db, PREFIX, [4], now=busy.clock.at.now) == 1

    assert 4 in [job.id for job in busy.lease()]


def test_queued_and_dead_rows_can_be_discarded_leased_ones_not(busy: Queue) -> None:
    assert desk.discard(busy.db, PREFIX, [1, 2, 3, 4, 5]) == 3

    assert (busy.ids("job"), busy.ids("dead"), busy.ids("sent")) == ([3], [], [1])


def test_a_number_is_never_used_again(busy: Queue) -> None:
    desk.discard(busy.db, PREFIX, [5])

    assert busy.put() == 6


def test_what_was_sent_long_ago_is_forgotten_piece_by_piece(queue: Queue) -> None:
    for _ in range(5):
        queue.put()
        queue.clock.advance(10)
        queue.settle(queue.lease()[0], sent())

    assert desk.purge(queue.db, PREFIX, "sent", NOON + 35, most=2) == 2
    assert desk.purge(queue.db, PREFIX, "sent", NOON + 35, most=2) == 1
    assert desk.purge(queue.db, PREFIX, "sent", NOON + 35, most=2) == 0
    assert len(queue.ids("sent")) == 2


def test_tables_of_a_newer_version_are_left_alone(queue: Queue) -> None:
    queue.db.execute(f"UPDATE {PREFIX}meta SET value = 99 WHERE key = 'schema'")

    with pytest.raises(Refused, match="newer overseer"):
        schema.create(queue.db, PREFIX)


def test_tables_are_made_once(queue: Queue) -> None:
    queue.put()
    schema.create(queue.db, PREFIX)

    assert queue.ids("job") == [1]


def test_two_queues_share_a_database(queue: Queue) -> None:
    schema.create(queue.db, "other_")
    queue.put()

    assert desk.counts(queue.db, "other_", NOON).due == 0


def test_a_prefix_is_a_plain_word(queue: Queue) -> None:
    with pytest.raises(ValueError, match="only letters"):
        schema.create(queue.db, "x; DROP TABLE q_job; --")
