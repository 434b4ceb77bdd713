"""Questions people ask of a queue, and what they may do to it. Never begins or commits."""

import sqlite3
from collections.abc import Collection, Sequence

from overseer.outbox.burial import KEPT
from overseer.outbox.ready import heads
from overseer.outbox.sight import EVERY, STATES, Counts, Deferred, Filter, Row, check_state, see

PLACES = {
    "due": "job WHERE lease_by IS NULL AND run_at <= :now",
    "waiting": "job WHERE lease_by IS NULL AND run_at > :now",
    "leased": "job WHERE lease_by IS NOT NULL",
    "dead": "dead WHERE true",
    "sent": "sent WHERE true",
}
SHARED = "id, kind, queue, priority, {at}, created_at, message_id, sender, rcpt, dedupe"
JOB_COLUMNS = f"{SHARED.format(at='run_at')}, payload, attempts, crashes, code, error, ''"
DEAD_COLUMNS = f"{SHARED.format(at='dead_at')}, payload, attempts, crashes, code, error, reason"
SENT_COLUMNS = (
    "id, kind, queue, 0, sent_at, created_at, message_id, sender, rcpt, dedupe,"
    " '', attempts, 0, code, reply, ''"
)
VIEWS = {
    "due": (JOB_COLUMNS, "priority, run_at, id"),
    "waiting": (JOB_COLUMNS, "run_at, id"),
    "leased": (JOB_COLUMNS, "priority, run_at, id"),
    "dead": (DEAD_COLUMNS, "dead_at DESC, id DESC"),
    "sent": (SENT_COLUMNS, "seq DESC"),
}

SEARCHED = (
    "lower(rcpt || char(10) || sender || char(10) || kind || char(10) || message_id"
    " || char(10) || {})"
)


def counts(db: sqlite3.Connection, prefix: str, now: float) -> Counts:
    def count(state: str) -> int:
        query = f"SELECT count(*) FROM {prefix}{PLACES[state]}"
        return int(db.execute(query, {"now": now}).fetchone()[0])

    return Counts(
        due=count("due"),
        waiting=count("waiting"),
        leased=count("leased"),
        dead=count("dead"),
        sent=count("sent"),
    )


def rows(
    db: sqlite3.Connection,
    prefix: str,
    state: str,
    limit: int = 100,
    *,
    now: float,
    wanted: Filter = EVERY,
) -> list[Row]:
    """What goes first comes first; of the dead and the sent, the latest. Raises UsageError."""
    check_state(state)
    columns, order = VIEWS[state]
    answer = "reply" if state == "sent" else "error"
    conditions = (":queue IN ('', queue)", f":text = '' OR instr({SEARCHED.format(answer)}, :text)")
    where = "".join(f" AND ({condition})" for condition in conditions)
    query = (
        f"SELECT {columns} FROM {prefix}{PLACES[state]}{where}"
        f" ORDER BY {order} LIMIT :limit OFFSET :skip"
    )
    keys = {"now": now, "limit": limit, "skip": wanted.skip, "queue": wanted.queue}
    keys["text"] = wanted.text.lower()
    return [see(state, row) for row in db.execute(query, keys)]


def find(db: sqlite3.Connection, prefix: str, id: int, *, now: float) -> Row | None:
    for state in STATES:
        query = f"SELECT {VIEWS[state][0]} FROM {prefix}{PLACES[state]} AND id = :id"
        row = db.execute(query, {"now": now, "id": id}).fetchone()
        if row:
            return see(state, row)
    return None


def body(db: sqlite3.Connection, prefix: str, id: int) -> bytes | None:
    """None: no such row, or it has been sent."""
    for table in ("job", "dead"):
        query = (
            f"SELECT coalesce((SELECT b.body FROM {prefix}body b WHERE b.id = body_id), body)"
            f" FROM {prefix}{table} WHERE id = ?"
        )
        row = db.execute(query, (id,)).fetchone()
        if row:
            return bytes(row[0])
    return None


def oldest_due(
    db: sqlite3.Connection, prefix: str, now: float, queues: Collection[str] | None = None
) -> float | None:
    """run_at of what has waited longest, leased or paused rows too; None: nothing is due."""
    leased = f"SELECT queue, min(run_at) FROM {prefix}{PLACES['leased']} GROUP BY queue"
    dues = db.execute(leased).fetchall()
    first = (
        f"SELECT min(run_at) FROM {prefix}job WHERE lease_by IS NULL AND queue = ? AND priority = ?"
    )
    dues += [(head.queue, *db.execute(first, head).fetchone()) for head in heads(db, prefix)]
    asked = (due for queue, due in dues if queues is None or queue in queues)
    return min((due for due in asked if due is not None and due <= now), default=None)


def deferred(
    db: sqlite3.Connection, prefix: str, queues: Collection[str] | None = None
) -> Deferred:
    names = list(queues or ())
    among = f" AND queue IN ({', '.join('?' * len(names))})" if names else ""
    failed = f"FROM {prefix}job WHERE tried_at IS NOT NULL{among}"
    count = db.execute(f"SELECT count(*) {failed}", names).fetchone()[0]
    query = f"SELECT tried_at, error {failed} ORDER BY tried_at LIMIT 1"
    row = db.execute(query, names).fetchone()
    return Deferred(count=count, since=row[0], text=row[1]) if row else Deferred()


def dead_count(db: sqlite3.Connection, prefix: str, queues: Collection[str] | None = None) -> int:
    names = list(queues or ())
    among = f" WHERE queue IN ({', '.join('?' * len(names))})" if names else ""
    return int(db.execute(f"SELECT count(*) FROM {prefix}dead{among}", names).fetchone()[0])


def dead_ids(db: sqlite3.Connection, prefix: str, after: int, most: int) -> list[int]:
    query = f"SELECT id FROM {prefix}dead WHERE id > ? ORDER BY id LIMIT ?"
    return [row[0] for row in db.execute(query, (after, most))]


def retry(db: sqlite3.Connection, prefix: str, ids: Sequence[int], *, now: float) -> int:
    """How many go now: the dead as if they were new, the waiting at once.

    A dead one whose like has been queued or sent since stays dead.
    """
    return sum(revive(db, prefix, id, now) or hasten(db, prefix, id, now) for id in ids)


def revive(db: sqlite3.Connection, prefix: str, id: int, now: float) -> bool:
    new = {
        "run_at": "?1",
        "attempts": "0",
        "crashes": "0",
        "tried_at": "NULL",
        "interruptions": "0",
        "interrupted_at": "NULL",
        "expires_at": "NULL",
    }
    values = ", ".join(new.get(name, f"d.{name}") for name in KEPT.split(", "))
    added = db.execute(
        f"INSERT OR IGNORE INTO {prefix}job ({KEPT}) SELECT {values} FROM {prefix}dead d"
        f" WHERE d.id = ?2 AND NOT EXISTS (SELECT 1 FROM {prefix}sent s"
        " WHERE s.dedupe = d.dedupe AND s.rcpt = d.rcpt)",
        (now, id),
    ).rowcount
    if added:
        db.execute(f"DELETE FROM {prefix}dead WHERE id = ?", (id,))
    return added > 0


def hasten(db: sqlite3.Connection, prefix: str, id: int, now: float) -> bool:
    query = f"UPDATE {prefix}job SET run_at = ?1 WHERE id = ?2 AND lease_by IS NULL AND run_at > ?1"
    return db.execute(query, (now, id)).rowcount > 0


def discard(db: sqlite3.Connection, prefix: str, ids: Sequence[int]) -> int:
    """How many are gone for good; what is leased may be under way, and stays."""
    return sum(
        db.execute(f"DELETE FROM {prefix}{where}", (id,)).rowcount
        for id in ids
        for where in ("job WHERE id = ? AND lease_by IS NULL", "dead WHERE id = ?")
    )


def count_ended(db: sqlite3.Connection, prefix: str, state: str, before: float) -> int:
    query = f"SELECT count(*) FROM {prefix}{state} WHERE {state}_at < ?"
    return int(db.execute(query, (before,)).fetchone()[0])


def purge(db: sqlite3.Connection, prefix: str, state: str, before: float, most: int = 1000) -> int:
    """Forget what was sent, or has died, before then, the oldest first, and how many that were."""
    table, at = f"{prefix}{state}", f"{state}_at"
    query = f"SELECT rowid FROM {table} WHERE {at} < ? ORDER BY {at} LIMIT ?"
    return db.execute(f"DELETE FROM {table} WHERE rowid IN ({query})", (before, most)).rowcount
