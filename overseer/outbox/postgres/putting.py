"""What goes into the queue. Never begins or commits a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from procrastinate import SyncPsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from overseer.errors import Refused
from overseer.outbox.parcel import Parcel
from overseer.outbox.postgres.server import Cursor
from overseer.outbox.table import shared_bodies

Key = tuple[str, str]


def put(cursor: Cursor, parcels: Sequence[Parcel], now: float) -> list[int | None]:
    """The ids of the new rows; None: its like is queued or was sent already."""
    known = claim_keys(cursor, sorted({key for p in parcels if (key := key_of(p))}))
    wanted: list[int] = []
    for place, parcel in enumerate(parcels):
        key = key_of(parcel)
        if key not in known:
            wanted.append(place)
            known |= {key} if key else set()
    ids: list[int | None] = [None] * len(parcels)
    if not wanted:
        return ids
    chosen = [parcels[place] for place in wanted]
    for place, id in zip(wanted, defer(cursor, chosen, now), strict=True):
        ids[place] = id
    shared = keep_bodies(cursor, chosen)
    cursor.executemany(
        "INSERT INTO outbox_parcel (id, payload, dedupe, message_id, sender, rcpt, body, body_id,"
        " max_attempts, expires_at, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                ids[place],
                parcel.payload,
                parcel.dedupe,
                parcel.message_id,
                parcel.sender,
                parcel.rcpt,
                b"" if parcel.body in shared else parcel.body,
                shared.get(parcel.body),
                parcel.max_attempts,
                parcel.expires_at,
                now,
            )
            for place, parcel in zip(wanted, chosen, strict=True)
        ],
    )
    return ids


def keep_bodies(cursor: Cursor, parcels: Sequence[Parcel]) -> dict[bytes, int]:
    """The ids of their rows, which go with the last that has them; small ones of one have none."""
    digests = shared_bodies(parcel.body for parcel in parcels)
    query = (
        "INSERT INTO outbox_body (digest, body) VALUES (%s, %s) ON CONFLICT (digest)"
        " DO UPDATE SET digest = excluded.digest RETURNING id"
    )  # the update locks it: who takes away its last row waits, and finds ours
    found = {}
    for body, digest in sorted(digests.items(), key=lambda item: item[1]):
        row = cursor.execute(query, (digest, body)).fetchone()
        assert row is not None
        found[body] = int(row[0])
    return found


def key_of(parcel: Parcel) -> Key | None:
    return None if parcel.dedupe is None else (parcel.dedupe, parcel.rcpt)


def claim_keys(cursor: Cursor, keys: Sequence[Key]) -> set[Key | None]:
    """Those that are queued or were sent; until the commit nobody else puts one of *keys*."""
    if not keys:
        return set()
    columns = [list(column) for column in zip(*keys, strict=True)]
    # In one order everywhere: two that put the same keys do not wait for each other.
    cursor.execute(
        "SELECT pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended("
        "current_schema() || ' ' || dedupe || ' ' || rcpt, 0) AS lock"
        " FROM unnest(%s::text[], %s::text[]) AS k (dedupe, rcpt) ORDER BY lock) AS locks",
        columns,
    )
    rows = cursor.execute(
        "SELECT dedupe, rcpt FROM unnest(%s::text[], %s::text[]) AS k (dedupe, rcpt) WHERE EXISTS"
        " (SELECT 1 FROM outbox_parcel p JOIN procrastinate_jobs j USING (id) WHERE j.status IN"
        " ('todo', 'doing') AND p.dedupe = k.dedupe AND p.rcpt = k.rcpt) OR EXISTS"
        " (SELECT 1 FROM outbox_sent s WHERE s.dedupe = k.dedupe AND s.rcpt = k.rcpt)",
        columns,
    ).fetchall()
    return {(dedupe, rcpt) for dedupe, rcpt in rows}


def defer(cursor: Cursor, parcels: Sequence[Parcel], now: float) -> list[int]:
    """As jobs of procrastinate, where a higher priority goes first."""
    jobs = [
        Job(
            queue=parcel.queue,
            task_name=parcel.kind,
            priority=-parcel.priority,
            scheduled_at=moment(now if parcel.run_at is None else parcel.run_at),
            lock=None,
            queueing_lock=None,
        )
        for parcel in parcels
    ]
    manager = JobManager(SyncPsycopgConnector())
    done = manager.batch_defer_jobs(jobs, connection=cursor.connection)
    return [job.id for job in done if job.id is not None]


def moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"run_at: {seconds} is beyond the calendar") from error
