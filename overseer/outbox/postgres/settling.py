"""How deliveries ended. Never begins or commits a transaction."""

from collections.abc import Sequence

from overseer.outbox.attempt import attempted, interrupted
from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import LONGEST_TEXT, Fate, Job, Settled, Verdict
from overseer.outbox.pauses import blamed
from overseer.outbox.postgres import pausing
from overseer.outbox.postgres.rows import JOIN, LOCKED, back_to_queue, bury, clean
from overseer.outbox.postgres.server import Cursor
from overseer.outbox.store import Finished


def settle(
    cursor: Cursor, finished: Finished, now: float, limits: Limits, luck: Luck
) -> list[Settled]:
    """Record what has not been fenced off: leased again since, or gone.

    A holder whose lease ran out unnoticed is still heard: less is sent twice.
    """
    current = locked(cursor, [job.id for job, _ in finished])
    valid = [(job, verdict) for job, verdict in finished if (job.id, job.token) in current]
    valid.sort(key=lambda pair: pair[0].id)  # in one order everywhere: shared bodies are locked
    answered = {j.queue for j, v in valid if v.fate in (Fate.SENT, Fate.RETRY, Fate.DEAD)}
    for queue in sorted(answered):
        pausing.lift(cursor, queue)
    record_sent(cursor, [(job, v) for job, v in valid if v.fate is Fate.SENT], now)
    return [settle_one(cursor, job, verdict, now, limits, luck) for job, verdict in valid]


def locked(cursor: Cursor, ids: Sequence[int]) -> set[tuple[int, int]]:
    if not ids:
        return set()
    rows = cursor.execute(
        "SELECT id, p.token FROM procrastinate_jobs j JOIN outbox_parcel p USING (id)"
        f" WHERE id = ANY(%s) AND j.status IN ('todo', 'doing') ORDER BY id {LOCKED}",
        (list(ids),),
    )
    return set(rows)


def record_sent(cursor: Cursor, sent: Finished, now: float) -> None:
    if not sent:
        return
    ids = [job.id for job, _ in sent]
    cursor.execute(
        "INSERT INTO outbox_sent (id, kind, queue, dedupe, message_id, sender, rcpt, attempts,"
        " created_at, sent_at, code, reply) SELECT id, j.task_name, j.queue_name, p.dedupe,"
        " p.message_id, p.sender, p.rcpt, p.attempts, p.created_at, %s, v.code, v.reply"
        " FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS v (id, code, reply)"
        " JOIN procrastinate_jobs j USING (id) JOIN outbox_parcel p USING (id)",
        (
            now,
            ids,
            [verdict.code for _, verdict in sent],
            [clean(verdict.text[:LONGEST_TEXT]) for _, verdict in sent],
        ),
    )
    cursor.execute(
        "SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM unnest(%s::bigint[]) AS id",
        (ids,),
    )


def settle_one(
    cursor: Cursor, job: Job, verdict: Verdict, now: float, limits: Limits, luck: Luck
) -> Settled:
    match verdict.fate:
        case Fate.RETRY | Fate.DEAD:
            return count_attempt(cursor, job, verdict, now, limits, luck)
        case Fate.DOWN:
            note(cursor, job, verdict)
            blame(cursor, job, verdict, now, limits, luck)
            back_to_queue(cursor, job.id)
        case Fate.INTERRUPTED:
            return interrupt(cursor, job, verdict, now, limits, luck)
        case Fate.UNTRIED:
            back_to_queue(cursor, job.id)
    return Settled(job=job, fate=verdict.fate, code=verdict.code, text=verdict.text)


def blame(
    cursor: Cursor, job: Job, verdict: Verdict, now: float, limits: Limits, luck: Luck
) -> None:
    before = pausing.find(cursor, job.queue)
    after = blamed(before, job, verdict, now=now, limits=limits, luck=luck)
    if after:
        pausing.write(cursor, after)


def interrupt(
    cursor: Cursor, job: Job, verdict: Verdict, now: float, limits: Limits, luck: Luck
) -> Settled:
    """As in a file: see overseer/outbox/table.py."""
    after = interrupted(job, now, limits, luck)
    cursor.execute(
        "UPDATE outbox_parcel SET interruptions = %s, interrupted_at = %s, tried_at = %s"
        " WHERE id = %s",
        (after.times, now, after.tried_at, job.id),
    )
    if job.interrupted_at is not None and has_sent(cursor, job.queue, job.interrupted_at):
        return count_attempt(cursor, job, verdict, now, limits, luck)
    note(cursor, job, verdict)
    if job.interrupted_at is None and breaks_off_at_others(cursor, job):
        blame(cursor, job, verdict, now, limits, luck)
    back_to_queue(cursor, job.id, after.due)
    return Settled(job=job, fate=verdict.fate, code=verdict.code, text=verdict.text, due=after.due)


def breaks_off_at_others(cursor: Cursor, job: Job) -> bool:
    row = cursor.execute(
        f"SELECT max(p.interrupted_at) FROM {JOIN} WHERE p.tried_at IS NOT NULL"
        " AND p.dead_at IS NULL AND j.queue_name = %s AND id != %s",
        (job.queue, job.id),
    ).fetchone()
    return bool(row and row[0] is not None and not has_sent(cursor, job.queue, row[0]))


def has_sent(cursor: Cursor, queue: str, since: float) -> bool:
    """At that moment or later: what one commit records has one moment."""
    query = "SELECT 1 FROM outbox_sent WHERE sent_at >= %s AND queue = %s LIMIT 1"
    return cursor.execute(query, (since, queue)).fetchone() is not None


def count_attempt(
    cursor: Cursor, job: Job, verdict: Verdict, now: float, limits: Limits, luck: Luck
) -> Settled:
    after = attempted(job, verdict, now, limits, luck)
    note(cursor, job, verdict)
    cursor.execute(
        "UPDATE outbox_parcel SET attempts = %s, tried_at = %s WHERE id = %s",
        (after.attempts, after.tried_at, job.id),
    )
    if after.reason:
        return bury(cursor, job, now, reason=after.reason, code=verdict.code, text=verdict.text)
    back_to_queue(cursor, job.id, after.due)
    return Settled(job=job, fate=Fate.RETRY, code=verdict.code, text=verdict.text, due=after.due)


def note(cursor: Cursor, job: Job, verdict: Verdict) -> None:
    cursor.execute(
        "UPDATE outbox_parcel SET code = %s, error = %s WHERE id = %s",
        (verdict.code, clean(verdict.text[:LONGEST_TEXT]), job.id),
    )
