"""What holds a queue back: an operator, or a transport that is down."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import LONGEST_TEXT, Fate, Job, Verdict

ALL = "*"


class By(StrEnum):
    OPERATOR = "operator"
    TRANSPORT = "transport"
    MOVE = "move"  # to another queue: `reason` is its name; `step` 0: under way, 1: done


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Moments are seconds since the epoch."""

    queue: str  # ALL: every queue
    by: By
    until: float | None  # None: until somebody resumes it
    since: float
    changed: float
    step: int  # how often the transport was found down since then
    reason: str

    def holds(self, now: float) -> bool:
        """A clock that was set back ends a transport's pause."""
        return self.until is None or self.changed <= now < self.until

    def concerns(self, queues: Collection[str] | None) -> bool:
        """None: all of them."""
        return queues is None or self.queue == ALL or self.queue in queues


def pauses(db: sqlite3.Connection, prefix: str) -> list[Pause]:
    rows = db.execute(
        f"SELECT queue, by, until, since, changed, step, reason FROM {prefix}pause"
        " ORDER BY queue, by"
    )
    return [
        Pause(queue=q, by=By(by), until=until, since=since, changed=changed, step=n, reason=why)
        for q, by, until, since, changed, n, why in rows
    ]


def pause(
    db: sqlite3.Connection, prefix: str, queue: str = ALL, reason: str = "", *, now: float
) -> None:
    write(db, prefix, operators(queue, reason, now))


def resume(db: sqlite3.Connection, prefix: str, queue: str = ALL) -> bool:
    """Lift both kinds of pause, of every queue for ALL; False: there was none."""
    if queue == ALL:
        return db.execute(f"DELETE FROM {prefix}pause").rowcount > 0
    return db.execute(f"DELETE FROM {prefix}pause WHERE queue = ?", (queue,)).rowcount > 0


def lift(db: sqlite3.Connection, prefix: str, queue: str, by: By = By.TRANSPORT) -> None:
    """The transport has answered."""
    db.execute(f"DELETE FROM {prefix}pause WHERE queue = ? AND by = ?", (queue, by))


def blame(
    db: sqlite3.Connection,
    prefix: str,
    job: Job,
    verdict: Verdict,
    *,
    now: float,
    limits: Limits,
    luck: Luck,
) -> None:
    """The transport was found down."""
    after = blamed(find(db, prefix, job.queue), job, verdict, now=now, limits=limits, luck=luck)
    if after:
        write(db, prefix, after)


def blamed(
    before: Pause | None, job: Job, verdict: Verdict, *, now: float, limits: Limits, luck: Luck
) -> Pause | None:
    """The pause of the queue, longer each time a probe finds the transport down; None: as it is."""
    if before and job.leased_at <= before.changed <= now:
        return None  # it set out before the pause began: the same fault, seen by another thread
    step = before.step + 1 if before else 0
    length = verdict.delay
    if length is None:
        is_known = verdict.fate is Fate.DOWN
        length = limits.pause_length(step, luck) if is_known else limits.probation(step, luck)
    return Pause(
        queue=job.queue,
        by=By.TRANSPORT,
        until=now + length,
        since=before.since if before else now,
        changed=now,
        step=step,
        reason=verdict.text[:LONGEST_TEXT],
    )


def probe(db: sqlite3.Connection, prefix: str, pause: Pause, *, now: float, limits: Limits) -> None:
    write(db, prefix, probed(pause, now=now, limits=limits))


def probed(pause: Pause, *, now: float, limits: Limits) -> Pause:
    """One row sets out to see; until it is back the others, other workers' too, stay."""
    until = now + limits.pause_length(pause.step, lambda: 0.5)
    return replace(pause, until=until, changed=min(pause.changed, now))


def operators(queue: str, reason: str, now: float) -> Pause:
    return Pause(
        queue=queue, by=By.OPERATOR, until=None, since=now, changed=now, step=0, reason=reason
    )


def moving(known: Iterable[Pause]) -> Pause | None:
    """That it is moved, or has been."""
    return next((pause for pause in known if pause.by is By.MOVE), None)


def find(db: sqlite3.Connection, prefix: str, queue: str) -> Pause | None:
    found = (p for p in pauses(db, prefix) if p.queue == queue and p.by is By.TRANSPORT)
    return next(found, None)


def write(db: sqlite3.Connection, prefix: str, pause: Pause) -> None:
    db.execute(
        f"INSERT OR REPLACE INTO {prefix}pause VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            pause.queue,
            pause.by,
            pause.until,
            pause.since,
            pause.changed,
            pause.step,
            pause.reason,
        ),
    )
