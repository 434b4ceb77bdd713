"""The alerts as the rest of the daemon sees them: a secretary for the store, and the post."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from overseer.alerts import mailbag, tray, trial
from overseer.alerts.clerk import Clerk
from overseer.alerts.desk import Desk, Draft, LogsOf
from overseer.alerts.exhibits import Exhibits, pending
from overseer.alerts.post import LAST_PATIENCE, LIMITS, Post
from overseer.alerts.silence import Maintenance, Silence, Silences, Tags, until
from overseer.alerts.undelivered import Undelivered, undelivered
from overseer.contacts.base import Hear
from overseer.contacts.book import Book
from overseer.errors import Refused, UnknownName
from overseer.model.change import Change
from overseer.model.log_file import LogMark, ReadLog
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Moment, boot_id
from overseer.ports import Clock

if TYPE_CHECKING:
    from overseer.alerts.incident import OpenIncident
    from overseer.alerts.overview import Waiting
    from overseer.alerts.people import Person


LOGS_PATIENCE = 1.0
"""Seconds that a log which is to be cut waits for what is to be kept of others."""


class Alerts:
    """*database* is the store's file; the store is given `desk` as its secretary, and its
    `enclose` is given back."""

    def __init__(
        self,
        database: Path,
        clock: Clock,
        host: str,
        logs_of: LogsOf,
        read_log: ReadLog,
        book: Book | None = None,
        *,
        limits: Limits = LIMITS,
        tags: Tags = lambda _: (),
        maintenance: Maintenance = lambda *_: None,
        writes_now: Callable[[str], Sequence[LogMark]] = lambda _: (),
        secrets: Callable[[str], Sequence[str]] = lambda _: (),
    ) -> None:
        self._clock = clock
        self._host = host
        self._database = database.absolute()
        self.silences = Silences(tags, maintenance)
        self.post = Post(
            self._database, host, self._book, self._settled, limits=limits, clock=self._moment
        )
        self.exhibits = Exhibits(read_log, writes_now, secrets)
        self.clerk = Clerk(
            self.post.connect, self._book, clock, host, self.silences.of, self.post.wake,
            self.exhibits,
        )  # fmt: skip
        self._open = False
        self.enclose: Callable[[Iterable[Draft]], None] = lambda _: None  # the store's, when made
        self.desk = Desk(
            clock, host, book or Book(), logs_of, self.exhibits, self.silences, self._written
        )

    def _book(self) -> Book:
        return self.desk.book

    def _moment(self) -> Moment:
        return Moment(self._clock.wall(), self._clock.now(), boot_id())

    def _written(self, renewed: bool) -> None:
        if self._open:
            self.clerk.wake(renewed)

    def _settled(self) -> None:
        """A mail has arrived, or has not: others may go now, or have to wait for it."""
        if self._open:
            self.clerk.wake()

    def start(self) -> None:
        """Begin to deliver; once the store is open. A daemon without alerts starts no thread."""
        self._open = True
        self.post.start()
        if self._left():
            self.clerk.wake()

    def stop(self) -> None:
        """What has not gone within seconds is for the next daemon."""
        self._open = False
        self.clerk.stop(LAST_PATIENCE)
        self.post.stop()

    def _left(self) -> bool:
        """Whether an earlier daemon has left anything to look after."""
        try:
            with closing(self.post.connect()) as db:
                return bool(tray.contacts(db) | mailbag.recallable(db)) or bool(pending(db))
        except sqlite3.Error:
            return True  # whoever looks will say what is wrong

    def use(self, book: Book) -> None:
        """A load has changed who can be told."""
        self.desk.book = book
        if self._open and self._left():
            self.clerk.wake()

    def who(self) -> "Sequence[Person]":
        """Contacts, and on which terms each is told."""
        from overseer.alerts.people import people

        return people(self.desk.book)

    def silence(self, words: Sequence[str], seconds: float, by: str, reason: str) -> Silence:
        """From now on nobody is told of these watches: names, tags, globs."""
        now = self._clock.wall()
        begun = Silence(
            words=tuple(words), since=now, until=now + seconds, by=by, reason=reason.strip()
        )
        self.enclose([self.silences.begin(begun)])
        return begun

    def end_silences(self, words: Sequence[str]) -> Sequence[Silence]:
        """Those that were begun for any of these words."""
        memo, gone = self.silences.end(words, self._clock.wall())
        if gone:
            self.enclose([memo])
        return gone

    def in_silence(self) -> Sequence[Silence]:
        return self.silences.at(self._clock.wall())

    def silenced(self, name: str) -> str:
        """`silenced by alice until 15:42 (deploy)`, "" where somebody is told of this watch."""
        now = self._clock.wall()
        found = self.silences.of(name, now)
        return f"{found.why}, {until(found.until, now)}" if found and found.until else ""

    def read_logs(self) -> None:
        """What is to be kept of logs is read before they are cut, if that does not take long."""
        self.exhibits.wait(LOGS_PATIENCE)

    def open_incidents(self) -> frozenset[str]:
        """Of which nobody has heard the end, by their ids; from any thread."""
        return self.desk.open_incidents()

    def open_incidents_of(self, name: str, boot: str) -> "Sequence[OpenIncident]":
        return self.desk.open_incidents_of(name, boot)

    def waiting(self) -> "Sequence[Waiting]":
        """For `alerts`, from any thread. Raises Refused."""
        from overseer.alerts.overview import overview

        try:
            with closing(self._read()) as db:
                return overview(db, self.desk.book, self.silences.of, self._clock.wall())
        except sqlite3.Error as error:
            raise Refused(f"the alerts cannot be read: {error}") from error

    def _read(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)

    def notice(
        self,
        message: str,
        contacts: Iterable[str],
        next: str = "",
        change: Change = Change.NOTICE,
    ) -> Sequence[Draft]:
        """Drafts about overseer itself, for `store.enclose`."""
        return self.desk.notice(message, contacts, next, change)

    def tell_now(self, message: str, contacts: Iterable[str], change: Change) -> None:
        """Past the queue, each once: for when nothing can be written. Waits for the servers."""
        wall, book = self._clock.wall(), self.desk.book
        for name in contacts:
            if name in book.contacts and book.terms_of(name).wants(change, None, None):
                facts = trial.about_overseer(message, change, wall)
                trial.try_once(book.contacts[name], name, self._host, facts)

    def undelivered(self) -> Undelivered:
        """For `status`, from any thread."""
        try:
            with closing(self._read()) as db:
                return undelivered(db, self._clock.wall())
        except sqlite3.Error as error:
            return Undelivered(trouble=f"the alerts cannot be read: {error}")

    def knock(self) -> Iterator[tuple[str, str, bool]]:
        """Ask every contact's server whether it answers: name, a line about it, whether it does.

        Waits as long as the servers do; sends nothing.
        """
        for name, contact in sorted(self.desk.book.contacts.items()):
            try:
                said = contact.knock()
            except BaseException as error:  # noqa: BLE001 - other people's contacts
                yield name, str(error) or type(error).__name__, False
            else:
                yield name, said or "cannot be asked without an alert", True

    def test(self, name: str, hear: Hear) -> str:
        """Send a trial alert at once, past the queue: how it went, in one line.

        Raises UnknownName, and NotDelivered with the reason.
        """
        contact = self.desk.book.contacts.get(name)
        if contact is None:
            known = ", ".join(sorted(self.desk.book.contacts)) or "none is defined"
            raise UnknownName(f"no contact is called {name!r}; there are: {known}")
        return trial.send(contact, name, self._host, self._clock.wall(), hear)
