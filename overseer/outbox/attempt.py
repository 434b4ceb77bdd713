"""What follows from an attempt that failed: another one, and when, or the end."""

from typing import NamedTuple

from overseer.outbox.limits import Limits, Luck
from overseer.outbox.parcel import Fate, Job, Verdict
from overseer.units import show_seconds


class Attempted(NamedTuple):
    attempts: int
    tried_at: float  # the first that failed
    reason: str  # why it is dead; "": it is not
    due: float  # when it is tried again


def attempted(job: Job, verdict: Verdict, now: float, limits: Limits, luck: Luck) -> Attempted:
    attempts = job.attempts + 1
    tried_at = now if job.tried_at is None else job.tried_at
    reason = why_dead(job, verdict, attempts, now - tried_at, limits)
    delay = limits.retry_delay(attempts, luck) if verdict.delay is None else verdict.delay
    # Not later than it expires: then it is buried, and told, in time.
    due = now + delay if job.expires_at is None else min(now + delay, job.expires_at)
    return Attempted(attempts, tried_at, reason, due)


class Interrupted(NamedTuple):
    times: int
    tried_at: float
    due: float


def interrupted(job: Job, now: float, limits: Limits, luck: Luck) -> Interrupted:
    times = job.interruptions + 1
    due = now + limits.interruption_delay(times, luck)
    return Interrupted(
        times,
        now if job.tried_at is None else job.tried_at,
        due if job.expires_at is None else min(due, job.expires_at),
    )


def why_dead(job: Job, verdict: Verdict, attempts: int, age: float, limits: Limits) -> str:
    if verdict.fate is Fate.DEAD:
        return "refused"
    if job.max_attempts is not None and attempts >= job.max_attempts:
        return f"{attempts} attempts failed"
    if age >= limits.give_up_after:
        return f"failed for {show_seconds(age)}"
    return ""
