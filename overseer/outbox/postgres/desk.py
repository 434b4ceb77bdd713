"""Questions people ask of a queue, and what they may do to it. Never begins or commits."""

from collections.abc import Collection, Sequence

from overseer.outbox.postgres.rows import BODY, JOIN, RUN_AT
from overseer.outbox.postgres.server import Cursor
from overseer.outbox.sight import EVERY, STATES, Counts, Deferred, Filter, Row, check_state, see

DUE = "j.status = 'todo' AND j.scheduled_at <= to_timestamp(%(now)s)"
WAITING = "j.status = 'todo' AND j.scheduled_at > to_timestamp(%(now)s)"
LEASED = "j.status = 'doing'"
DEAD = "j.status = 'failed'"
AMONG = "(%s OR j.queue_name = ANY(%s))"
"""Takes what among() makes."""
LIVE_COLUMNS = (
    f"id, j.task_name, j.queue_name, -j.priority, {RUN_AT}, p.created_at, p.message_id, p.sender,"
    " p.rcpt, p.dedupe, p.payload, p.attempts, p.crashes, p.code, p.error, ''"
)
DEAD_COLUMNS = (
    "id, j.task_name, j.queue_name, -j.priority, p.dead_at, p.created_at, p.message_id, p.sender,"
    " p.rcpt, p.dedupe, p.payload, p.attempts, p.crashes, p.code, p.error, p.reason"
)
SENT_COLUMNS = (
    "id, kind, queue, 0, sent_at, created_at, message_id, sender, rcpt, dedupe,"
    " '', attempts, 0, code, reply, ''"
)
LIVE_SEARCHED = "p.rcpt, p.sender, j.task_name, p.message_id, p.error"
SENT_SEARCHED = "rcpt, sender, kind, message_id, reply"
FIRST = "j.priority DESC, j.scheduled_at, id"
VIEWS = {
    "due": (f"SELECT {LIVE_COLUMNS} FROM {JOIN} WHERE {DUE}", FIRST),
    "waiting": (f"SELECT {LIVE_COLUMNS} FROM {JOIN} WHERE {WAITING}", "j.scheduled_at, id"),
    "leased": (f"SELECT {LIVE_COLUMNS} FROM {JOIN} WHERE {LEASED}", FIRST),
    "dead": (f"SELECT {DEAD_COLUMNS} FROM {JOIN} WHERE {DEAD}", "p.dead_at DESC, id DESC"),
    "sent": (f"SELECT {SENT_COLUMNS} FROM outbox_sent WHERE true", "seq DESC"),
}
COUNT = (
    f"SELECT count(*) FILTER (WHERE {DUE}), count(*) FILTER (WHERE {WAITING}),"
    f" count(*) FILTER (WHERE {LEASED}), count(*) FILTER (WHERE {DEAD}),"
    " (SELECT count(*) FROM outbox_sent) FROM procrastinate_jobs j"
)


def counts(cursor: Cursor, now: float) -> Counts:
    row = cursor.execute(COUNT, {"now": now}).fetchone()
    assert row is not None
    return Counts(**dict(zip(STATES, row, strict=True)))


def rows(cursor: Cursor, state: str, limit: int, now: float, wanted: Filter = EVERY) -> list[Row]:
    """What goes first comes first; of the dead and the sent, the latest. Raises UsageError."""
    check_state(state)
    query, order = VIEWS[state]
    keys: dict[str, object] = {"now": now, "limit": limit, "skip": wanted.skip}
    if wanted.queue:
        query += f" AND {'queue' if state == 'sent' else 'j.queue_name'} = %(queue)s"
        keys["queue"] = wanted.queue
    if wanted.text:
        columns = SENT_SEARCHED if state == "sent" else LIVE_SEARCHED
        query += f" AND strpos(lower(concat_ws(E'\\n', {columns})), %(text)s) > 0"
        keys["text"] = wanted.text.lower()
    found = cursor.execute(f"{query} ORDER BY {order} LIMIT %(limit)s OFFSET %(skip)s", keys)
    return [see(state, row) for row in found]


def find(cursor: Cursor, id: int, now: float) -> Row | None:
    for state in STATES:
        query, _ = VIEWS[state]
        row = cursor.execute(f"{query} AND id = %(id)s", {"now": now, "id": id}).fetchone()
        if row:
            return see(state, row)
    return None


def body(cursor: Cursor, id: int) -> bytes | None:
    """None: no such row, or it has been sent."""
    query = f"SELECT {BODY} FROM outbox_parcel p WHERE id = %s"
    row = cursor.execute(query, (id,)).fetchone()
    return bytes(row[0]) if row else None


def oldest_due(cursor: Cursor, now: float, queues: Collection[str] | None = None) -> float | None:
    """run_at of what has waited longest, leased or paused rows too; None: nothing is due."""
    row = cursor.execute(
        f"SELECT min({RUN_AT}) FROM procrastinate_jobs j WHERE j.scheduled_at <= to_timestamp(%s)"
        f" AND j.status IN ('todo', 'doing') AND {AMONG}",
        (now, *among(queues)),
    ).fetchone()
    return row[0] if row else None


def dead_ids(cursor: Cursor, after: int, most: int) -> list[int]:
    query = f"SELECT id FROM procrastinate_jobs j WHERE {DEAD} AND id > %s ORDER BY id LIMIT %s"
    return [row[0] for row in cursor.execute(query, (after, most))]


def deferred(cursor: Cursor, queues: Collection[str] | None = None) -> Deferred:
    condition = f"p.tried_at IS NOT NULL AND p.dead_at IS NULL AND {AMONG}"
    row = cursor.execute(
        f"SELECT count(*) OVER (), p.tried_at, p.error FROM {JOIN} WHERE {condition}"
        " ORDER BY p.tried_at LIMIT 1",
        among(queues),
    ).fetchone()
    return Deferred(count=row[0], since=row[1], text=row[2]) if row else Deferred()


def dead_count(cursor: Cursor, queues: Collection[str] | None = None) -> int:
    query = f"SELECT count(*) FROM procrastinate_jobs j WHERE {DEAD} AND {AMONG}"
    row = cursor.execute(query, among(queues)).fetchone()
    return int(row[0]) if row else 0


def among(queues: Collection[str] | None) -> tuple[bool, list[str]]:
    return queues is None, list(queues or ())


def retry(cursor: Cursor, ids: Sequence[int], now: float) -> int:
    """How many go now: the dead as if they were new, the waiting at once.

    A dead one whose like has been queued or sent since stays dead.
    """
    wanted = list(ids)
    return hasten(cursor, wanted, now) + revive(cursor, wanted, now)


# Of two dead ones with one key the older goes.
LIKE = "o.dedupe = p.dedupe AND o.rcpt = p.rcpt"
KEY = "p.dedupe, p.rcpt, CASE WHEN p.dedupe IS NULL THEN id END"
REVIVE = f"""
WITH wanted AS (
    SELECT DISTINCT ON ({KEY}) id FROM {JOIN} WHERE {DEAD} AND id = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM outbox_sent o WHERE {LIKE})
    AND NOT EXISTS (SELECT 1 FROM outbox_parcel o WHERE {LIKE} AND o.dead_at IS NULL)
    ORDER BY {KEY}, id
)
UPDATE outbox_parcel p SET attempts = 0, crashes = 0, tried_at = NULL, expires_at = NULL,
    interruptions = 0, interrupted_at = NULL, dead_at = NULL, reason = ''
    FROM wanted w WHERE p.id = w.id AND p.dead_at IS NOT NULL
    RETURNING p.id
"""


def revive(cursor: Cursor, ids: Sequence[int], now: float) -> int:
    """With the locks that puts of their like take too, in one order everywhere."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended("
        "current_schema() || ' ' || dedupe || ' ' || rcpt, 0) AS lock FROM outbox_parcel"
        " WHERE id = ANY(%s) AND dedupe IS NOT NULL ORDER BY lock) AS locks",
        (ids,),
    )
    revived = [row[0] for row in cursor.execute(REVIVE, (ids,)).fetchall()]
    cursor.execute(
        "SELECT procrastinate_retry_job_v2(id, to_timestamp(%s), NULL, NULL, NULL)"
        " FROM unnest(%s::bigint[]) AS id",
        (now, revived),
    )
    return len(revived)


def hasten(cursor: Cursor, ids: Sequence[int], now: float) -> int:
    query = f"UPDATE procrastinate_jobs j SET scheduled_at = to_timestamp(%(now)s) WHERE {WAITING}"
    return cursor.execute(f"{query} AND id = ANY(%(ids)s)", {"now": now, "ids": ids}).rowcount


def discard(cursor: Cursor, ids: Sequence[int]) -> int:
    """How many are gone for good; what is leased may be under way, and stays."""
    query = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status IN ('todo', 'failed')"
    return cursor.execute(query, (list(ids),)).rowcount


ENDED = {"dead": "outbox_parcel", "sent": "outbox_sent"}
"""Where their date is."""


def count_ended(cursor: Cursor, state: str, before: float) -> int:
    query = f"SELECT count(*) FROM {ENDED[state]} WHERE {state}_at < %s"
    row = cursor.execute(query, (before,)).fetchone()
    return int(row[0]) if row else 0


def purge(cursor: Cursor, state: str, before: float, most: int = 1000) -> int:
    """Forget what was sent, or has died, before then, the oldest first, and how many that were."""
    oldest = f"FROM {ENDED[state]} WHERE {state}_at < %s ORDER BY {state}_at LIMIT %s"
    query = f"DELETE FROM outbox_sent WHERE seq IN (SELECT seq {oldest})"
    if state == "dead":
        query = (
            "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND id IN"
            f" (SELECT id {oldest} FOR UPDATE)"
        )
    return cursor.execute(query, (before, most)).rowcount
