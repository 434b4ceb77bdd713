"""A random walk: workers killed, disks full, clocks set; nothing lost, nothing sent once more."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from make_believe_queue import PREFIX, Clock, even
from postgres_server import Server

from overseer.outbox.database import MEMORY, Database, Unavailable, open_database
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job, Parcel, Verdict, dead, down, retry, sent
from overseer.outbox.places import open_store
from overseer.outbox.sqlite import SqliteStore
from overseer.outbox.store import Store

LIMITS = Limits(threads=2, most_crashes=4)
OWNERS = st.sampled_from(["a", "b"])
QUEUED = ("due", "waiting", "leased")
ANSWERS = st.sampled_from([sent(), sent(), retry("x" * 2000), dead("no"), down("refused")])


@dataclass
class Worker:
    ledger: Ledger
    unstarted: list[Job] = field(default_factory=list)
    begun: list[Job] = field(default_factory=list)
    finished: list[tuple[Job, Verdict]] = field(default_factory=list)


class Walk(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.store = self.make_store()
        self.workers = {name: self.hire(name) for name in ("a", "b")}
        self.known: set[int] = set()
        self.arrived: dict[int, int] = {}
        self.excused: dict[int, int] = {}

    def hire(self, name: str) -> Worker:
        ledger = Ledger(self.beside(name), name, limits=LIMITS, clock=self.clock, luck=even)
        ledger.open()
        return Worker(ledger)

    @rule(
        queue=st.sampled_from(["x", "y"]),
        priority=st.integers(0, 1),
        wait=st.sampled_from([0.0, 50.0]),
        lasts=st.sampled_from([None, 500.0]),
        key=st.sampled_from([None, None, "k"]),
    )
    def put(
        self, queue: str, priority: int, wait: float, lasts: float | None, key: str | None
    ) -> None:
        now = self.clock.at.now
        parcel = Parcel(
            kind="note",
            queue=queue,
            priority=priority,
            run_at=now + wait,
            expires_at=None if lasts is None else now + lasts,
            dedupe=key,
        )
        (id,) = self.store.put([parcel], now)
        if id is not None:
            assert id not in self.known
            self.known.add(id)

    @rule(owner=OWNERS)
    def turn(self, owner: str) -> None:
        worker = self.workers[owner]
        turn = worker.ledger.turn(worker.finished)
        worker.finished = []
        worker.unstarted += turn.jobs

    @precondition(lambda self: any(worker.unstarted for worker in self.workers.values()))
    @rule(owner=OWNERS)
    def start_delivery(self, owner: str) -> None:
        worker = self.workers[owner]
        if not worker.unstarted:
            return
        job = worker.unstarted.pop(0)
        if worker.ledger.may_begin(job):
            assert job.id not in self.rows("sent")
            assert job.id not in self.rows("dead")
            worker.begun.append(job)

    @precondition(lambda self: any(worker.begun for worker in self.workers.values()))
    @rule(owner=OWNERS, answer=ANSWERS)
    def end_delivery(self, owner: str, answer: Verdict) -> None:
        worker = self.workers[owner]
        if worker.begun:
            job = worker.begun.pop(0)
            worker.finished.append((job, answer))
            if answer.fate == "sent":
                self.arrived[job.id] = self.arrived.get(job.id, 0) + 1

    @rule(owner=OWNERS)
    def kill(self, owner: str) -> None:
        self.excuse(self.workers[owner])
        self.workers[owner] = self.hire(owner)

    @rule(seconds=st.sampled_from([0.5, 7.0, 41.0, 121.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        if seconds > LIMITS.lease:
            for worker in self.workers.values():
                self.excuse(worker)

    @rule(seconds=st.sampled_from([-86400.0, -5.0, 5.0]))
    def set_the_wall_clock(self, seconds: float) -> None:
        self.clock.set(seconds)

    @rule()
    def reboot(self) -> None:
        self.clock.reboot()
        for owner in self.workers:
            self.kill(owner)

    def excuse(self, worker: Worker) -> None:
        """What was under way may arrive once more."""
        for job in (*worker.begun, *(job for job, _ in worker.finished)):
            self.excused[job.id] = self.excused.get(job.id, 0) + 1

    def rows(self, *states: str) -> list[int]:
        now = self.clock.at.now
        return [row.id for state in states for row in self.store.rows(state, 1000, now)]

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        places = self.rows(*QUEUED, "dead", "sent")
        assert sorted(places) == sorted(self.known)

    @invariant()
    def what_counts_as_sent_has_arrived(self) -> None:
        assert set(self.rows("sent")) <= set(self.arrived)

    @invariant()
    def it_arrives_twice_only_where_a_worker_was_lost_on_the_way(self) -> None:
        for id, times in self.arrived.items():
            assert times <= 1 + self.excused.get(id, 0)

    @invariant()
    def no_more_is_held_than_may_be_leased_ahead(self) -> None:
        assert all(worker.ledger.holds <= LIMITS.most_leased for worker in self.workers.values())

    def teardown(self) -> None:
        """Left in peace, everything ends up sent or dead."""
        if not hasattr(self, "store"):
            return
        self.clock.set(10 * 86400)
        for owner in self.workers:
            self.kill(owner)
        for _ in range(40):
            self.clock.advance(4000)
            for worker in self.workers.values():
                jobs = worker.ledger.turn().jobs
                worker.ledger.turn([(job, sent()) for job in jobs], most=0)
        assert self.rows(*QUEUED) == []
        self.store.close()


class InMemory(Walk):
    def make_store(self) -> Store:
        self.database = Database(lambda: open_database(MEMORY), PREFIX, name=MEMORY)
        return SqliteStore(self.database)

    def beside(self, owner: str) -> Store:
        return self.store

    @rule(owner=OWNERS)
    def turn_on_a_full_disk(self, owner: str) -> None:
        with self.database.reading() as db:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")
        try:
            self.turn(owner)
        except Unavailable:
            pass
        finally:
            with self.database.reading() as db:
                db.execute("PRAGMA max_page_count=100000")


class OnServer(Walk):
    """Each worker has a connection, and it may be lost."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__()

    def make_store(self) -> Store:
        self.stores: dict[str, Store] = {}
        return open_store(self.url, "", 0)

    def beside(self, owner: str) -> Store:
        if owner in self.stores:
            self.stores[owner].close()
            query = "UPDATE outbox_worker SET process = '1 1' WHERE name = %s"
            self.store._server.write(lambda cursor: cursor.execute(query, (owner,)))
        self.stores[owner] = self.store.beside(owner)
        return self.stores[owner]

    @rule(owner=OWNERS)
    def lose_the_connection(self, owner: str) -> None:
        self.workers[owner].ledger._store._server._db.close()
        try:
            self.turn(owner)
        except Unavailable:
            self.workers[owner].ledger.open()

    def teardown(self) -> None:
        super().teardown()
        for store in self.stores.values():
            store.close()


TestWhateverHappens = InMemory.TestCase
TestWhateverHappens.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


@pytest.mark.live
def test_whatever_happens_on_a_server(postgres: Server) -> None:
    numbers = itertools.count()

    run_state_machine_as_test(
        lambda: OnServer(f"{postgres.url}&schema=walk_{next(numbers)}"),
        settings=settings(max_examples=10, stateful_step_count=40, deadline=None),
    )
