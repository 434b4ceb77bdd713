"""Delivers letters, each contact by itself: one that hangs or fails delays no other."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from overseer.alerts import mailbag
from overseer.alerts.facts import read_mail
from overseer.alerts.letter import Facts
from overseer.contacts.base import Contact, NotDelivered, Notice
from overseer.contacts.book import Book
from overseer.crew import start_soon
from overseer.outbox.courier import plain
from overseer.outbox.drain import Drain
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock, read_clock
from overseer.outbox.parcel import Fate, Job, Settled, Verdict, dead, down, retry, sent
from overseer.outbox.sqlite import holder

log = logging.getLogger(__name__)

LIMITS = Limits(
    threads=1,
    first_pause=2.0,
    longest_pause=300.0,
    longest_delay=300.0,
    give_up_after=mailbag.PATIENCE,
    poll=5.0,
    keep_sent=7 * 86400.0,
)
LAST_PATIENCE = 5.0
"""Seconds that deliveries under way have when the daemon ends; the rest waits for the next one."""

Write = Callable[[Sequence[Facts], str, str, Contact, str], Notice]
"""From facts, Message-ID, host, contact and why it was held back to words."""


class Post:
    """A drain for each contact that has letters; a daemon without alerts has none."""

    def __init__(
        self,
        database: Path,
        host: str,
        book: Callable[[], Book],
        settled: Callable[[], None] = lambda: None,
        *,
        limits: Limits = LIMITS,
        clock: Clock = read_clock,
        write: Write | None = None,
    ) -> None:
        self._database = database
        self._host = host
        self._book = book
        self._settled = settled
        self._limits = limits
        self._clock = clock
        self._write = write or written
        self._drains: dict[str, Drain] = {}
        self._partly: dict[str, frozenset[str]] = {}  # by Message-ID, who needs it no more
        self._lock = threading.Lock()
        self._open = False

    def start(self) -> None:
        """Whatever an earlier daemon has left goes first. Opens nothing else."""
        with self._lock:
            self._open = True
        self.wake(self._waiting(), renewed=False)

    def stop(self, timeout: float = LAST_PATIENCE) -> None:
        with self._lock:
            self._open = False
            drains = list(self._drains.values())
            self._drains.clear()
        end = time.monotonic() + timeout
        for drain in drains:
            drain.stop(max(0.0, end - time.monotonic()))

    def wake(self, contacts: Sequence[str], renewed: bool) -> None:
        """From any thread; never waits."""
        with self._lock:
            if not self._open:
                return
            for name in contacts:
                if name not in self._drains:
                    self._drains[name] = self._drain(name)
                    self._drains[name].start(start_soon)
                else:
                    self._drains[name].wake(renewed)
            if renewed:
                for name in self._drains.keys() - set(contacts):
                    self._drains[name].wake(renewed)

    @property
    def trouble(self) -> str:
        """Why nothing can be recorded about deliveries, "" while it can."""
        with self._lock:
            return next((drain.trouble for drain in self._drains.values() if drain.trouble), "")

    def _drain(self, contact: str) -> Drain:
        return Drain(
            holder(self.connect, mailbag.PREFIX, f"alerts {contact}"),
            lambda: plain(self.deliver),
            name=f"alerts {contact}",
            limits=self._limits,
            queues=(contact,),
            clock=self._clock,
            tell=self._told,
        )

    def deliver(self, job: Job) -> Verdict:
        """Called on a thread of the contact's own."""
        contact = self._book().contacts.get(job.rcpt)
        if contact is None:
            return dead(f"there is no contact {job.rcpt!r} any more")
        try:
            items, why = read_mail(job.payload)
        except (ValueError, TypeError, KeyError) as error:
            return dead(f"the alert cannot be read: {error}")
        notice = self._write(items, job.message_id, self._host, contact, why)
        notice = replace(notice, settled=self._partly.get(notice.id, frozenset()))
        try:
            said = contact.deliver(notice)
            self._partly.pop(notice.id, None)
            return sent(said)
        except NotDelivered as error:
            if error.final:
                self._partly.pop(notice.id, None)
                return dead(str(error))
            if error.settled:
                self._partly[notice.id] = notice.settled | error.settled
            seen = mailbag.UNSEEN if error.unseen else None
            if error.only_this:
                return retry(str(error), seen, delay=error.after)
            return down(str(error), seen, delay=error.after)
        except BaseException as error:  # other people's contacts
            log.exception("contact %s stumbled", job.rcpt)
            return retry(f"{type(error).__name__}: {error}")

    def _told(self, settled: Settled) -> None:
        told(settled)
        self._settled()

    def connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{self._database.as_uri()}?mode=rw",  # it is the store that makes it
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        # What is forgotten by a loss of power is sent again, under the same Message-ID; with
        # FULL the engine would wait for each of these commits to reach the disk.
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    def _waiting(self) -> list[str]:
        try:
            with closing(self.connect()) as db:
                rows = db.execute(f"SELECT DISTINCT queue FROM {mailbag.PREFIX}job").fetchall()
        except sqlite3.Error as error:
            log.error("what alerts wait cannot be read: %s", error)
            return []
        return [row[0] for row in rows]


def written(items: Sequence[Facts], id: str, host: str, contact: Contact, why: str) -> Notice:
    # Jinja2 is two megabytes that a daemon without alerts does not pay.
    from overseer.alerts import render

    return render.notice(items, id, host, contact, why)


def told(settled: Settled) -> None:
    """A line in the daemon's log, where there is something to say."""
    job = settled.job
    if settled.fate is Fate.SENT:
        log.info("alert to %s delivered: %s", job.rcpt, settled.text)
    elif settled.fate is Fate.DEAD:
        log.error("alert to %s is lost: %s", job.rcpt, settled.text)
    elif settled.fate is not Fate.UNTRIED:
        log.warning("alert to %s not delivered, tried again: %s", job.rcpt, settled.text)
