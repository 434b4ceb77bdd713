"""What holds for everybody who delivers, wherever the rows are kept: leases, fences, verdicts."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from make_believe_queue import NOON, Clock, even

from overseer.outbox import Outbox
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import (
    UNTRIED,
    Fate,
    Job,
    Parcel,
    Verdict,
    dead,
    down,
    retry,
    sent,
)
from overseer.outbox.store import Store, Work

NOTE = Parcel(kind="note")
LIMITS = Limits(threads=2, lease=30.0)


class Post:
    """An outbox, and workers of it."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.outbox = Outbox(url, clock=clock)
        self.clock = clock
        self.stores: list[Store] = []

    def put(self, count: int = 1, parcel: Parcel = NOTE) -> list[int]:
        return [id for id in self.outbox.put_all([parcel] * count) if id]

    def worker(self, name: str = "a", limits: Limits = LIMITS, queues: object = None) -> Ledger:
        store = self.outbox._store.beside(name)
        self.stores.append(store)
        made = Ledger(store, name, limits=limits, queues=queues, clock=self.clock, luck=even)
        made.open()
        return made

    def next_life(self, name: str = "a", limits: Limits = LIMITS) -> Ledger:
        """After a kill -9: on a server, its process is seen to be gone."""
        if self.outbox.path is None:
            query = "UPDATE outbox_worker SET process = '1 1' WHERE name = %s"
            self.outbox._store._server.write(lambda cursor: cursor.execute(query, (name,)))
        return self.worker(name, limits)

    def settle(self, worker: Ledger, verdict: Verdict, count: int | None = None) -> list[Fate]:
        jobs = worker.turn(most=count).jobs
        turn = worker.turn([(job, verdict) for job in jobs], most=0)
        return [outcome.fate for outcome in turn.settled]

    def close(self) -> None:
        self.outbox.close()
        for store in self.stores:
            store.close()


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.live)])
def post(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], clock: Clock
) -> Iterator[Post]:
    made = Post(url_of(request.param), clock)
    yield made
    made.close()


def ids(jobs: list[Job]) -> list[int]:
    return [job.id for job in jobs]


def test_what_goes_first_is_leased_first(post: Post) -> None:
    (late,) = post.put(parcel=replace(NOTE, run_at=NOON))
    (early,) = post.put(parcel=replace(NOTE, run_at=NOON - 60))
    (urgent,) = post.put(parcel=replace(NOTE, priority=-1))
    post.put(parcel=replace(NOTE, priority=-5, run_at=NOON + 60))

    assert ids(post.worker().turn(most=3).jobs) == [urgent, early, late]


def test_each_row_is_leased_by_one_only(post: Post) -> None:
    there = post.put(10)
    workers = [post.worker(name) for name in "abc"]

    leased = [id for worker in workers for id in ids(worker.turn().jobs)]

    assert sorted(leased) == there
    assert post.outbox.counts().leased == 10


def test_a_worker_of_some_queues_leaves_the_others_alone(post: Post) -> None:
    post.put(parcel=replace(NOTE, queue="slow"))
    (mine,) = post.put(parcel=replace(NOTE, queue="fast"))

    worker = post.worker(queues=("fast",))

    assert ids(worker.turn().jobs) == [mine]
    assert worker.wait(room=True) > 0


def test_a_verdict_from_before_the_last_lease_is_fenced_off(post: Post) -> None:
    post.put()
    late, other = post.worker("a"), post.worker("b")
    (job,) = late.turn().jobs
    other.turn()
    post.clock.advance(LIMITS.lease)
    (taken,) = other.turn().jobs
    assert taken.token > job.token

    assert late.turn([(job, dead("no"))], most=0).settled == []
    assert other.turn([(taken, sent())], most=0).settled
    assert post.outbox.counts().sent == 1


def test_a_holder_that_says_nothing_for_a_lease_loses_what_it_holds(post: Post) -> None:
    post.put()
    silent, other = post.worker("a"), post.worker("b")
    (job,) = silent.turn().jobs
    assert other.turn().jobs == []

    post.clock.advance(LIMITS.lease)

    (taken,) = other.turn().jobs
    assert (taken.id, taken.crashes, taken.attempts) == (job.id, 1, 0)
    assert not silent.may_begin(job)


def test_a_holder_that_says_that_it_lives_keeps_what_it_holds(post: Post) -> None:
    post.put()
    busy, other = post.worker("a"), post.worker("b")
    (job,) = busy.turn().jobs

    for _ in range(10):
        post.clock.advance(LIMITS.lease / 3)
        busy.turn()
        assert other.turn().jobs == []

    assert busy.may_begin(job)


def test_one_that_comes_too_late_is_still_heard_if_nobody_has_begun_anew(post: Post) -> None:
    post.put()
    late, other = post.worker("a"), post.worker("b")
    (job,) = late.turn().jobs
    other.turn()
    post.clock.advance(LIMITS.lease)
    other.turn(most=0)

    assert late.turn([(job, sent())], most=0).settled
    assert post.outbox.counts().sent == 1


def test_the_next_life_begins_with_what_the_last_one_held(post: Post) -> None:
    post.put(3)
    held = post.worker("a").turn().jobs

    again = post.next_life("a").turn().jobs

    assert ids(again) == ids(held)
    assert {(job.crashes, job.attempts) for job in again} == {(1, 0)}


def test_a_row_that_brings_down_every_worker_is_dead_in_the_end(post: Post) -> None:
    post.put()
    limits = replace(LIMITS, most_crashes=2)
    for _ in range(2):
        post.next_life("a", limits).turn()
    post.next_life("a", limits)

    (row,) = post.outbox.rows("dead")
    assert (row.reason, row.crashes) == ("the worker ended without a verdict, 2 times", 2)


def test_what_was_given_back_untried_has_cost_nothing(post: Post) -> None:
    post.put()
    worker = post.worker()

    post.settle(worker, UNTRIED)

    (job,) = worker.turn().jobs
    assert (job.attempts, job.crashes, job.run_at) == (0, 0, NOON)


def test_a_failed_attempt_is_made_again_later_each_time(post: Post) -> None:
    post.put()
    worker = post.worker()
    for delay in (6, 21, 86):
        assert post.settle(worker, retry("later", 450)) == [Fate.RETRY]
        assert worker.wait(room=True) == pytest.approx(min(delay, LIMITS.lease / 3))
        post.clock.advance(delay)

    assert [job.attempts for job in worker.turn().jobs] == [3]


def test_attempts_run_out_by_number_and_by_time(post: Post) -> None:
    post.put(parcel=replace(NOTE, max_attempts=1))
    worker = post.worker()
    assert post.settle(worker, retry("later")) == [Fate.DEAD]
    post.put()
    post.settle(worker, retry("later"))
    post.clock.advance(LIMITS.give_up_after)
    post.settle(worker, retry("later"))

    assert [row.reason for row in post.outbox.rows("dead")] == [
        "failed for 5d",
        "1 attempts failed",
    ]


def test_what_has_expired_is_buried_not_delivered(post: Post) -> None:
    post.put(parcel=replace(NOTE, expires_at=NOON + 5))
    post.clock.advance(5)

    turn = post.worker().turn()

    assert turn.jobs == []
    assert [outcome.text for outcome in turn.settled] == ["expired"]
    assert [row.reason for row in post.outbox.rows("dead")] == ["expired"]


def test_a_transport_that_is_down_costs_no_attempt_and_pauses_its_queue(post: Post) -> None:
    post.put(5)
    (other,) = post.put(parcel=replace(NOTE, queue="other"))
    worker = post.worker("a")

    assert post.settle(worker, down("refused"), count=1) == [Fate.DOWN]

    assert ids(post.worker("b").turn().jobs) == [other]
    (pause,) = post.outbox.pauses()
    assert (pause.queue, pause.until, pause.reason) == ("default", NOON + 1, "refused")
    assert {row.attempts for row in post.outbox.rows("due")} == {0}


def test_one_row_alone_sets_out_to_see_whether_it_is_up_again(post: Post) -> None:
    post.put(5)
    a, b = post.worker("a"), post.worker("b")
    post.settle(a, down("refused"), count=1)
    post.clock.advance(1)

    (probe,) = a.turn().jobs
    assert b.turn().jobs == []
    a.turn([(probe, down("refused"))], most=0)
    (pause,) = post.outbox.pauses()
    assert (pause.step, pause.until) == (1, NOON + 3)

    post.clock.advance(2)
    (probe,) = b.turn().jobs
    b.turn([(probe, sent())], most=0)
    assert len(a.turn().jobs) == 4


def test_an_operators_pause_holds_every_worker_back(post: Post) -> None:
    post.put(3)
    worker = post.worker()
    post.outbox.pause()

    assert worker.turn().jobs == []
    assert worker.wait(room=True) == LIMITS.lease / 3
    post.outbox.resume()
    assert len(worker.turn().jobs) == 3


def test_what_is_leased_can_not_be_discarded(post: Post) -> None:
    (id,) = post.put()
    worker = post.worker()
    jobs = worker.turn().jobs

    assert post.outbox.discard(id) == 0
    worker.turn([(job, sent()) for job in jobs], most=0)
    assert post.outbox.discard(id) == 0


def test_others_see_that_something_may_go_now(post: Post) -> None:
    worker = post.worker("a")
    watching = post.outbox._store.beside("b")
    post.stores.append(watching)
    before = watching.version()
    assert watching.version() == before

    post.put()
    put = changed(watching, before)
    post.settle(worker, UNTRIED)
    changed(watching, put)


def changed(store: Store, before: object) -> object:
    """What a server has to tell comes at the latest with its next answer."""
    store.counts(0.0)
    now = store.version()
    assert now != before
    return now


def test_a_commit_recorded_but_not_reported_is_recorded_once(post: Post) -> None:
    post.put(3)
    worker = post.worker()
    first, second, third = worker.turn().jobs
    post.clock.advance(0.1)
    finished = [(first, sent()), (second, retry("no")), (third, down("no"))]
    work = Work(owner="a", at=post.clock.at, limits=LIMITS, luck=even, finished=finished)
    worker._store.turn(work)

    turn = worker.turn(finished, most=0)

    assert [outcome.fate for outcome in turn.settled if outcome.job is first] == []
    assert post.outbox.counts().sent == 1
    assert [pause.step for pause in post.outbox.pauses()] == [0]
    (waiting,) = post.outbox.rows("waiting")
    assert waiting.attempts == 1


def test_its_vitals_are_those_of_the_queues_it_empties(post: Post) -> None:
    worker = post.worker(queues=["mail"])
    post.put(parcel=replace(NOTE, queue="other"))
    post.clock.advance(60)
    nothing = worker.vitals()
    post.put(parcel=replace(NOTE, queue="mail"))
    post.clock.advance(30)

    due = worker.vitals()
    [job] = worker.turn().jobs
    post.clock.advance(10)
    leased = worker.vitals()
    worker.turn([(job, dead("no"))])

    assert (nothing.oldest_due, nothing.could_go, nothing.dead) == (None, False, 0)
    assert (due.oldest_due, due.could_go) == (30, True)
    assert (leased.oldest_due, leased.could_go) == (40, True)
    assert worker.vitals() == replace(nothing, dead=1)
    assert post.worker("all").vitals().oldest_due == 100
    assert post.worker("others", queues=["other"]).vitals().dead == 0


def test_what_a_pause_holds_back_is_due_and_could_not_go(post: Post) -> None:
    worker = post.worker(queues=["default"])
    post.put()
    post.outbox.pause("elsewhere", "ours")
    post.outbox.pause("default", "the relay is moved")
    post.clock.advance(60)

    vitals = worker.vitals()

    assert (vitals.oldest_due, vitals.could_go) == (60, False)
    assert [pause.reason for pause in vitals.pauses] == ["the relay is moved"]
