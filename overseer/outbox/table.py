"""What goes into the queue and how it leaves it. Never begins or commits a transaction."""

import hashlib
import random
import sqlite3
from collections.abc import Iterable, Sequence

from overseer.outbox.attempt import attempted, interrupted
from overseer.outbox.burial import LARGEST_INLINE, bury
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import LONGEST_TEXT, Fate, Job, Parcel, Settled, Verdict
from overseer.outbox.pauses import blame, lift


def put_all(
    db: sqlite3.Connection, prefix: str, parcels: Sequence[Parcel], now: float
) -> list[int | None]:
    """What several of them share is kept once."""
    shared = shared_bodies(parcel.body for parcel in parcels)
    return [put(db, prefix, parcel, now, shared.get(parcel.body)) for parcel in parcels]


def shared_bodies(bodies: Iterable[bytes]) -> dict[bytes, bytes]:
    """With their digests: those that are not kept in the one row that has them."""
    found: dict[bytes, bytes] = {}
    before: set[bytes] = set()
    for body in bodies:
        if body and body not in found and (len(body) > LARGEST_INLINE or body in before):
            found[body] = hashlib.sha256(body).digest()
        before.add(body)
    return found


def keep_body(db: sqlite3.Connection, prefix: str, body: bytes, digest: bytes) -> int:
    """The id of its row; it goes with the last that has it."""
    row = db.execute(f"SELECT id FROM {prefix}body WHERE digest = ?", (digest,)).fetchone()
    if row:
        return int(row[0])
    query = f"INSERT INTO {prefix}body (digest, body) VALUES (?, ?)"
    return int(db.execute(query, (digest, body)).lastrowid or 0)


def put(
    db: sqlite3.Connection, prefix: str, parcel: Parcel, now: float, digest: bytes | None = None
) -> int | None:
    """The id of the new row; None: its like is queued or was sent already. *digest*: of a body
    that is kept in a row of its own."""
    if parcel.dedupe is not None and is_known(db, prefix, parcel.dedupe, parcel.rcpt):
        return None
    id = insert(db, prefix, parcel, now, b"" if digest else parcel.body)
    if digest:
        body_id = keep_body(db, prefix, parcel.body, digest)
        db.execute(f"UPDATE {prefix}job SET body_id = ? WHERE id = ?", (body_id, id))
    return id


def insert(
    db: sqlite3.Connection, prefix: str, parcel: Parcel, now: float, body: bytes
) -> int | None:
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
            body,
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
    if verdict.fate in (Fate.SENT, Fate.RETRY, Fate.DEAD):
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
        case Fate.INTERRUPTED:
            return interrupt(db, prefix, job, verdict, now=now, limits=limits, luck=luck)
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


def interrupt(
    db: sqlite3.Connection,
    prefix: str,
    job: Job,
    verdict: Verdict,
    *,
    now: float,
    limits: Limits,
    luck: Luck,
) -> Settled:
    """Back with a delay, and the others go on. Where they have since the last time, it is this
    one's fault, and an attempt that failed; where it happens to the next one too, the transport's.
    """
    after = interrupted(job, now, limits, luck)
    db.execute(
        f"UPDATE {prefix}job SET interruptions = ?, interrupted_at = ?, tried_at = ? WHERE id = ?",
        (after.times, now, after.tried_at, job.id),
    )
    if job.interrupted_at is not None and has_sent(db, prefix, job.queue, job.interrupted_at):
        return count_attempt(db, prefix, job, verdict, now=now, limits=limits, luck=luck)
    note(db, prefix, job, verdict)
    if job.interrupted_at is None and breaks_off_at_others(db, prefix, job):
        blame(db, prefix, job, verdict, now=now, limits=limits, luck=luck)
    query = f"UPDATE {prefix}job SET run_at = ?, lease_by = NULL WHERE id = ?"
    db.execute(query, (after.due, job.id))
    return Settled(job=job, fate=verdict.fate, code=verdict.code, text=verdict.text, due=after.due)


def breaks_off_at_others(db: sqlite3.Connection, prefix: str, job: Job) -> bool:
    """And nothing has gone since: it is the transport."""
    query = (
        f"SELECT max(interrupted_at) FROM {prefix}job WHERE tried_at IS NOT NULL AND queue = ?"
        " AND id != ?"
    )
    last = db.execute(query, (job.queue, job.id)).fetchone()[0]
    return last is not None and not has_sent(db, prefix, job.queue, last)


def has_sent(db: sqlite3.Connection, prefix: str, queue: str, since: float) -> bool:
    """At that moment or later: what one commit records has one moment."""
    query = f"SELECT 1 FROM {prefix}sent WHERE sent_at >= ? AND queue = ? LIMIT 1"
    return db.execute(query, (since, queue)).fetchone() is not None


def note(db: sqlite3.Connection, prefix: str, job: Job, verdict: Verdict) -> None:
    db.execute(
        f"UPDATE {prefix}job SET code = ?, error = ? WHERE id = ?",
        (verdict.code, verdict.text[:LONGEST_TEXT], job.id),
    )
