"""A queue in memory with everything handed in, and a clock that moves when it is told to."""

import sqlite3
from dataclasses import dataclass, field

from overseer.outbox import leasing, table
from overseer.outbox.leasing import Bid, Leased
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Job, Parcel, Settled, Verdict

NOON = 1_800_000_000.0
PREFIX = "q_"


class Clock:
    def __init__(self) -> None:
        self.at = Moment(NOON, 1000.0, "first boot")

    def __call__(self) -> Moment:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at = Moment(self.at.now + seconds, self.at.uptime + seconds, self.at.boot)

    def set(self, seconds: float) -> None:
        """Somebody moves the wall clock; nothing else moves."""
        self.at = self.at._replace(now=self.at.now + seconds)

    def reboot(self) -> None:
        self.at = Moment(self.at.now + 30, 10.0, "next boot")


def even() -> float:
    """No luck: the middle of every spread."""
    return 0.5


@dataclass
class Queue:
    """The table functions with everything handed in."""

    db: sqlite3.Connection
    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)

    def put(self, parcel: Parcel | None = None) -> int | None:
        return table.put(self.db, PREFIX, parcel or Parcel(kind="note"), self.clock.at.now)

    def bid(self, owner: str = "a", most: int = 8, queues: tuple[str, ...] | None = None) -> Leased:
        bid = Bid(owner=owner, most=most, queues=queues)
        return leasing.lease(self.db, PREFIX, bid, self.clock.at, self.limits, even)

    def lease(self, owner: str = "a", most: int = 8) -> list[Job]:
        return self.bid(owner, most).jobs

    def settle(self, job: Job, verdict: Verdict) -> Settled | None:
        now = self.clock.at.now
        return table.settle(self.db, PREFIX, job, verdict, now, self.limits, even)

    def reclaim(self, owner: str = "a") -> list[Settled]:
        return leasing.reclaim(self.db, PREFIX, owner, self.clock.at, self.limits, luck=even)

    def ids(self, place: str) -> list[int]:
        return [row[0] for row in self.db.execute(f"SELECT id FROM {PREFIX}{place} ORDER BY id")]
