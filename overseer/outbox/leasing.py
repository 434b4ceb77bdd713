"""Who may deliver which row, and for how long. Never begins or commits a transaction."""

import random
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from overseer.outbox.burial import bury, jobs_where, with_bodies
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Job, Settled
from overseer.outbox.ready import ready

OVERDUE = "lease_by IS NOT NULL AND lease_by != ? AND (lease_until <= ? OR lease_boot != ?)"
CRASH = "the worker ended without a verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """Who asks for how many. One process at a time may go by the name of *owner*."""

    owner: str
    most: int
    queues: Collection[str] | None = None  # None: all
    free: int | None = None  # bytes of bodies; None: as many as may be held


@dataclass(frozen=True, slots=True)
class Leased:
    jobs: list[Job]
    buried: list[Settled]  # found past their time, or crashed too often


def lease(
    db: sqlite3.Connection,
    prefix: str,
    bid: Bid,
    at: Moment,
    limits: Limits,
    luck: Luck = random.random,
) -> Leased:
    """Take what is due, by (priority, run_at). The bidder's own leases are never taken again."""
    buried = run_out(db, prefix, bid.owner, at, limits, luck)
    jobs = []
    free = limits.most_bytes if bid.free is None else bid.free
    for job in ready(db, prefix, bid.queues, bid.most, free, now=at.now, limits=limits):
        if job.has_expired(at.now):
            buried.append(bury(db, prefix, job, at.now, reason="expired"))
        else:
            jobs.append(job)
    jobs = with_bodies(db, prefix, jobs)
    until = at.uptime + limits.lease
    db.executemany(
        f"UPDATE {prefix}job SET lease_by = ?, lease_until = ?, lease_boot = ?, token = ?"
        " WHERE id = ?",
        [(bid.owner, until, at.boot, job.token, job.id) for job in jobs],
    )
    return Leased(jobs, buried)


def renew(
    db: sqlite3.Connection,
    prefix: str,
    owner: str,
    jobs: Iterable[Job],
    at: Moment,
    limits: Limits,
) -> set[int]:
    """Ids of the jobs that are still the owner's; the others have been taken over."""
    query = (
        f"UPDATE {prefix}job SET lease_until = ?, lease_boot = ?"
        " WHERE id = ? AND token = ? AND lease_by = ?"
    )
    until = at.uptime + limits.lease
    return {
        job.id
        for job in jobs
        if db.execute(query, (until, at.boot, job.id, job.token, owner)).rowcount
    }


def reclaim(
    db: sqlite3.Connection,
    prefix: str,
    owner: str,
    at: Moment,
    limits: Limits,
    *,
    holding: Collection[int] = (),
    luck: Luck = random.random,
) -> list[Settled]:
    """Put back what an earlier life of *owner* held. Each such row has one crash more."""
    jobs = jobs_where(db, prefix, "lease_by = ?", (owner,), at.now)
    return crash(db, prefix, [j for j in jobs if j.id not in holding], at.now, limits, luck)


def run_out(
    db: sqlite3.Connection, prefix: str, owner: str, at: Moment, limits: Limits, luck: Luck
) -> list[Settled]:
    """The same for what others held too long."""
    jobs = jobs_where(db, prefix, OVERDUE, (owner, at.uptime, at.boot), at.now)
    return crash(db, prefix, jobs, at.now, limits, luck)


def has_run_out(db: sqlite3.Connection, prefix: str, owner: str, at: Moment) -> bool:
    query = f"SELECT 1 FROM {prefix}job WHERE {OVERDUE} LIMIT 1"
    return db.execute(query, (owner, at.uptime, at.boot)).fetchone() is not None


def crash(
    db: sqlite3.Connection,
    prefix: str,
    jobs: Iterable[Job],
    now: float,
    limits: Limits,
    luck: Luck,
) -> list[Settled]:
    buried = []
    for job in jobs:
        crashes = job.crashes + 1
        db.execute(
            f"UPDATE {prefix}job SET crashes = ?, run_at = max(run_at, ?), error = ?,"
            " lease_by = NULL WHERE id = ?",
            (crashes, now + limits.crash_delay(crashes, luck), CRASH, job.id),
        )
        if crashes >= limits.most_crashes:
            reason = f"{CRASH}, {crashes} times"
            buried.append(bury(db, prefix, job, now, reason=reason))
    return buried
