"""The pauses of queues. Never begins or commits a transaction."""

from overseer.outbox.pauses import ALL, By, Pause
from overseer.outbox.postgres.rows import clean
from overseer.outbox.postgres.server import Cursor


def pauses(cursor: Cursor) -> list[Pause]:
    rows = cursor.execute(
        "SELECT queue, by, until, since, changed, step, reason FROM outbox_pause ORDER BY queue, by"
    )
    return [
        Pause(queue=q, by=By(by), until=until, since=since, changed=changed, step=n, reason=why)
        for q, by, until, since, changed, n, why in rows
    ]


def write(cursor: Cursor, pause: Pause) -> None:
    cursor.execute(
        "INSERT INTO outbox_pause VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (queue, by)"
        " DO UPDATE SET until = excluded.until, since = excluded.since,"
        " changed = excluded.changed, step = excluded.step, reason = excluded.reason",
        (
            pause.queue,
            pause.by.value,
            pause.until,
            pause.since,
            pause.changed,
            pause.step,
            clean(pause.reason),
        ),
    )


def move(cursor: Cursor, before: Pause, after: Pause) -> bool:
    """False: another holder has changed it since it was read."""
    query = (
        "UPDATE outbox_pause SET until = %s, changed = %s"
        " WHERE queue = %s AND by = %s AND until = %s AND changed = %s"
    )
    values = (after.until, after.changed, before.queue, before.by.value, before.until)
    return cursor.execute(query, (*values, before.changed)).rowcount > 0


def find(cursor: Cursor, queue: str) -> Pause | None:
    found = (p for p in pauses(cursor) if p.queue == queue and p.by is By.TRANSPORT)
    return next(found, None)


def hold(cursor: Cursor, pause: Pause) -> None:
    """Nobody who has read the pauses before this one may still be taking leases after it."""
    if pause.by is By.MOVE:
        cursor.execute("LOCK TABLE outbox_pause IN ACCESS EXCLUSIVE MODE")
    write(cursor, pause)


def lift(cursor: Cursor, queue: str, by: By = By.TRANSPORT) -> None:
    """The transport has answered."""
    query = "DELETE FROM outbox_pause WHERE queue = %s AND by = %s"
    cursor.execute(query, (queue, by.value))


def resume(cursor: Cursor, queue: str) -> bool:
    """Lift both kinds of pause, of every queue for ALL; False: there was none."""
    query = "DELETE FROM outbox_pause WHERE queue = %s OR %s"
    return cursor.execute(query, (queue, queue == ALL)).rowcount > 0
