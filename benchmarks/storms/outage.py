"""A day without the mail server, by a clock that is turned.

The books and the courier are the worker's own, the server is pretended.
"""

import random
import smtplib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.mail.server import Server
from overseer.mail.smtp import Courier
from overseer.outbox import Outbox
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Job
from overseer.outbox.parcel import Verdict as Word
from storms.verdict import Skipped, Verdict

HOUR = 3600.0
BEFORE, OUTAGE, AFTER = HOUR, 24 * HOUR, 2 * HOUR
NOON = 1_700_000_000.0
THREADS = 4


@dataclass
class Clock:
    passed: float = 0.0

    def __call__(self) -> Moment:
        return Moment(NOON + self.passed, self.passed, "this boot")


class Line(smtplib.SMTP):
    """One connection: takes everything."""

    def __init__(self, relay: "Relay") -> None:
        super().__init__()
        self._relay = relay

    def mail(self, sender: str, options: object = ()) -> tuple[int, bytes]:
        return (250, b"ok") if self._relay.is_up() else self._gone()

    def rcpt(self, recip: str, options: object = ()) -> tuple[int, bytes]:
        return 250, b"ok"

    def data(self, msg: object) -> tuple[int, bytes]:
        assert isinstance(msg, bytes)
        self._relay.taken[msg] += 1
        return 250, b"taken"

    def quit(self) -> tuple[int, bytes]:
        return 221, b"bye"

    def _gone(self) -> tuple[int, bytes]:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


@dataclass
class Relay:
    clock: Clock
    taken: Counter[bytes] = field(default_factory=Counter)
    knocks: int = 0  # while it is away

    def is_up(self) -> bool:
        return not BEFORE <= self.clock.passed < BEFORE + OUTAGE

    def connect(self, server: Server) -> smtplib.SMTP:
        if self.is_up():
            return Line(self)
        self.knocks += 1
        raise ConnectionRefusedError("Connection refused")


@dataclass
class World:
    clock: Clock
    relay: Relay
    outbox: Outbox
    due: list[float]  # when the application puts a mail
    put: set[str] = field(default_factory=set)

    def turn_to(self, moment: float) -> None:
        """The application has put what it had to put meanwhile."""
        while self.due and self.due[0] <= moment:
            self.clock.passed = max(self.clock.passed, self.due.pop(0))
            mail = Mail(to=[f"u{len(self.put)}@example.com"], subject="s", text="t")
            self.put.add(put(self.outbox, mail).message_id)
        self.clock.passed = max(self.clock.passed, moment)


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    if url:
        raise Skipped("is about the file")
    clock = Clock()
    relay = Relay(clock)
    path = folder / "mail.db"
    luck = random.Random(1)
    end = BEFORE + OUTAGE + AFTER
    outbox = Outbox(f"sqlite:///{path}", clock=clock)
    world = World(clock, relay, outbox, sorted(luck.uniform(0, end - HOUR) for _ in range(mails)))
    back = work(world, end, luck.random)
    rows = outbox.rows("sent", mails)
    counts = outbox.counts()
    outbox.close()
    times = Counter(relay.taken.values())
    attempts = sum(row.attempts + row.crashes for row in rows)
    return Verdict(
        what=f"{mails} mails in {end / HOUR:.0f} h, {OUTAGE / HOUR:.0f} h without the server",
        lost=mails - len(relay.taken),
        twice=sum(count - 1 for count in relay.taken.values()),
        bar="none twice, no attempt counted, at most 400 knocks",
        within=set(times) == {1} and not attempts and counts.sent == mails and relay.knocks <= 400,
        more=(
            f"{relay.knocks} knocks at the server while it was away, attempts counted: {attempts};"
            f" all that had waited was sent {back / 60:.1f} min after it was back",
        ),
    )


def work(world: World, end: float, luck: Callable[[], float]) -> float:
    """What the worker's threads do, one after another; seconds from the server's return until
    nothing was due."""
    store = world.outbox._store.beside("storm")
    limits = Limits(threads=THREADS)
    ledger = Ledger(store, "storm", limits=limits, clock=world.clock, luck=luck)
    ledger.open()
    courier = Courier(Server(host="mx"), world.relay.connect, lambda: world.clock.passed)
    finished: list[tuple[Job, Word]] = []
    back = 0.0
    while world.clock.passed < end:
        turn = ledger.turn(finished)
        finished = [(job, courier.deliver(job)) for job in turn.jobs]
        if not finished and not turn.settled:
            is_back = world.clock.passed >= BEFORE + OUTAGE
            if is_back and not back and world.outbox.oldest_due() is None:
                back = world.clock.passed - BEFORE - OUTAGE
            pause = max(0.05, ledger.wait(room=True))
            nearest = world.due[0] - world.clock.passed if world.due else pause
            world.turn_to(world.clock.passed + max(0.05, min(pause, nearest)))
    store.close()
    return back
