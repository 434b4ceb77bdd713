"""The worker: in the foreground, until TERM; sends what is queued, runs the application's jobs."""

import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from overseer.errors import DONE, FAILED, UsageError
from overseer.mail.presence import Presence
from overseer.mail.smtp import Courier as SmtpCourier
from overseer.mail.smtp import Server
from overseer.outbox import Job, Outbox
from overseer.outbox.claim import claim_name
from overseer.outbox.database import read_url
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import MAIL, Fate, Settled, Verdict

READY = "OVERSEER_READY_FD"
"""Names the descriptor on which whoever started it waits for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    url: str
    server: Server = field(default_factory=Server)
    name: str = "mail"
    threads: int = 4
    stop_timeout: float = 70.0  # seconds for what is in flight when TERM comes
    pid_file: str | None = None
    app: str | None = None  # module:attribute, an application's Outbox


def run(options: Options) -> int:
    """Exit code 0 after TERM with nothing left in flight, 1 if something was."""
    outbox = find_app(options.app) if options.app else Outbox(options.url)
    database = str(read_url(options.url))
    outbox.counts()  # makes the file, or says why it cannot be used
    with holding(options, database):
        drain = outbox.drain(
            lambda: Courier(outbox, options.server),
            name=options.name,
            limits=Limits(threads=options.threads),
            tell=report,
            beat=heartbeat(f"{database}.{options.name}.heartbeat"),
        )
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ending(told))
        drain.start()
        say_ready()
        print(
            f"worker {options.name}, pid {os.getpid()}: {database}, {options.server.name}",
            flush=True,
        )
        told.wait()
        print("told to end: finishing what is in flight", flush=True)
        finished = drain.stop(options.stop_timeout)
    print("ended" if finished else "ended; something was still in flight", flush=True)
    return DONE if finished else FAILED


@contextlib.contextmanager
def holding(options: Options, database: str) -> Iterator[None]:
    """One worker a name and queue, one a pid file."""
    claim = claim_name(database, options.name)
    try:
        with Presence(options.pid_file).held() if options.pid_file else contextlib.nullcontext():
            yield
    finally:
        claim.release()


class Courier:
    """Mails go to the server, everything else to the application's job functions."""

    def __init__(self, outbox: Outbox, server: Server) -> None:
        self._jobs = outbox.jobs
        self._smtp = SmtpCourier(server)

    def deliver(self, job: Job) -> Verdict:
        return self._smtp.deliver(job) if job.kind == MAIL else self._jobs.run(job)

    def rest(self) -> None:
        self._smtp.rest()

    def close(self) -> None:
        self._smtp.close()


def find_app(where: str) -> Outbox:
    """The Outbox of an application, with its job functions."""
    module, colon, attribute = where.partition(":")
    if not colon:
        raise UsageError(f"--app: {where!r} is not understood; write module:attribute")
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise UsageError(f"--app {where}: {type(error).__name__}: {error}") from error
    if not isinstance(found, Outbox):
        raise UsageError(f"--app {where}: is a {type(found).__name__}, not an Outbox")
    return found


def report(settled: Settled) -> None:
    """One line a delivery; bodies never."""
    job = settled.job
    what = {Fate.SENT: "sent", Fate.RETRY: "again later", Fate.DEAD: "dead", Fate.DOWN: "waiting"}
    said = what.get(settled.fate, str(settled.fate))
    print(f"{said}: {job.kind} {job.id} to {job.rcpt or '-'}: {settled.text}", flush=True)


def heartbeat(path: str) -> Callable[[], None]:
    """A file whose age says whether the worker turns."""

    def beat() -> None:
        with contextlib.suppress(OSError):
            Path(path).touch()

    return beat


def ending(told: threading.Event) -> Callable[[int, FrameType | None], None]:
    """The first TERM asks, the second leaves: what is leased then goes again later."""

    def handle(number: int, frame: FrameType | None) -> None:
        if told.is_set():
            os._exit(FAILED)
        told.set()

    return handle


def say_ready() -> None:
    if descriptor := os.environ.pop(READY, ""):
        with contextlib.suppress(OSError):
            os.write(int(descriptor), b"ready")
            os.close(int(descriptor))
