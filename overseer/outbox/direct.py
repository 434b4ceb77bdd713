"""Deliveries in the caller's own thread: all that is due, or what has just been put."""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from overseer.errors import Refused
from overseer.outbox import desk, table
from overseer.outbox.burial import load_job
from overseer.outbox.courier import Courier, attempt
from overseer.outbox.database import Database
from overseer.outbox.hooks import Hooks
from overseer.outbox.jobs import Jobs, judged
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock
from overseer.outbox.parcel import UNTRIED, Job, Settled, Verdict, sent
from overseer.outbox.store import Store

AtOnce = Callable[[Job], None]


def work_off(
    store: Store,
    courier: Courier,
    clock: Clock,
    limits: Limits,
    queues: Collection[str] | None,
    hooks: Hooks,
) -> int:
    """How many deliveries were tried. Raises Unavailable: the last ones may be made again."""
    name = f"work-off-{os.getpid()}-{os.urandom(4).hex()}"
    ledger = Ledger(store, name, limits=replace(limits, threads=1), queues=queues, clock=clock)
    tried = 0
    finished: list[tuple[Job, Verdict]] = []
    while True:
        turn = ledger.turn(finished)
        begun = {job.id for job, _ in finished}
        for outcome in turn.settled:
            hooks.settled(outcome, outcome.job.id in begun)
        if not finished and not turn.jobs and not turn.settled:
            ledger.leave()
            return tried
        finished = [
            (job, deliver(courier, job, hooks) if ledger.may_begin(job) else UNTRIED)
            for job in turn.jobs
        ]
        tried += len(finished)


def deliver(courier: Courier, job: Job, hooks: Hooks) -> Verdict:
    hooks.before(job)
    verdict = attempt(courier, job)
    hooks.after(job, verdict)
    return verdict


def run_at_once(database: Database, run: AtOnce, ids: Sequence[int], clock: Clock) -> None:
    """What *run* raises reaches the caller, and neither its row nor a later one stays."""
    left = list(ids)
    try:
        while left:
            run_one(database, run, left[0], clock)
            del left[0]
    finally:
        if left:
            database.write(lambda db: desk.discard(db, database.prefix, left))


def run_one(database: Database, run: AtOnce, id: int, clock: Clock) -> None:
    prefix = database.prefix
    with database.reading() as db:
        job = load_job(db, prefix, id, clock().now)
    run(job)  # outside any lock: it may put more
    database.write(lambda db: table.settle(db, prefix, job, sent(), clock().now, Limits()))


def runner(jobs: Jobs, deliver: AtOnce | None) -> AtOnce:
    """With the hooks of *jobs* around it; what is raised is an error that nobody retries."""

    def run(job: Job) -> None:
        hooks = jobs.hooks
        hooks.before(job)
        try:
            carry(job)
        except Exception as error:
            verdict = judged(error)
            hooks.after(job, verdict)
            hooks.settled(Settled(job=job, fate=verdict.fate, text=verdict.text), tried=True)
            raise
        hooks.after(job, sent())

    def carry(job: Job) -> None:
        if job.kind in jobs:
            jobs.call(job)
        elif deliver:
            deliver(job)
        else:
            raise Refused(
                f"nobody takes {job.kind!r} here; write Outbox.inline(deliver=...), or use"
                " Outbox.recording() to look at what was put"
            )

    return run
