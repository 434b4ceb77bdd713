"""What could be leased now, and when the next could be."""

import sqlite3
from collections.abc import Collection, Iterator

from overseer.outbox.burial import jobs_where
from overseer.outbox.choice import Head, best, earliest, open_heads, send_probes, within
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job
from overseer.outbox.pauses import Pause, pauses, probe


def ready(
    db: sqlite3.Connection,
    prefix: str,
    queues: Collection[str] | None,
    most: int,
    free: int,
    *,
    now: float,
    limits: Limits,
) -> list[Job]:
    """Rows that could go now, best first, expired ones too; without their bodies, for which there
    are *free* bytes."""
    known = pauses(db, prefix)
    heads_now = open_heads(heads(db, prefix), queues, known, now)
    found = best(heads_now, lambda head: fetch(db, prefix, head, now, most), most)

    def set_out(pause: Pause) -> bool:
        probe(db, prefix, pause, now=now, limits=limits)
        return True

    return send_probes(within(found, free, limits), known, most, now, set_out)


def heads(db: sqlite3.Connection, prefix: str) -> Iterator[Head]:
    """Each that has unleased rows: two steps of the index, however many they are.

    One comparison of the pair would be shorter, and read every row of the queue.
    """
    free = f"SELECT queue, priority FROM {prefix}job WHERE lease_by IS NULL"
    order = "ORDER BY queue, priority LIMIT 1"
    row = db.execute(f"{free} {order}").fetchone()
    while row:
        yield Head(*row)
        queue, priority = row
        next_priority = f"{free} AND queue = ? AND priority > ? {order}"
        next_queue = f"{free} AND queue > ? {order}"
        row = (
            db.execute(next_priority, (queue, priority)).fetchone()
            or db.execute(next_queue, (queue,)).fetchone()
        )


def fetch(db: sqlite3.Connection, prefix: str, head: Head, now: float, most: int) -> list[Job]:
    condition = (
        "lease_by IS NULL AND queue = ? AND priority = ? AND run_at <= ?"
        " ORDER BY run_at, id LIMIT ?"
    )
    # The lease about to be taken raises the token: the fence stands before the delivery begins.
    return jobs_where(db, prefix, condition, (*head, now, most), now, step=1)


def next_due(
    db: sqlite3.Connection, prefix: str, queues: Collection[str] | None, now: float
) -> float | None:
    query = f"SELECT min(run_at) FROM {prefix}job WHERE lease_by IS NULL AND queue = ?"
    query += " AND priority = ?"

    def due_of(head: Head) -> float | None:
        """None where somebody else has taken the last of it since the heads were read."""
        due: float | None = db.execute(query, head).fetchone()[0]
        return due

    return earliest(heads(db, prefix), due_of, queues, pauses(db, prefix), now)
