"""A transport that is down, and an operator who wants quiet."""

from make_believe_queue import NOON, PREFIX, Queue

from overseer.outbox.parcel import Job, Parcel, down, retry, sent
from overseer.outbox.pauses import By, Pause, pause, pauses, resume
from overseer.outbox.ready import next_due


def fill(queue: Queue, count: int, name: str = "default") -> None:
    for _ in range(count):
        queue.put(Parcel(kind="note", queue=name))


def take_down(queue: Queue, jobs: list[Job]) -> Pause:
    queue.clock.advance(0.5)
    for job in jobs:
        queue.settle(job, down("connection refused"))
    (found,) = pauses(queue.db, PREFIX)
    return found


def test_a_fault_of_the_transport_pauses_its_queue_and_no_other(queue: Queue) -> None:
    fill(queue, 1, "mail")
    found = take_down(queue, queue.lease())
    fill(queue, 1, "other")

    assert (found.queue, found.by, found.reason) == ("mail", By.TRANSPORT, "connection refused")
    assert found.until == NOON + 0.5 + 1
    assert [job.queue for job in queue.lease()] == ["other"]


def test_four_threads_that_meet_one_fault_count_it_once(queue: Queue) -> None:
    fill(queue, 4)

    assert take_down(queue, queue.lease()).step == 0


def test_the_pause_doubles_up_to_five_minutes(queue: Queue) -> None:
    fill(queue, 3)
    lengths = []
    for _ in range(11):
        found = take_down(queue, queue.lease())
        assert found.until
        lengths.append(found.until - queue.clock.at.now)
        queue.clock.advance(lengths[-1])

    assert lengths == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert found.since == NOON + 0.5


def test_one_row_goes_to_see_whether_it_is_over(queue: Queue) -> None:
    fill(queue, 5)
    take_down(queue, queue.lease())
    queue.clock.advance(1)

    assert len(queue.lease("a")) == 1
    assert queue.lease("b") == []


def test_a_probe_that_comes_home_opens_the_queue(queue: Queue) -> None:
    fill(queue, 5)
    take_down(queue, queue.lease())
    queue.clock.advance(1)
    (probe,) = queue.lease()

    queue.settle(probe, retry("greylisted", 450))  # an answer is an answer

    assert pauses(queue.db, PREFIX) == []
    assert len(queue.lease()) == 4


def test_a_probe_that_never_comes_home_is_followed_by_another(queue: Queue) -> None:
    fill(queue, 5)
    take_down(queue, queue.lease())
    queue.clock.advance(1)
    queue.lease("a")

    queue.clock.advance(1)

    assert len(queue.lease("b")) == 1


def test_expired_rows_do_not_stand_in_for_a_probe(queue: Queue) -> None:
    fill(queue, 1)
    down_at = queue.lease()
    for _ in range(20):
        queue.put(Parcel(kind="old news", expires_at=NOON + 1))
    fill(queue, 1)
    take_down(queue, down_at)
    queue.db.execute("UPDATE q_job SET run_at = run_at + 1 WHERE id = 1")
    queue.clock.advance(1)

    leased = [queue.bid() for _ in range(4)]

    assert sum(len(each.buried) for each in leased) == 20
    assert [job.id for each in leased for job in each.jobs] == [22]


def test_the_server_may_say_for_how_long(queue: Queue) -> None:
    fill(queue, 1)
    queue.settle(queue.lease()[0], down("slow down", 429, delay=77))

    assert next_due(queue.db, PREFIX, None, NOON) == NOON + 77


def test_a_clock_set_back_does_not_prolong_a_pause(queue: Queue) -> None:
    queue.put(Parcel(kind="note", run_at=NOON - 86400))
    take_down(queue, queue.lease())

    queue.clock.set(-3600)

    assert len(queue.lease()) == 1


def test_an_operators_pause_lasts_until_it_is_lifted(queue: Queue) -> None:
    fill(queue, 2)
    pause(queue.db, PREFIX, "default", "relay is being moved", now=NOON)
    queue.clock.advance(10 * 86400)
    assert queue.lease() == []
    assert next_due(queue.db, PREFIX, None, NOON) is None

    assert resume(queue.db, PREFIX, "default")

    assert len(queue.lease()) == 2
    assert not resume(queue.db, PREFIX, "default")


def test_all_queues_are_paused_at_once(queue: Queue) -> None:
    fill(queue, 1, "a")
    fill(queue, 1, "b")
    pause(queue.db, PREFIX, now=NOON)
    assert queue.lease() == []

    resume(queue.db, PREFIX)

    assert len(queue.lease()) == 2


def test_a_delivery_under_way_does_not_lift_an_operators_pause(queue: Queue) -> None:
    fill(queue, 2)
    (job,) = queue.lease(most=1)
    pause(queue.db, PREFIX, "default", now=NOON)

    queue.settle(job, sent())

    assert queue.lease() == []
