"""Rows read as jobs, and put among the dead with the reason, where people can see them."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from overseer.outbox.parcel import Fate, Job, Settled

COLUMNS = (
    "id, token, kind, payload, queue, priority, run_at, message_id, sender, rcpt, body,"
    " attempts, crashes, max_attempts, expires_at, created_at, tried_at"
)
KEPT = (
    "id, kind, payload, queue, priority, run_at, dedupe, message_id, sender, rcpt, body,"
    " attempts, crashes, max_attempts, expires_at, created_at, tried_at, token, code, error"
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
        leased_at=now,
    )


def load_job(db: sqlite3.Connection, prefix: str, id: int, now: float) -> Job:
    """Raises LookupError where it is not queued."""
    row = db.execute(f"SELECT {COLUMNS} FROM {prefix}job WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise LookupError(f"job {id} is not queued")
    return read_job(row, now)


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
