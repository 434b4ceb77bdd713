"""The desk, the trays and the clerk on one database, as the daemon wires them, without threads."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from overseer.alerts import mailbag
from overseer.alerts.clerk import Clerk
from overseer.alerts.desk import Desk
from overseer.alerts.exhibits import Exhibits
from overseer.alerts.facts import read_mail
from overseer.alerts.letter import Facts
from overseer.alerts.post import LIMITS
from overseer.alerts.silence import Silence, Silences
from overseer.contacts.base import Contact
from overseer.contacts.book import Book
from overseer.contacts.terms import Terms
from overseer.model.news import Kind, News
from overseer.model.program import Program
from overseer.model.state import Goal, Hold
from overseer.model.status import Status
from overseer.model.transition import Notify
from overseer.model.watch import Watch
from overseer.outbox.database import Database
from overseer.outbox.ledger import Ledger
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Job, Verdict, sent
from overseer.outbox.sqlite import SqliteStore
from overseer.store.database import open_database
from overseer.system.log_files import read_piece
from overseer.testing import FakeClock

BOOK = Book({"ops": Contact(), "boss": Contact()}, {"everybody": ("ops", "boss")})


class Office:
    """`happens` is what the store would commit; `passes` lets the clerk do what is due."""

    def __init__(self, folder: Path, terms: dict[str, Terms] | None = None) -> None:
        self.clock = FakeClock()
        self.path = folder / "state.db"
        self.db = open_database(self.path)
        self.book = replace(BOOK, terms=terms or {})
        self.tags: dict[str, tuple[str, ...]] = {}
        self.woken: list[bool] = []
        self.delivered: list[tuple[float, str, Sequence[Facts], str, str]] = []
        self.answer: Callable[[Job], Verdict] = lambda _: sent("250 taken")
        self.begin()

    def begin(self) -> None:
        """A daemon, the first or the next."""
        self.silences = Silences(lambda name: self.tags.get(name, ()), lambda *_: None)
        exhibits = Exhibits(read_piece, lambda _: (), lambda _: ())
        self.desk = Desk(
            self.clock, "db1", self.book, lambda *_: (), exhibits, self.silences,
            self.woken.append,
        )  # fmt: skip
        self.desk.prepare(self.db)
        self.clerk = Clerk(
            self.connect, lambda: self.desk.book, self.clock, "db1", self.silences.of,
            lambda *_: None, exhibits,
        )  # fmt: skip
        database = Database(self.connect, mailbag.PREFIX, name="drain")
        self.ledger = Ledger(
            SqliteStore(database), "drain", limits=LIMITS, clock=self.moment, luck=lambda: 0.5
        )
        self.ledger.open()

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def moment(self) -> Moment:
        return Moment(self.clock.wall(), self.clock.now(), "boot-one")

    def write(self, drafts: Sequence[object]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.desk.write(self.db, drafts)
        self.db.execute("COMMIT")
        self.desk.wake(False)

    def happens(self, name: str, news: News, *contacts: str, status: Status | None = None) -> None:
        found = self.desk.judge(watch(name, *contacts), status or held(name), news)
        self.remark = found.silenced
        self.write(found.drafts)

    def flaps(self, name: str, *contacts: str) -> None:
        self.happens(name, flapping(), *contacts)

    def gives_up(self, name: str, *contacts: str) -> None:
        self.happens(name, News(kind=Kind.GAVE_UP, message="gave up"), *contacts)

    def recovers(self, name: str, *contacts: str) -> None:
        up = Status(name=name, boot="boot-one", goal=Goal.UP)
        self.happens(name, News(kind=Kind.STEADY, message="up"), *contacts, status=up)

    def restarts(self, name: str, *contacts: str) -> None:
        self.happens(name, News(kind=Kind.RESTARTED, message="restarted: memory"), *contacts)

    def silence(self, *words: str, seconds: float = 3600.0, reason: str = "") -> None:
        now = self.clock.wall()
        self.write([self.silences.begin(Silence(
            words=words, since=now, until=now + seconds, by="alice", reason=reason,
        ))])  # fmt: skip

    def passes(self, seconds: float = 0.0) -> None:
        """Clerk and drain, whenever they would wake up."""
        end = self.clock.time + seconds
        while True:
            due = self.work()
            following = min(one for one in (due, end) if one is not None)
            if following >= end or self.clock.time >= end:
                break
            self.clock.time = max(following, self.clock.time + 0.5)
        self.clock.time = end
        self.work()

    def work(self) -> float | None:
        """Until there is nothing more to do at this moment; when there is (boot time)."""
        dues: list[float] = []
        for _ in range(50):
            due = self.clerk.turn()
            finished = [(job, self.deliver(job)) for job in self.ledger.turn().jobs]
            if not finished:
                break
            self.ledger.turn(finished, most=0)
        if due is not None:
            dues.append(due - 1_700_000_000.0)
        dues.append(self.clock.time + self.ledger.wait(True))
        return min(dues, default=None)

    def deliver(self, job: Job) -> Verdict:
        verdict = self.answer(job)
        if verdict.fate == "sent":
            items, why = read_mail(job.payload)
            self.delivered.append((self.clock.time, job.rcpt, items, job.message_id, why))
        return verdict

    def mails(self, contact: str = "ops") -> list[list[str]]:
        """Each as `watch change`, in the order in which they arrived."""
        return [
            [f"{facts.watch} {facts.change}" for facts in items]
            for _, to, items, _, _ in self.delivered
            if to == contact
        ]

    def moments(self, contact: str = "ops") -> list[float]:
        """Seconds since the story began."""
        return [at - 1000.0 for at, to, *_ in self.delivered if to == contact]


def watch(name: str, *contacts: str) -> Watch:
    return Watch(name=name, program=Program(command=("x",)), notify=Notify(contacts or ("ops",)))


def held(name: str) -> Status:
    return Status(name=name, boot="boot-one", goal=Goal.UP, hold=Hold.FLAPPING, hold_due=1600.0)


def flapping(**more: object) -> News:
    return News(kind=Kind.FLAPPING, message="flapping: 5 launches within 5m", **more)  # type: ignore[arg-type]
