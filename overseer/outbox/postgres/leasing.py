"""Who may deliver which row, and for how long. Never begins or commits a transaction."""

from collections.abc import Collection, Sequence

from overseer.outbox.choice import Head, best, earliest, open_heads, send_probes, within
from overseer.outbox.leasing import CRASH
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import Job, Settled
from overseer.outbox.pauses import Pause, probed
from overseer.outbox.postgres.pausing import move, pauses
from overseer.outbox.postgres.rows import (
    LOCKED,
    RUN_AT,
    back_to_queue,
    bury,
    jobs_where,
    with_bodies,
)
from overseer.outbox.postgres.server import Cursor

# Each queue and priority with jobs to do, and when the first is due: a step of the index each.
HEADS = f"""
WITH RECURSIVE head AS (
    (SELECT queue_name, priority, scheduled_at FROM procrastinate_jobs WHERE status = 'todo'
     ORDER BY queue_name, priority, scheduled_at LIMIT 1)
    UNION ALL
    SELECT next.* FROM head CROSS JOIN LATERAL (
        SELECT j.queue_name, j.priority, j.scheduled_at FROM procrastinate_jobs j
        WHERE j.status = 'todo' AND (j.queue_name, j.priority) > (head.queue_name, head.priority)
        ORDER BY j.queue_name, j.priority, j.scheduled_at LIMIT 1) AS next
)
SELECT j.queue_name, -j.priority, {RUN_AT} FROM head j WHERE j.scheduled_at IS NOT NULL
"""


def heads(cursor: Cursor) -> dict[Head, float]:
    return {Head(queue, priority): due for queue, priority, due in cursor.execute(HEADS)}


def next_due(cursor: Cursor, queues: Collection[str] | None, now: float) -> float | None:
    found = heads(cursor)
    return earliest(found, found.__getitem__, queues, pauses(cursor), now)


def lease(
    cursor: Cursor,
    worker: int,
    most: int,
    free: int,
    queues: Collection[str] | None,
    now: float,
    limits: Limits,
) -> tuple[list[Job], list[Settled]]:
    """Take what is due, by (priority, run_at); what others are taking at this moment is theirs."""
    known = pauses(cursor)
    found = best(
        open_heads(heads(cursor), queues, known, now),
        lambda head: fetch(cursor, head, now, most),
        most,
    )

    def set_out(pause: Pause) -> bool:
        return move(cursor, pause, probed(pause, now=now, limits=limits))

    jobs, buried = [], []
    for job in send_probes(within(found, free, limits), known, most, now, set_out):
        if job.has_expired(now):
            buried.append(bury(cursor, job, now, reason="expired"))
        else:
            jobs.append(job)
    hand_over(cursor, worker, [job.id for job in jobs])
    return with_bodies(cursor, jobs), buried


def fetch(cursor: Cursor, head: Head, now: float, most: int) -> list[Job]:
    condition = (
        "j.status = 'todo' AND j.queue_name = %s AND j.priority = %s"
        f" AND j.scheduled_at <= to_timestamp(%s) ORDER BY j.scheduled_at, id LIMIT %s {LOCKED}"
        " SKIP LOCKED"
    )
    # The lease about to be taken raises the token: the fence stands before the delivery begins.
    return jobs_where(cursor, condition, (head.queue, -head.priority, now, most), now, step=1)


def hand_over(cursor: Cursor, worker: int, ids: Sequence[int]) -> None:
    if not ids:
        return
    cursor.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = ANY(%s)",
        (worker, ids),
    )
    cursor.execute("UPDATE outbox_parcel SET token = token + 1 WHERE id = ANY(%s)", (ids,))


def held(cursor: Cursor, worker: int, jobs: Sequence[Job]) -> set[int]:
    """Ids of the jobs that are still the worker's; the others have been taken over."""
    rows = cursor.execute(
        "SELECT id, p.token FROM procrastinate_jobs j JOIN outbox_parcel p USING (id)"
        " WHERE j.status = 'doing' AND j.worker_id = %s",
        (worker,),
    )
    ours = set(rows)
    return {job.id for job in jobs if (job.id, job.token) in ours}


def orphans(cursor: Cursor, dead: Collection[int], now: float) -> list[Job]:
    """What nobody holds any more."""
    condition = (
        "j.status = 'doing' AND (j.worker_id IS NULL OR j.worker_id = ANY(%s))"
        f" ORDER BY id {LOCKED} SKIP LOCKED"
    )
    return jobs_where(cursor, condition, (list(dead),), now)


def has_orphans(cursor: Cursor) -> bool:
    query = "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL LIMIT 1"
    return cursor.execute(query).fetchone() is not None


def own(cursor: Cursor, worker: int, now: float) -> list[Job]:
    condition = f"j.status = 'doing' AND j.worker_id = %s ORDER BY id {LOCKED}"
    return jobs_where(cursor, condition, (worker,), now)


def crash(
    cursor: Cursor, jobs: Sequence[Job], now: float, limits: Limits, luck: Luck
) -> list[Settled]:
    """Put them back, each with one crash more."""
    buried = []
    for job in jobs:
        crashes = job.crashes + 1
        cursor.execute(
            "UPDATE outbox_parcel SET crashes = %s, error = %s WHERE id = %s",
            (crashes, CRASH, job.id),
        )
        if crashes >= limits.most_crashes:
            buried.append(bury(cursor, job, now, reason=f"{CRASH}, {crashes} times"))
        else:
            due = max(job.run_at, now + limits.crash_delay(crashes, luck))
            back_to_queue(cursor, job.id, due)
    return buried
