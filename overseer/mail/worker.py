"""The worker: in the foreground, until TERM; sends what is queued, runs the application's jobs."""

import contextlib
import importlib
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from overseer.errors import DONE, FAILED, UsageError
from overseer.mail.beats import Beats
from overseer.mail.orders import REFUSED, Order, Orders, begin_anew, trial
from overseer.mail.pause_words import say_pause
from overseer.mail.presence import Presence, say_ready
from overseer.mail.relays import Courier as RelayCourier
from overseer.mail.relays import Relays
from overseer.mail.sendmail import Courier as SendmailCourier
from overseer.mail.server import Server, check_server
from overseer.mail.smtp import Courier as SmtpCourier
from overseer.outbox import Job, Jobs, Outbox, Unavailable
from overseer.outbox.claim import claim_name
from overseer.outbox.courier import Activity
from overseer.outbox.courier import Courier as Carrier
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import LARGEST_BODY, MAIL, Fate, Settled, Verdict

if TYPE_CHECKING:
    from overseer.mail.signing import Identity, Signer

log = logging.getLogger(__name__)

MOST_THREADS = 100
SAID = {
    Fate.SENT: "sent",
    Fate.RETRY: "again later",
    Fate.DEAD: "dead",
    Fate.DOWN: "waiting",
    Fate.INTERRUPTED: "broken off, again later",
    Fate.UNTRIED: "given back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    url: str
    servers: tuple[Server, ...] = (Server(),)
    sendmail: str | None = None  # a program; instead of a server
    dkim: "Identity | None" = None
    name: str = "mail"
    queues: Sequence[str] | None = None  # None: all
    threads: int = 4
    rate: float | None = None  # a minute; None: as fast as it goes
    stop_timeout: float = 70.0  # seconds that what is in flight may stand still after TERM
    max_size: int = LARGEST_BODY  # bytes of mails held at a time; a larger one goes alone
    pid_file: str | None = None
    app: str | None = None  # module:attribute, an application's Outbox or Jobs

    @property
    def way(self) -> str:
        return self.sendmail or ", then ".join(server.name for server in self.servers)


def run(options: Options) -> int:
    """Exit code 0 after TERM with nothing left in flight, 1 if something was."""
    signer = check(options)
    outbox = Outbox(options.url, jobs=find_jobs(options.app) if options.app else None)
    make(outbox)
    orders, relays, activity = Orders(), Relays(len(options.servers)), Activity()
    with holding(options, outbox.path) as lock:
        beats = heart(options, outbox.path, activity)
        drain = outbox.drain(
            lambda: Courier(outbox.jobs, carrier(options, relays, activity, signer)),
            name=options.name,
            limits=Limits(
                threads=options.threads,
                rate=options.rate,
                lease=outbox.lease,
                most_bytes=options.max_size,
            ),
            queues=options.queues,
            tell=lambda settled: report(settled, beats),
            beat=beats.beat if beats else None,
            activity=activity,
        )
        orders.listen()
        drain.start()
        say_ready()
        log.info("worker %s, pid %d: %s, %s", options.name, os.getpid(), outbox.name, options.way)
        for pause in outbox.pauses():
            log.warning(say_pause(pause, time.time()))
        order = await_order(orders)
        log.info("told to %s: finishing what is in flight", order)
        finished = drain.stop(options.stop_timeout)
        if order is Order.RELOAD:
            begin_anew(orders, lock)
    log.info("ended" if finished else "ended; what was still in flight goes again later")
    return DONE if finished else FAILED


def make(outbox: Outbox) -> None:
    """Make its file, or say why it cannot be used; for room on a disk the drain waits."""
    try:
        outbox.counts()
    except Unavailable as error:
        if not error.full:
            raise


def await_order(orders: Orders) -> Order:
    """To end, or to begin anew where that is possible."""
    while (order := orders.next()) is Order.RELOAD:
        trouble = trial()
        if not trouble:
            break
        log.error("%s%s", REFUSED, trouble)
    return order


def only_try(options: Options) -> int:
    """Raises what run() would before it begins."""
    check(options)
    if options.app:
        find_jobs(options.app)
    return DONE


def check(options: Options) -> "Signer | None":
    """Raises UsageError: better here than in a pause of the queue that nobody looks at."""
    if not 0 < options.threads <= MOST_THREADS:
        raise UsageError(f"--threads: {options.threads} is not from 1 to {MOST_THREADS}")
    if not 0 <= options.stop_timeout < float("inf"):
        raise UsageError(f"--stop-timeout: {options.stop_timeout} is not a number of seconds")
    if options.rate is not None and not 0 < options.rate < float("inf"):
        raise UsageError(f"--rate: {options.rate} is not a number of mails a minute")
    for server in options.servers:
        check_server(server)
    if options.sendmail and not os.access(options.sendmail, os.X_OK):
        raise UsageError(f"--sendmail: {options.sendmail} is not a program that can be run")
    if not options.dkim:
        return None
    from overseer.mail.signing import Signer

    return Signer(options.dkim)


@contextlib.contextmanager
def holding(options: Options, database: str | None) -> Iterator[int | None]:
    """One worker a name and file, one a pid file; several may empty a queue on a server."""
    with contextlib.ExitStack() as stack:
        if database:
            stack.callback(claim_name(database, options.name).release)
        lock = None
        if options.pid_file:
            lock = stack.enter_context(Presence(options.pid_file).held())
        yield lock


def heart(options: Options, database: str | None, activity: Activity) -> Beats | None:
    """Its file, which a watch can look at, is beside the database, else beside the pid file."""
    place = f"{database}.{options.name}" if database else options.pid_file
    return Beats(Path(f"{place}.heartbeat"), activity=activity) if place else None


def carrier(
    options: Options, relays: Relays, activity: Activity, signer: "Signer | None" = None
) -> Carrier:
    if signer:
        return signer.before(carrier(options, relays, activity))
    if options.sendmail:
        return SendmailCourier(options.sendmail)

    def make(server: Server) -> SmtpCourier:
        return SmtpCourier(server, activity=activity)

    if len(options.servers) == 1:
        return make(options.servers[0])
    return RelayCourier(options.servers, relays, make)


class Courier:
    """Mails go their way, everything else to the application's job functions."""

    def __init__(self, jobs: Jobs, mails: Carrier) -> None:
        self._jobs = jobs
        self._mails = mails

    def deliver(self, job: Job) -> Verdict:
        return self._mails.deliver(job) if job.kind == MAIL else self._jobs.run(job)

    def rest(self) -> None:
        self._mails.rest()

    def close(self) -> None:
        self._mails.close()


def find_jobs(where: str) -> Jobs:
    """The job functions of an application, by module:attribute."""
    module, colon, attribute = where.partition(":")
    if not colon:
        raise UsageError(f"--app: {where!r} is not understood; write module:attribute")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise UsageError(f"--app {where}: {type(error).__name__}: {error}") from error
    jobs = found.jobs if isinstance(found, Outbox) else found
    if not isinstance(jobs, Jobs):
        raise UsageError(f"--app {where}: is a {type(found).__name__}, not an Outbox or Jobs")
    return jobs


def report(settled: Settled, beats: Beats | None = None) -> None:
    """One line a delivery; bodies never."""
    if beats:
        beats.saw(settled)
    job = settled.job
    said = " ".join(settled.text.split())
    log.info("%s: %s %d to %s: %s", SAID[settled.fate], job.kind, job.id, job.rcpt or "-", said)
