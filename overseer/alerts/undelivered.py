"""How many alerts have not arrived, for the last lines of `status`."""

import sqlite3
import time
from dataclasses import dataclass

from overseer.alerts.mailbag import PREFIX
from overseer.alerts.waiting import LIMIT, QUIET

LATE = 60.0
"""Seconds after which what has not gone is worth a line in `status`."""
LATELY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """For the last lines of `status`. *oldest* is in seconds since the epoch."""

    waiting: int = 0
    lost: int = 0  # of the last day: refused for good, or a day without success
    oldest: float | None = None
    why: str = ""
    trouble: str = ""  # why it cannot be told

    def __bool__(self) -> bool:
        return bool(self.waiting or self.lost or self.trouble)

    def __str__(self) -> str:
        """`2 alerts not delivered yet, the oldest of 2026-01-31 15:42 (ops: …)`."""
        if self.trouble:
            return self.trouble
        words = []
        if self.waiting:
            words.append(f"{self.waiting} alert{'s' * (self.waiting > 1)} not delivered yet")
        if self.lost:
            words.append(f"{self.lost} alert{'s' * (self.lost > 1)} lost")
        if self.oldest is not None:
            moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.oldest))
            words.append(
                f"the oldest of {moment}" if self.waiting + self.lost > 1 else f"of {moment}"
            )
        return ", ".join(words) + (f" ({self.why})" if self.why else "")


def undelivered(db: sqlite3.Connection, wall: float) -> Undelivered:
    """What should have gone a minute ago, has failed once, or waits for a server that is down;
    not what waits because somebody wished so."""
    p = PREFIX
    down = f"(SELECT queue FROM {p}pause)"
    waiting, oldest = db.execute(
        "SELECT sum(count), min(at) FROM ("
        " SELECT json_array_length(payload, '$.items') AS count,"
        f" json_extract(payload, '$.items[0].at') AS at FROM {p}job"
        f" WHERE attempts > 0 OR run_at < ?1 OR queue IN {down}"
        f" UNION ALL SELECT count(*), min(at) FROM {p}letter"
        f" WHERE (ready <= ?2 AND held NOT IN ('{QUIET}', '{LIMIT}') AND contact IN {down})"
        " OR (ready IS NULL AND held = '' AND at < ?1))",
        (wall - LATE, wall),
    ).fetchone()
    waiting = waiting or 0
    lost, first = db.execute(
        f"SELECT count(*), min(created_at) FROM {p}dead WHERE dead_at > ?", (wall - LATELY,)
    ).fetchone()
    reasons = (
        f"SELECT queue || ': ' || reason FROM {p}pause WHERE reason != '' ORDER BY changed DESC",
        f"SELECT rcpt || ': ' || error FROM {p}job WHERE error != '' ORDER BY tried_at DESC",
        f"SELECT rcpt || ': ' || error FROM {p}dead WHERE error != '' ORDER BY dead_at DESC",
    )
    found = (db.execute(f"{query} LIMIT 1").fetchone() for query in reasons)
    why = next((row[0] for row in found if row), "") if waiting or lost else ""
    moments = [moment for moment in (oldest, first) if moment is not None]
    return Undelivered(waiting=waiting, lost=lost, oldest=min(moments, default=None), why=why)
