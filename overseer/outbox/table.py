"""What goes into the queue and how it leaves it. Never begins or commits a transaction."""

import random
import sqlite3

from overseer.outbox.attempt import attempted
from overseer.outbox.burial import bury
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import LONGEST_TEXT, Fate, Job, Parcel, Settled, Verdict
from overseer.outbox.pauses import blame, lift


def put(db: sqlite3.Connection, prefix: str, parcel: Parcel, now: float) -> int | None:
    """The id of the new row; None: its like is queued or was sent already."""
    if parcel.dedupe is not None and is_known(db, prefix, parcel.dedupe, parcel.rcpt):
        return None
    return db.execute(
        f"INSERT INTO {prefix}job (kind, payload, queue, priority, run_at, dedupe, message_id,"
        " sender, rcpt, body, max_attempts, expires_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            parcel.kind,
            parcel.payload,
            parcel.queue,
            parcel.priority,
            now if parcel.run_at is None else parcel.run_at,
            parcel.dedupe,
            parcel.message_id,
            parcel.sender,
            parcel.rcpt,
            parcel.body,
            parcel.max_attempts,
            parcel.expires_at,
            now,
        ),
    ).lastrowid


def is_known(db: sqlite3.Connection, prefix: str, dedupe: str, rcpt: str) -> bool:
    """The dead do not count: what failed may be put again."""
    query = " UNION ALL ".join(
        f"SELECT 1 FROM {prefix}{table} WHERE dedupe = ?1 AND rcpt = ?2"
        for table in ("job", "sent")
    )
    return db.execute(f"{query} LIMIT 1", (dedupe, rcpt)).fetchone() is not None


def settle(
    db: sqlite3.Connection,
    prefix: str,
    job: Job,
    verdict: Verdict,
    now: float,
    limits: Limits,
    luck: Luck = random.random,
) -> Settled | None:
    """Record how a delivery ended; None: fenced off, for the row has been leased again or is gone.

    A holder whose lease ran out unnoticed is still heard: less is sent twice.
    """
    if not is_current(db, prefix, job):
        return None
    if verdict.fate not in (Fate.DOWN, Fate.UNTRIED):
        lift(db, prefix, job.queue)
    match verdict.fate:
        case Fate.SENT:
            record_sent(db, prefix, job, verdict, now)
            return Settled(job=job, fate=Fate.SENT, code=verdict.code, text=verdict.text)
        case Fate.RETRY | Fate.DEAD:
            return count_attempt(db, prefix, job, verdict, now=now, limits=limits, luck=luck)
        case Fate.DOWN:
            note(db, prefix, job, verdict)
            blame(db, prefix, job, verdict, now=now, limits=limits, luck=luck)
    db.execute(f"UPDATE {prefix}job SET lease_by = NULL WHERE id = ?", (job.id,))
    return Settled(job=job, fate=verdict.fate, code=verdict.code, text=verdict.text)


def is_current(db: sqlite3.Connection, prefix: str, job: Job) -> bool:
    query = f"SELECT 1 FROM {prefix}job WHERE id = ? AND token = ?"
    return db.execute(query, (job.id, job.token)).fetchone() is not None


def record_sent(
    db: sqlite3.Connection, prefix: str, job: Job, verdict: Verdict, now: float
) -> None:
    kept = "id, kind, queue, dedupe, message_id, sender, rcpt, attempts, created_at"
    db.execute(
        f"INSERT INTO {prefix}sent ({kept}, sent_at, code, reply)"
        f" SELECT {kept}, ?, ?, ? FROM {prefix}job WHERE id = ?",
        (now, verdict.code, verdict.text[:LONGEST_TEXT], job.id),
    )
    db.execute(f"DELETE FROM {prefix}job WHERE id = ?", (job.id,))


def count_attempt(
    db: sqlite3.Connection,
    prefix: str,
    job: Job,
    verdict: Verdict,
    *,
    now: float,
    limits: Limits,
    luck: Luck,
) -> Settled:
    after = attempted(job, verdict, now, limits, luck)
    note(db, prefix, job, verdict)
    db.execute(
        f"UPDATE {prefix}job SET attempts = ?, tried_at = ? WHERE id = ?",
        (after.attempts, after.tried_at, job.id),
    )
    if after.reason:
        return bury(db, prefix, job, now, reason=after.reason, code=verdict.code, text=verdict.text)
    db.execute(
        f"UPDATE {prefix}job SET run_at = ?, lease_by = NULL WHERE id = ?", (after.due, job.id)
    )
    return Settled(job=job, fate=Fate.RETRY, code=verdict.code, text=verdict.text, due=after.due)


def note(db: sqlite3.Connection, prefix: str, job: Job, verdict: Verdict) -> None:
    db.execute(
        f"UPDATE {prefix}job SET code = ?, error = ? WHERE id = ?",
        (verdict.code, verdict.text[:LONGEST_TEXT], job.id),
    )
