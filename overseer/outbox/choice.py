"""Which rows may go, and when the next could: decided from heads and pauses alone."""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job
from overseer.outbox.pauses import ALL, Pause

SMALL = 2**20
"""Bytes of a body that need not wait behind larger ones."""


class Head(NamedTuple):
    """Something waits here."""

    queue: str
    priority: int


def open_heads(
    heads: Iterable[Head], queues: Collection[str] | None, known: Iterable[Pause], now: float
) -> list[Head]:
    """Those that nothing holds back, by priority."""
    held = {pause.queue for pause in known if pause.holds(now)}
    if ALL in held:
        return []
    open_ = (
        head
        for head in heads
        if head.queue not in held and (queues is None or head.queue in queues)
    )
    return sorted(open_, key=lambda head: head.priority)


def best(heads: Iterable[Head], fetch: Callable[[Head], Collection[Job]], most: int) -> list[Job]:
    """From *heads* by priority: enough to choose *most* from, what goes first coming first."""
    found: list[Job] = []
    level = None
    for head in heads:
        if len(found) >= most and head.priority != level:
            break
        level = head.priority
        found += fetch(head)
    return sorted(found, key=lambda job: (job.priority, job.run_at, job.id))


def within(found: Iterable[Job], free: int, limits: Limits) -> list[Job]:
    """Those whose bodies have room. What is small overtakes a large one that has to wait, and
    nothing else does: its turn comes."""
    fit: list[Job] = []
    waits = False
    for job in found:
        weight = limits.weight(job.size)
        if weight > free or (waits and weight > SMALL):
            waits = True
            continue
        fit.append(job)
        free -= weight
    return fit


def send_probes(
    found: Iterable[Job],
    known: Iterable[Pause],
    most: int,
    now: float,
    probe: Callable[[Pause], bool],
) -> list[Job]:
    """Of a queue on probation only one that has not expired, and none where *probe* says that
    another holder's is under way."""
    probation = {pause.queue: pause for pause in known}
    probed: set[str] = set()
    jobs: list[Job] = []
    for job in found:
        if len(jobs) == most:
            break
        if job.queue in probation and not job.has_expired(now):
            if job.queue in probed:
                continue
            probed.add(job.queue)
            if not probe(probation[job.queue]):
                continue
        jobs.append(job)
    return jobs


def earliest(
    heads: Iterable[Head],
    due_of: Callable[[Head], float | None],
    queues: Collection[str] | None,
    known: Collection[Pause],
    now: float,
) -> float | None:
    """When something could next be leased: epoch seconds, in the past if now; None: never."""
    if any(p.queue == ALL and p.until is None for p in known):
        return None
    dues = []
    for head in heads:
        if queues is not None and head.queue not in queues:
            continue
        holds = [p.until for p in known if p.queue == head.queue and p.holds(now)]
        due = due_of(head)
        if None in holds or due is None:
            continue
        dues.append(max([due, *(until for until in holds if until is not None)]))
    return min(dues, default=None)
