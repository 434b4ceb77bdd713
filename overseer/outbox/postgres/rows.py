"""Rows read as jobs, and put among the dead with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from overseer.outbox.burial import LARGEST_INLINE, read_job
from overseer.outbox.parcel import Fate, Job, Settled
from overseer.outbox.postgres.server import Cursor

RUN_AT = "extract(epoch FROM j.scheduled_at)::double precision"
JOIN = "procrastinate_jobs j JOIN outbox_parcel p USING (id)"
COLUMNS = (
    f"id, p.token, j.task_name, p.payload, j.queue_name, -j.priority, {RUN_AT}, p.message_id,"
    f" p.sender, p.rcpt, CASE WHEN p.body_id IS NULL AND octet_length(p.body) <= {LARGEST_INLINE}"
    " THEN p.body ELSE ''::bytea END, p.attempts, p.crashes, p.max_attempts, p.expires_at,"
    " p.created_at, p.tried_at, p.interruptions, p.interrupted_at, coalesce((SELECT"
    " octet_length(b.body) FROM outbox_body b WHERE b.id = p.body_id), octet_length(p.body))"
)
"""Without a body that is large or shared, which with_bodies() adds to those that are wanted."""
BODY = "coalesce((SELECT b.body FROM outbox_body b WHERE b.id = p.body_id), p.body)"
LOCKED = "FOR UPDATE OF j, p"
"""Both halves: of one that is not locked, an older version could be read."""


def jobs_where(
    cursor: Cursor, condition: str, values: Sequence[object], now: float, step: int = 0
) -> list[Job]:
    """*condition* ends with an order and a lock, if it is to have them."""
    query = f"SELECT {COLUMNS} FROM {JOIN} WHERE {condition}"
    return [read_job(row, now, step) for row in cursor.execute(query, values)]


def with_bodies(cursor: Cursor, jobs: Iterable[Job]) -> list[Job]:
    """What several share is read once, and in memory once."""
    jobs = list(jobs)
    wanted = [job for job in jobs if len(job.body) != job.size]
    if not wanted:
        return jobs
    query = "SELECT id, body, body_id FROM outbox_parcel WHERE id = ANY(%s)"
    rows = cursor.execute(query, ([job.id for job in wanted],)).fetchall()
    query = "SELECT id, body FROM outbox_body WHERE id = ANY(%s)"
    ids = [body_id for _, _, body_id in rows if body_id is not None]
    shared: dict[int, bytes] = dict(cursor.execute(query, (ids,)).fetchall()) if ids else {}
    bodies = {id: body if body_id is None else shared[body_id] for id, body, body_id in rows}
    return [replace(job, body=bodies.get(job.id, job.body)) for job in jobs]


def back_to_queue(cursor: Cursor, id: int, due: float | None = None) -> None:
    cursor.execute(
        "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, abort_requested = false,"
        " scheduled_at = coalesce(to_timestamp(%s), scheduled_at) WHERE id = %s",
        (due, id),
    )


def bury(
    cursor: Cursor, job: Job, now: float, *, reason: str, code: int | None = None, text: str = ""
) -> Settled:
    """*text* is the last answer, the one before stays without."""
    cursor.execute(
        "UPDATE outbox_parcel SET dead_at = %s, reason = %s WHERE id = %s", (now, reason, job.id)
    )
    cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", (job.id,))
    return Settled(job=job, fate=Fate.DEAD, code=code, text=text or reason, reason=reason)


def clean(text: str) -> str:
    """As PostgreSQL takes it: a server may have said anything."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
