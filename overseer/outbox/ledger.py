"""The turns of one holder of leases: each records what is finished and leases what is due."""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Clock, Moment, read_clock
from overseer.outbox.parcel import Job, Settled
from overseer.outbox.store import Finished, Store, Work
from overseer.outbox.vitals import Vitals

PURGE_EVERY = 60.0
SHORT_WAIT = 0.5
"""Seconds between two looks at what is due and has no room."""
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
        store: Store,
        owner: str,
        *,
        limits: Limits,
        queues: Collection[str] | None = None,
        clock: Clock = read_clock,
        luck: Luck = random.random,
    ) -> None:
        self._store = store
        self._owner = owner
        self._limits = limits
        self._queues = queues
        self._clock = clock
        self._luck = luck
        self._held: dict[int, Job] = {}
        self._until: dict[int, float] = {}  # uptime
        self._renewal = 0.0  # uptime
        self._purge = 0.0  # uptime
        self._short = False  # of bytes for what is due

    @property
    def holds(self) -> int:
        return len(self._held)

    @property
    def has_room(self) -> bool:
        return len(self._held) < self._limits.most_leased

    def open(self) -> list[Settled]:
        """Take back what an earlier life of this owner held. Raises Unavailable, Refused."""
        return self._store.reclaim(self._owner, self._clock(), self._limits, self._luck, self._held)

    def leave(self) -> None:
        """Nobody will come back under this name."""
        if not self._held:
            self._store.leave(self._owner)

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
            due = self._store.next_due(self._queues, at.now)
        longest = min(LOOK_EVERY, self._limits.lease / 3)
        wait = longest if due is None else min(max(due - at.now, 0.0), longest)
        if self._short:
            wait = max(wait, SHORT_WAIT)  # until what is held makes room
        return min(wait, max(self._renewal - at.uptime, 0.0)) if self._held else wait

    def vitals(self) -> Vitals:
        """Raises Unavailable."""
        now = self._clock().now
        oldest = self._store.oldest_due(now, self._queues)
        due = self._store.next_due(self._queues, now)
        pauses = self._store.pauses()
        return Vitals(
            oldest_due=None if oldest is None else now - oldest,
            could_go=bool(self._held) or (due is not None and due <= now),
            dead=self._store.dead_count(self._queues),
            deferred=self._store.deferred(self._queues),
            pauses=[one for one in pauses if one.concerns(self._queues)],
        )

    def may_begin(self, job: Job) -> bool:
        """False: its lease has run out, somebody else may be at it."""
        return self._is_held(job) and self._clock().uptime < self._until.get(job.id, 0.0)

    def forget(self) -> None:
        """What is kept is another file now."""
        self._held, self._until = {}, {}

    def _weight(self, jobs: Iterable[Job]) -> int:
        return sum(self._limits.weight(job.size) for job in jobs)

    def _is_held(self, job: Job) -> bool:
        return self._held.get(job.id) is job

    def _is_due(self, at: Moment, room: int) -> bool:
        if not room:
            return False
        due = self._store.next_due(self._queues, at.now)
        if due is not None and due <= at.now:
            return True
        return self._store.has_run_out(self._owner, at, self._limits)

    def _write(self, finished: Finished, room: int, at: Moment) -> Turn:
        gone = {job.id for job, _ in finished}
        kept = [job for id, job in self._held.items() if id not in gone]
        renewing = bool(kept) and at.uptime >= self._renewal
        purging = at.uptime >= self._purge
        done = self._store.turn(
            Work(
                owner=self._owner,
                at=at,
                limits=self._limits,
                luck=self._luck,
                finished=finished,
                renew=kept if renewing else (),
                room=room,
                free=self._limits.most_bytes - self._weight(kept),
                queues=self._queues,
                forget=at.now - self._limits.keep_sent if purging else None,
            )
        )
        if purging:
            self._purge = at.uptime + (0 if done.forgotten else PURGE_EVERY)
        heavy = self._weight([*kept, *done.jobs]) > self._limits.most_bytes // 4
        self._short = heavy and len(done.jobs) < room
        self._remember(kept, done.jobs, at, done.renewed if renewing else None)
        return Turn(list(done.jobs), list(done.settled))

    def _remember(
        self,
        kept: Sequence[Job],
        new: Sequence[Job],
        at: Moment,
        ours: Collection[int] | None,
    ) -> None:
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
