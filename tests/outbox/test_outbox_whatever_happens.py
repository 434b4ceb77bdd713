"""A random walk: workers killed, disks full, clocks set; nothing lost, nothing sent once more."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from make_believe_queue import PREFIX, Clock, even

from overseer.outbox import table
from overseer.outbox.database import MEMORY, Database, Unavailable, open_database
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job, Parcel, Verdict, dead, down, retry, sent
from overseer.outbox.sqlite import SqliteStore

LIMITS = Limits(threads=2, most_crashes=4)
OWNERS = st.sampled_from(["a", "b"])
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
        self.database = Database(lambda: open_database(MEMORY), PREFIX, name=MEMORY)
        self.workers = {name: self.hire(name) for name in ("a", "b")}
        self.known: set[int] = set()
        self.arrived: dict[int, int] = {}
        self.excused: dict[int, int] = {}

    def hire(self, name: str) -> Worker:
        ledger = Ledger(
            SqliteStore(self.database), name, limits=LIMITS, clock=self.clock, luck=even
        )
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
        id = self.database.write(lambda db: table.put(db, PREFIX, parcel, now))
        if id is not None:
            assert id not in self.known
            self.known.add(id)

    @rule(owner=OWNERS)
    def turn(self, owner: str) -> None:
        worker = self.workers[owner]
        turn = worker.ledger.turn(worker.finished)
        worker.finished = []
        worker.unstarted += turn.jobs

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

    def rows(self, place: str) -> list[int]:
        with self.database.reading() as db:
            return [row[0] for row in db.execute(f"SELECT id FROM {PREFIX}{place}")]

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        places = [*self.rows("job"), *self.rows("dead"), *self.rows("sent")]
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
        if not hasattr(self, "database"):
            return
        self.clock.set(10 * 86400)
        for owner in self.workers:
            self.kill(owner)
        for _ in range(40):
            self.clock.advance(4000)
            for worker in self.workers.values():
                jobs = worker.ledger.turn().jobs
                worker.ledger.turn([(job, sent()) for job in jobs], most=0)
        assert self.rows("job") == []
        self.database.close()


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
