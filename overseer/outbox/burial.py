"""Rows read as jobs, and put among the dead with the reason, where people can see them."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from overseer.outbox.parcel import Fate, Job, Settled

LARGEST_INLINE = 2**16
"""Bytes of a body that is kept in its own row, unless others have the same."""
COLUMNS = (
    "id, token, kind, payload, queue, priority, run_at, message_id, sender, rcpt,"
    f" CASE WHEN body_id IS NULL AND length(body) <= {LARGEST_INLINE} THEN body ELSE x'' END,"
    " attempts, crashes, max_attempts, expires_at, created_at, tried_at, interruptions,"
    " interrupted_at, coalesce((SELECT length(b.body) FROM {p}body b WHERE b.id = body_id),"
    " length(body))"
)
"""Without a body that is large or shared, which with_bodies() adds to those that are wanted."""
KEPT = (
    "id, kind, payload, queue, priority, run_at, dedupe, message_id, sender, rcpt, body,"
    " attempts, crashes, max_attempts, expires_at, created_at, tried_at, token, code, error,"
    " body_id, interruptions, interrupted_at"
)
"""What a row keeps on its way to the dead and back."""


def read_job(row: Sequence[Any], now: float, step: int = 0) -> Job:
    return Job(
        id=row[0],
        token=row[1] + step,
        kind=row[2],
        payload=row[3],
        queue=row[4],
        priority=row[5],
        run_at=row[6],
        message_id=row[7],
        sender=row[8],
        rcpt=row[9],
        body=row[10],
        attempts=row[11],
        crashes=row[12],
        max_attempts=row[13],
        expires_at=row[14],
        created_at=row[15],
        tried_at=row[16],
        interruptions=row[17],
        interrupted_at=row[18],
        size=row[19],
        leased_at=now,
    )


def jobs_where(
    db: sqlite3.Connection,
    prefix: str,
    condition: str,
    values: Sequence[object],
    now: float,
    step: int = 0,
) -> list[Job]:
    query = f"SELECT {COLUMNS.format(p=prefix)} FROM {prefix}job WHERE {condition}"
    return [read_job(row, now, step) for row in db.execute(query, values)]


def with_bodies(db: sqlite3.Connection, prefix: str, jobs: Iterable[Job]) -> list[Job]:
    """What several share is read once, and in memory once."""
    shared: dict[int, bytes] = {}
    return [
        job
        if len(job.body) == job.size
        else replace(job, body=read_body(db, prefix, job.id, shared))
        for job in jobs
    ]


def read_body(db: sqlite3.Connection, prefix: str, id: int, shared: dict[int, bytes]) -> bytes:
    query = f"SELECT body, body_id FROM {prefix}job WHERE id = ?"
    body, body_id = db.execute(query, (id,)).fetchone()
    if body_id is None:
        return bytes(body)
    if body_id not in shared:
        query = f"SELECT body FROM {prefix}body WHERE id = ?"
        shared[body_id] = db.execute(query, (body_id,)).fetchone()[0]
    return shared[body_id]


def load_job(db: sqlite3.Connection, prefix: str, id: int, now: float) -> Job:
    """Raises LookupError where it is not queued."""
    found = with_bodies(db, prefix, jobs_where(db, prefix, "id = ?", (id,), now))
    if not found:
        raise LookupError(f"job {id} is not queued")
    return found[0]


def bury(
    db: sqlite3.Connection,
    prefix: str,
    job: Job,
    now: float,
    *,
    reason: str,
    code: int | None = None,
    text: str = "",
) -> Settled:
    """Move the row, whole, to the dead; *text* is the last answer, the one before stays without."""
    db.execute(
        f"INSERT OR REPLACE INTO {prefix}dead ({KEPT}, dead_at, reason)"
        f" SELECT {KEPT}, ?, ? FROM {prefix}job WHERE id = ?",
        (now, reason, job.id),
    )
    db.execute(f"DELETE FROM {prefix}job WHERE id = ?", (job.id,))
    return Settled(job=job, fate=Fate.DEAD, code=code, text=text or reason, reason=reason)
