"""overseer mail check: one line and an exit code, for monitoring and scripts."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import NamedTuple

from overseer.errors import DONE, FAILED, UsageError
from overseer.mail.desk import say, there
from overseer.mail.masking import masked
from overseer.outbox import Outbox
from overseer.outbox.pauses import ALL, Pause
from overseer.outbox.sight import Counts
from overseer.units import seconds, show_seconds


class Bounds(NamedTuple):
    """What is too much; None: nothing is."""

    oldest_due: float | None
    deferred: float | None
    dead: int | None
    waiting: int | None
    heartbeat: float | None


def check(args: Namespace) -> int:
    """0: all within bounds, 1: something is not. Raises Unavailable where it cannot be told."""
    bounds = read_bounds(args)
    outbox = there(args.url)
    counts, oldest = outbox.counts(), outbox.oldest_due()
    deferred, count = outbox.oldest_deferred(), outbox.deferred().count
    troubles = list(beyond(outbox, bounds, counts, oldest))
    word = "WARNING" if troubles else "OK"
    numbers = {
        **asdict(counts),
        "oldest_due_s": round(oldest or 0.0, 1),
        "deferred": count,
        "oldest_deferred_s": round(deferred or 0.0, 1),
    }
    shown = " ".join(f"{key}={value}" for key, value in numbers.items())
    said = "; ".join(troubles) or summary(counts, oldest) + held(outbox)
    say(args, f"{word}: {said} | {shown}", ok=not troubles, troubles=troubles, **numbers)
    return FAILED if troubles else DONE


def read_bounds(args: Namespace) -> Bounds:
    def duration(option: str, text: str | None) -> float | None:
        try:
            return None if text in (None, "off") else seconds(str(text))
        except ValueError as error:
            raise UsageError(f"{option}: {error}; write 10m, 90s or off") from error

    return Bounds(
        oldest_due=duration("--oldest-due", args.oldest_due),
        deferred=duration("--oldest-deferred", args.oldest_deferred),
        dead=args.dead,
        waiting=args.waiting,
        heartbeat=duration("--heartbeat", args.heartbeat),
    )


def beyond(outbox: Outbox, bounds: Bounds, counts: Counts, oldest: float | None) -> Iterator[str]:
    if mark := outbox.moving():
        yield from astray(mark, counts.due + counts.waiting)
        return
    if bounds.oldest_due is not None and oldest is not None and oldest > bounds.oldest_due:
        limit = show_seconds(bounds.oldest_due)
        yield f"the oldest is due for {show_seconds(oldest)}, more than {limit}{held(outbox)}"
    if bounds.deferred is not None:
        yield from deferral(outbox, bounds.deferred)
    if bounds.dead is not None and counts.dead > bounds.dead:
        yield f"{counts.dead:,} dead, more than {bounds.dead:,}; see `overseer mail stats`"
    queued = counts.due + counts.waiting
    if bounds.waiting is not None and queued > bounds.waiting:
        yield f"{queued:,} are queued, more than {bounds.waiting:,}"
    if bounds.heartbeat is not None:
        yield from silence(outbox, bounds.heartbeat)


def deferral(outbox: Outbox, longest: float) -> Iterator[str]:
    """What fails again and again is due only for a moment each time."""
    age, found = outbox.oldest_deferred(), outbox.deferred()
    if age is not None and age > longest:
        yield (
            f"{found.count:,} deferred, the oldest since {show_seconds(age)}, more than"
            f" {show_seconds(longest)} ({masked(found.text)})"
        )


def astray(mark: Pause, queued: int) -> Iterator[str]:
    """Of a queue that is elsewhere nothing else matters."""
    if not mark.step:
        yield f"a move to {mark.reason} has begun and not ended; `overseer mail migrate` again"
    elif queued:
        yield (
            f"moved to {mark.reason}, and {queued:,} have been put here since; `overseer mail"
            " migrate` again, and point who did at the new queue"
        )


def held(outbox: Outbox) -> str:
    """What may be the cause."""
    names = [
        ("every queue" if pause.queue == ALL else f"queue {pause.queue}")
        + f" is held by {'an operator' if pause.until is None else 'its server'}"
        + (f", {masked(pause.reason)}" if pause.reason else "")
        for pause in outbox.pauses()
    ]
    return f" ({'; '.join(names)})" if names else ""


def silence(outbox: Outbox, longest: float) -> Iterator[str]:
    """One worker that lives is enough: names of those that were here once stay behind."""
    last = min((sign.ago for sign in outbox.workers()), default=None)
    if last is None:
        yield "no worker has ever been here"
    elif last > longest:
        yield f"no worker for {show_seconds(last)}, more than {show_seconds(longest)}"


def summary(counts: Counts, oldest: float | None) -> str:
    due = f", the oldest for {show_seconds(oldest)}" if oldest is not None else ""
    return f"{counts.due:,} due{due}, {counts.waiting:,} waiting, {counts.dead:,} dead"
