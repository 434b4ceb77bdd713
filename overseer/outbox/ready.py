"""What could be leased now, and when the next could be."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator

from overseer.outbox.burial import COLUMNS, read_job
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job
from overseer.outbox.pauses import ALL, Pause, pauses, probe


def ready(
    db: sqlite3.Connection,
    prefix: str,
    queues: Collection[str] | None,
    most: int,
    *,
    now: float,
    limits: Limits,
) -> list[Job]:
    """Rows that could go now, best first, expired ones too; of a queue on probation only one
    that has not expired."""
    known = pauses(db, prefix)
    found: list[Job] = []
    level = None
    for queue, priority in open_heads(db, prefix, queues, known, now):
        if len(found) >= most and priority != level:
            break
        level = priority
        found += fetch(db, prefix, queue, priority, now, most)
    found.sort(key=lambda job: (job.priority, job.run_at, job.id))
    return send_probes(db, prefix, found, known, most, now=now, limits=limits)


def send_probes(
    db: sqlite3.Connection,
    prefix: str,
    found: Iterable[Job],
    known: Iterable[Pause],
    most: int,
    *,
    now: float,
    limits: Limits,
) -> list[Job]:
    probation = {pause.queue: pause for pause in known}
    probed: set[str] = set()
    jobs: list[Job] = []
    for job in found:
        if len(jobs) == most:
            break
        if job.queue in probation and not job.has_expired(now):
            if job.queue in probed:
                continue
            probed.add(job.queue)
            probe(db, prefix, probation[job.queue], now=now, limits=limits)
        jobs.append(job)
    return jobs


def open_heads(
    db: sqlite3.Connection,
    prefix: str,
    queues: Collection[str] | None,
    known: Iterable[Pause],
    now: float,
) -> list[tuple[str, int]]:
    """(queue, priority) of what nothing holds back, by priority."""
    held = {pause.queue for pause in known if pause.holds(now)}
    if ALL in held:
        return []
    open_ = (
        head
        for head in heads(db, prefix)
        if head[0] not in held and (queues is None or head[0] in queues)
    )
    return sorted(open_, key=lambda head: head[1])


def heads(db: sqlite3.Connection, prefix: str) -> Iterator[tuple[str, int]]:
    """Each (queue, priority) that has unleased rows: two steps of the index, however many they are.

    One comparison of the pair would be shorter, and read every row of the queue.
    """
    free = f"SELECT queue, priority FROM {prefix}job WHERE lease_by IS NULL"
    order = "ORDER BY queue, priority LIMIT 1"
    row = db.execute(f"{free} {order}").fetchone()
    while row:
        yield row
        queue, priority = row
        next_priority = f"{free} AND queue = ? AND priority > ? {order}"
        next_queue = f"{free} AND queue > ? {order}"
        row = (
            db.execute(next_priority, (queue, priority)).fetchone()
            or db.execute(next_queue, (queue,)).fetchone()
        )


def fetch(
    db: sqlite3.Connection, prefix: str, queue: str, priority: int, now: float, most: int
) -> list[Job]:
    query = (
        f"SELECT {COLUMNS} FROM {prefix}job WHERE lease_by IS NULL AND queue = ?"
        " AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?"
    )
    # The lease about to be taken raises the token: the fence stands before the delivery begins.
    return [read_job(row, now, step=1) for row in db.execute(query, (queue, priority, now, most))]


def next_due(
    db: sqlite3.Connection, prefix: str, queues: Collection[str] | None, now: float
) -> float | None:
    """When something could next be leased: epoch seconds, in the past if now; None: never."""
    known = pauses(db, prefix)
    if any(p.queue == ALL and p.until is None for p in known):
        return None
    dues = []
    for queue, priority in heads(db, prefix):
        if queues is not None and queue not in queues:
            continue
        holds = [p.until for p in known if p.queue == queue and p.holds(now)]
        if None in holds:
            continue
        due = db.execute(
            f"SELECT min(run_at) FROM {prefix}job WHERE lease_by IS NULL AND queue = ?"
            " AND priority = ?",
            (queue, priority),
        ).fetchone()[0]
        dues.append(max([due, *(until for until in holds if until is not None)]))
    return min(dues, default=None)
