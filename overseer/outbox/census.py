"""How many there are of what, in a file. Never begins or commits."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from overseer.outbox.sums import Cause, Sign, Stats, Tally

HOUR, DAY = 3600.0, 86400.0
QUEUES = (
    "SELECT queue, CASE WHEN run_at <= :now THEN 'due' ELSE 'waiting' END AS state, count(*)"
    " FROM {p}job WHERE lease_by IS NULL GROUP BY queue, state",
    "SELECT queue, 'leased', count(*) FROM {p}job WHERE lease_by IS NOT NULL GROUP BY queue",
    "SELECT queue, 'dead', count(*) FROM {p}dead GROUP BY queue",
    "SELECT queue, 'sent', count(*) FROM {p}sent GROUP BY queue",
)
CAUSES = (
    "SELECT reason, code, count(*) AS number FROM {p}dead GROUP BY reason, code"
    " ORDER BY number DESC, reason, code"
)


def stats(db: sqlite3.Connection, prefix: str, now: float) -> Stats:
    def sent_since(moment: float) -> int:
        query = f"SELECT count(*) FROM {prefix}sent WHERE sent_at >= ?"
        return int(db.execute(query, (moment,)).fetchone()[0])

    return Stats(
        queues=sorted(tallies(db, prefix, now), key=lambda tally: tally.queue),
        sent_hour=sent_since(now - HOUR),
        sent_day=sent_since(now - DAY),
        causes=[
            Cause(reason=reason, code=code, count=count)
            for reason, code, count in db.execute(CAUSES.format(p=prefix))
        ],
    )


def tallies(db: sqlite3.Connection, prefix: str, now: float) -> Iterator[Tally]:
    for query in QUEUES:
        for queue, state, count in db.execute(query.format(p=prefix), {"now": now}):
            yield Tally(queue=queue, state=state, count=count)


def workers(path: Path, host: str, now: float) -> list[Sign]:
    """By the files that they touch beside it."""
    begins, ends = f"{path.name}.", ".heartbeat"
    return [
        Sign(
            name=file.name[len(begins) : -len(ends)],
            host=host,
            ago=max(0.0, now - file.stat().st_mtime),
        )
        for file in sorted(path.parent.glob(f"{path.name}.*.heartbeat"))
    ]
