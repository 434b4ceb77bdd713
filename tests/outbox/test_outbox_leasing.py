"""Who may deliver what, and for how long."""

from make_believe_queue import NOON, PREFIX, Clock, Queue

from overseer.outbox import leasing
from overseer.outbox.desk import rows
from overseer.outbox.parcel import Fate, Parcel, retry, sent
from overseer.outbox.ready import heads, next_due


def put(
    queue: Queue, *, name: str = "default", priority: int = 0, run_at: float | None = None
) -> int:
    id = queue.put(Parcel(kind="note", queue=name, priority=priority, run_at=run_at))
    assert id
    return id


def test_order_is_priority_then_time_then_arrival_across_queues(queue: Queue) -> None:
    late = put(queue, priority=5)
    second = put(queue, name="b", run_at=NOON - 5)
    third = put(queue, name="a")
    fourth = put(queue, name="b")
    first = put(queue, name="z", run_at=NOON - 9)
    urgent = put(queue, name="z", priority=-1)

    assert [job.id for job in queue.lease()] == [urgent, first, second, third, fourth, late]


def test_no_queue_starves_another_of_the_same_priority(queue: Queue) -> None:
    for _ in range(5):
        put(queue, name="a", run_at=NOON - 1)
    old = put(queue, name="b", run_at=NOON - 2)

    assert old in [job.id for job in queue.lease(most=2)]


def test_nothing_goes_before_its_time(queue: Queue) -> None:
    put(queue, run_at=NOON + 60)

    assert queue.lease() == []
    assert next_due(queue.db, PREFIX, None, NOON) == NOON + 60


def test_a_worker_may_serve_some_queues_only(queue: Queue) -> None:
    put(queue, name="a")
    mine = put(queue, name="b")

    assert [job.id for job in queue.bid(queues=("b",)).jobs] == [mine]
    assert next_due(queue.db, PREFIX, ("c",), NOON) is None


def test_what_is_leased_is_leased_once(queue: Queue) -> None:
    put(queue)

    assert len(queue.lease("a")) == 1
    assert queue.lease("b") == queue.lease("a") == []


def work(queue: Queue, rows: int) -> int:
    """Hundreds of steps that SQLite takes to lease what is due beside so many waiting rows."""
    for n in range(rows):
        put(queue, name=f"q{n % 3}", priority=n % 2, run_at=NOON + n // 6)
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    queue.db.set_progress_handler(count, 100)
    queue.lease()
    next_due(queue.db, PREFIX, None, NOON)
    queue.db.set_progress_handler(None, 0)
    return steps


def test_looking_for_work_does_not_wade_through_what_waits(queue: Queue) -> None:
    few = work(queue, 60)

    many = work(queue, 6000)

    assert list(heads(queue.db, PREFIX)) == [(f"q{n}", p) for n in range(3) for p in range(2)]
    assert many <= 2 * few


def test_a_lease_that_ran_out_is_taken_over_and_counts_as_a_crash(queue: Queue) -> None:
    put(queue)
    (lost,) = queue.lease("a")
    queue.clock.advance(queue.limits.lease)

    (taken,) = queue.lease("b")

    assert (taken.id, taken.crashes, taken.attempts) == (lost.id, 1, 0)
    assert taken.token > lost.token


def test_a_holder_never_takes_over_from_itself(queue: Queue) -> None:
    put(queue)
    queue.lease("a")
    queue.clock.advance(1000)

    assert queue.lease("a") == []


def test_a_late_holder_is_fenced_off_once_another_is_at_it(queue: Queue) -> None:
    put(queue)
    (late,) = queue.lease("a")
    queue.clock.advance(queue.limits.lease)
    (held,) = queue.lease("b")

    assert queue.settle(late, sent()) is None
    assert queue.settle(late, retry("no")) is None
    assert queue.settle(held, sent())


def test_a_late_holder_is_heard_while_nobody_else_is_at_it(queue: Queue) -> None:
    put(queue)
    (late,) = queue.lease("a")
    queue.clock.advance(10 * queue.limits.lease)

    assert queue.settle(late, sent())


def test_a_verdict_counts_once(queue: Queue) -> None:
    put(queue)
    (job,) = queue.lease()
    queue.settle(job, sent())

    assert queue.settle(job, sent()) is None
    assert len(queue.ids("sent")) == 1


def test_renewal_keeps_a_lease_and_reports_what_is_lost(queue: Queue) -> None:
    put(queue)
    put(queue)
    jobs = queue.lease("a")
    queue.clock.advance(queue.limits.lease - 1)
    assert leasing.renew(queue.db, PREFIX, "a", jobs[:1], queue.clock.at, queue.limits) == {1}
    queue.clock.advance(1)

    (taken,) = queue.lease("b")

    assert taken.id == 2
    assert leasing.renew(queue.db, PREFIX, "a", jobs, queue.clock.at, queue.limits) == {1}


def test_steps_of_the_wall_clock_neither_free_nor_keep_a_lease(queue: Queue) -> None:
    put(queue, run_at=NOON - 10 * 86400)
    queue.lease("a")

    queue.clock.set(+86400)
    assert queue.lease("b") == []
    queue.clock.set(-2 * 86400)
    queue.clock.advance(queue.limits.lease)
    assert len(queue.lease("b")) == 1


def test_no_lease_outlives_the_machine(queue: Queue) -> None:
    put(queue)
    queue.lease("a")

    queue.clock.reboot()

    assert len(queue.lease("b")) == 1


def test_the_next_life_of_a_worker_takes_its_own_back_at_once(queue: Queue) -> None:
    put(queue)
    queue.lease("a")
    other = put(queue)
    queue.lease("b")

    queue.reclaim("a")

    assert [(job.id, job.crashes) for job in queue.lease("a")] == [(1, 1)]
    assert other not in [job.id for job in queue.lease("a")]


def crash(queue: Queue, clock: Clock, times: int) -> list[Fate]:
    fates: list[Fate] = []
    for _ in range(times):
        clock.advance(3600)
        queue.lease()
        fates += [settled.fate for settled in queue.reclaim()]
    return fates


def test_a_row_that_brings_its_worker_down_ten_times_is_dead(queue: Queue) -> None:
    put(queue)

    assert crash(queue, queue.clock, 9) == []
    assert crash(queue, queue.clock, 1) == [Fate.DEAD]
    (row,) = rows(queue.db, PREFIX, "dead", now=NOON)
    assert row.reason == "the worker ended without a verdict, 10 times"
    assert (row.crashes, row.attempts) == (10, 0)


def test_after_two_crashes_a_row_waits_so_that_poison_meets_others_no_more(queue: Queue) -> None:
    put(queue)
    for _ in range(2):
        assert len(queue.lease()) == 1
        queue.reclaim()
    assert len(queue.lease()) == 1

    queue.reclaim()

    assert queue.lease() == []
    assert next_due(queue.db, PREFIX, None, NOON) == NOON + 6


def test_expired_rows_are_buried_not_leased(queue: Queue) -> None:
    queue.put(Parcel(kind="note", expires_at=NOON + 5))
    fresh = queue.put(Parcel(kind="note", expires_at=NOON + 50))
    queue.clock.advance(5)

    leased = queue.bid()

    assert [job.id for job in leased.jobs] == [fresh]
    assert [settled.text for settled in leased.buried] == ["expired"]
