"""How many there are of what, on a server. Never begins or commits."""

from overseer.outbox.census import DAY, HOUR
from overseer.outbox.postgres.rows import JOIN
from overseer.outbox.postgres.server import Cursor
from overseer.outbox.sums import Cause, Sign, Stats, Tally

QUEUES = (
    "SELECT queue_name, CASE status WHEN 'doing' THEN 'leased' WHEN 'failed' THEN 'dead' ELSE"
    " CASE WHEN scheduled_at <= to_timestamp(%(now)s) THEN 'due' ELSE 'waiting' END END AS state,"
    " count(*) FROM procrastinate_jobs GROUP BY 1, 2"
    " UNION ALL SELECT queue, 'sent', count(*) FROM outbox_sent GROUP BY 1, 2"
)
SENT = (
    "SELECT count(*) FILTER (WHERE sent_at >= %(hour)s), count(*) FROM outbox_sent"
    " WHERE sent_at >= %(day)s"
)
CAUSES = (
    f"SELECT p.reason, p.code, count(*) FROM {JOIN} WHERE j.status = 'failed'"
    " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
)
WORKERS = (
    "SELECT o.name, o.host, extract(epoch FROM clock_timestamp() - w.last_heartbeat)"
    "::double precision FROM procrastinate_workers w JOIN outbox_worker o USING (id) ORDER BY 1, 2"
)


def stats(cursor: Cursor, now: float) -> Stats:
    tallies = [
        Tally(queue=queue, state=state, count=count)
        for queue, state, count in cursor.execute(QUEUES, {"now": now})
    ]
    sent = cursor.execute(SENT, {"hour": now - HOUR, "day": now - DAY}).fetchone()
    assert sent is not None
    return Stats(
        queues=sorted(tallies, key=lambda tally: tally.queue),
        sent_hour=sent[0],
        sent_day=sent[1],
        causes=[
            Cause(reason=reason, code=code, count=count)
            for reason, code, count in cursor.execute(CAUSES)
        ],
    )


def workers(cursor: Cursor) -> list[Sign]:
    return [
        Sign(name=name, host=host, ago=max(0.0, ago)) for name, host, ago in cursor.execute(WORKERS)
    ]
