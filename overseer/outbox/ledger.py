"""The turns of one holder of leases: each records what is finished and leases what is due."""

import random
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from overseer.outbox import desk, table
from overseer.outbox.database import Database
from overseer.outbox.leasing import Bid, has_run_out, lease, reclaim, renew
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Clock, Moment, read_clock
from overseer.outbox.parcel import Job, Settled, Verdict
from overseer.outbox.ready import next_due

Finished = Sequence[tuple[Job, Verdict]]

PURGE_EVERY = 60.0
MOST_PURGED = 100
"""Rows in one commit: others are waiting."""
LOOK_EVERY = 30.0
"""Seconds at most between two looks: the clock may be set, the lease of another may run out."""


@dataclass(frozen=True, slots=True)
class Turn:
    jobs: list[Job] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)


class Ledger:
    """Used by one thread but for may_begin. What raises Unavailable has changed nothing."""

    def __init__(
        self,
        database: Database,
        owner: str,
        *,
        limits: Limits,
        queues: Collection[str] | None = None,
        clock: Clock = read_clock,
        luck: Luck = random.random,
    ) -> None:
        self._database = database
        self._owner = owner
        self._limits = limits
        self._queues = queues
        self._clock = clock
        self._luck = luck
        self._held: dict[int, Job] = {}
        self._until: dict[int, float] = {}  # uptime
        self._renewal = 0.0  # uptime
        self._purge = 0.0  # uptime

    @property
    def holds(self) -> int:
        return len(self._held)

    @property
    def has_room(self) -> bool:
        return len(self._held) < self._limits.most_leased

    def open(self) -> list[Settled]:
        """Take back what an earlier life of this owner held. Raises Unavailable, Refused."""
        at = self._clock()
        prefix = self._database.prefix
        return self._database.write(
            lambda db: reclaim(
                db,
                prefix,
                self._owner,
                at,
                self._limits,
                holding=self._held,
                luck=self._luck,
            )
        )

    def turn(self, finished: Finished = (), most: int | None = None) -> Turn:
        """One transaction, or none where there is nothing to do; *most* new leases at most.

        Nothing is leased unless everything finished is recorded by the same commit.
        """
        at = self._clock()
        # What was leased from another file has the ids of other rows.
        finished = [(job, verdict) for job, verdict in finished if self._is_held(job)]
        free = self._limits.most_leased - len(self._held) + len(finished)
        room = max(0, free if most is None else min(free, most))
        renewing = self._held and at.uptime >= self._renewal
        if not finished and not renewing and not self._is_due(at, room):
            return Turn()
        return self._write(finished, room, at)

    def wait(self, room: bool) -> float:
        """Seconds until there may be something to do; *room*: another lease would be taken."""
        at = self._clock()
        due = None
        if room:
            with self._database.reading() as db:
                due = next_due(db, self._database.prefix, self._queues, at.now)
        wait = LOOK_EVERY if due is None else min(max(due - at.now, 0.0), LOOK_EVERY)
        return min(wait, max(self._renewal - at.uptime, 0.0)) if self._held else wait

    def may_begin(self, job: Job) -> bool:
        """False: its lease has run out, somebody else may be at it."""
        return self._is_held(job) and self._clock().uptime < self._until.get(job.id, 0.0)

    def forget(self) -> None:
        """The database is another file now."""
        self._held, self._until = {}, {}

    def _is_held(self, job: Job) -> bool:
        return self._held.get(job.id) is job

    def _is_due(self, at: Moment, room: int) -> bool:
        if not room:
            return False
        with self._database.reading() as db:
            prefix = self._database.prefix
            due = next_due(db, prefix, self._queues, at.now)
            return (due is not None and due <= at.now) or has_run_out(db, prefix, self._owner, at)

    def _write(self, finished: Finished, room: int, at: Moment) -> Turn:
        gone = {job.id for job, _ in finished}
        kept = [job for id, job in self._held.items() if id not in gone]
        renewing = bool(kept) and at.uptime >= self._renewal
        ours: set[int] = set()

        def change(db: sqlite3.Connection) -> Turn:
            settled = self._settle(db, finished, at.now)
            if renewing:
                ours.update(renew(db, self._database.prefix, self._owner, kept, at, self._limits))
            jobs, buried = self._lease(db, room, at)
            self._forget_sent(db, at)
            return Turn(jobs, settled + buried)

        turn = self._database.write(change)
        self._remember(kept, turn.jobs, at, ours if renewing else None)
        return turn

    def _settle(self, db: sqlite3.Connection, finished: Finished, now: float) -> list[Settled]:
        prefix = self._database.prefix
        outcomes = (
            table.settle(db, prefix, job, verdict, now, self._limits, self._luck)
            for job, verdict in finished
        )
        return [outcome for outcome in outcomes if outcome]

    def _lease(
        self, db: sqlite3.Connection, room: int, at: Moment
    ) -> tuple[list[Job], list[Settled]]:
        if not room:
            return [], []
        bid = Bid(owner=self._owner, most=room, queues=self._queues)
        leased = lease(db, self._database.prefix, bid, at, self._limits, self._luck)
        return leased.jobs, leased.buried

    def _forget_sent(self, db: sqlite3.Connection, at: Moment) -> None:
        if at.uptime >= self._purge:
            before = at.now - self._limits.keep_sent
            gone = desk.purge(db, self._database.prefix, before, MOST_PURGED)
            self._purge = at.uptime + (0 if gone else PURGE_EVERY)

    def _remember(self, kept: list[Job], new: list[Job], at: Moment, ours: set[int] | None) -> None:
        """After the commit: what has not been written is not held."""
        until = at.uptime + self._limits.lease
        if ours is not None or not kept:
            self._renewal = at.uptime + self._limits.lease / 3
        lasting = {
            job.id: until if ours and job.id in ours else self._until.get(job.id, 0.0)
            for job in kept
            if ours is None or job.id in ours
        }
        self._held = {job.id: job for job in (*kept, *new)}
        self._until = lasting | {job.id: until for job in new}
