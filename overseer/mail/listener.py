"""overseer mail listen: in the foreground, until TERM; takes SMTP from programs on this host."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from overseer.errors import DONE, FAILED, Refused, UsageError
from overseer.mail.home import read_home
from overseer.mail.intake import Intake, Rules
from overseer.mail.peers import read_uid
from overseer.mail.presence import say_ready, tell_manager
from overseer.mail.seats import listen, read_access, read_address
from overseer.mail.size import read_max_size
from overseer.outbox import Outbox
from overseer.outbox.parcel import LARGEST_BODY

log = logging.getLogger(__name__)

MISSING = "the library aiosmtpd is not installed; run pip install 'overseer-supervisor[smtp-in]'"
ALL = "all"
THREADS = 4
"""That mails are made fit on. The queue is written by one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    url: str
    addresses: Sequence[str]
    allowed: Sequence[str] = ()  # users by name or number, or `all`; none: who reaches the socket
    group: str | None = None  # may open the unix sockets
    largest: str = "32MB"
    anywhere: bool = False
    domain: str | None = None
    local_to: str | None = None
    stop_timeout: float = 20.0  # seconds for mails that are being handed over when TERM comes


def run(options: Options) -> int:
    """Exit code 0 after TERM, 1 if a client was cut off; nobody told it that its mail is queued."""
    try:
        from overseer.mail.smtp_in import serve
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("aiosmtpd"):
            raise
        raise Refused(MISSING) from error
    rules = read_rules(options)
    access = read_access(options.group, others=bool(options.allowed))
    addresses = [read_address(text, anywhere=options.anywhere) for text in options.addresses]
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's: each word of each client
    outbox = Outbox(options.url)
    outbox.counts()  # makes the file, or says why it cannot be used
    with contextlib.ExitStack() as stack:
        lines = [line for address in addresses for line in listen(address, access, stack)]
        threads = stack.enter_context(ThreadPoolExecutor(THREADS))
        finished = asyncio.run(
            serve(
                lines,
                Intake(outbox, rules, threads),
                largest=rules.largest,
                patience=options.stop_timeout,
                tell=partial(say, outbox.name, lines),
            )
        )
    log.info("ended" if finished else "ended; a client was cut off before its mail was queued")
    return DONE if finished else FAILED


def say(queue: str, lines: Sequence[socket.socket], what: str) -> None:
    if what == "ready":
        where = ", ".join(map(place, lines))
        log.info("listener, pid %d: %s, into %s", os.getpid(), where, queue)
        say_ready()
    else:
        tell_manager("STOPPING=1")
        log.info("told to end: mails that are being handed over are taken")


def place(line: socket.socket) -> str:
    name = line.getsockname()
    return f"unix:{name}" if isinstance(name, str) else f"{name[0]} port {name[1]}"


def read_rules(options: Options) -> Rules:
    if not 0 <= options.stop_timeout < float("inf"):
        raise UsageError(f"--stop-timeout: {options.stop_timeout} is not a number of seconds")
    return Rules(
        home=read_home(options.domain, options.local_to),
        allowed=None if ALL in options.allowed else read_allowed(options.allowed),
        largest=read_max_size(options.largest, LARGEST_BODY),
    )


def read_allowed(users: Sequence[str]) -> Collection[int] | None:
    return frozenset(map(read_uid, users)) or None
