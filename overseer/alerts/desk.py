"""Where news becomes letters: judged, addressed, given a time, and written with the change."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from overseer.alerts import mailbag
from overseer.alerts.gather import Window, slot
from overseer.alerts.incident import CALM, Alert, Incident
from overseer.alerts.letter import Facts, Letter, facts_of, message_id
from overseer.alerts.policy import judge
from overseer.contacts.book import Book
from overseer.model.change import PASSES_EVERY_LIMIT, Change
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock

log = logging.getLogger(__name__)

LogOf = Callable[[Watch], str | None]
"""The file with a watch's output, None where there is none to read."""
Wake = Callable[[Sequence[str], bool], None]
"""Told after a commit: contacts with new letters, and whether the database is another file."""


@dataclass(frozen=True, slots=True)
class Memo:
    """What is remembered about a watch from now on."""

    watch: str
    incident: Incident


Draft = Letter | Memo


class Desk:
    """The store's secretary. Its methods are called by the store, one at a time.

    *book* may be replaced at any time, from any thread.
    """

    def __init__(self, clock: Clock, host: str, book: Book, log_of: LogOf, wake: Wake) -> None:
        self.book = book
        self._clock = clock
        self._host = host
        self._log_of = log_of
        self._wake = wake
        self._incidents: dict[str, Incident] = {}
        self._windows: dict[str, Window] = {}
        self._loaded = False
        self._put = 0
        self._addressed: dict[str, None] = {}

    @property
    def incidents(self) -> Mapping[str, Incident]:
        """Of watches about which there is something to remember."""
        return self._incidents

    def prepare(self, db: sqlite3.Connection) -> None:
        mailbag.prepare(db)
        if not self._loaded:
            self._incidents = {**mailbag.incidents(db), **self._incidents}
            self._loaded = True

    def judge(self, watch: Watch, status: Status, news: News) -> Sequence[Draft]:
        before = self._incidents.get(watch.name, CALM)
        now = self._clock.now()
        after, alerts = judge(before, watch, status, news, now, self.book.resolve)
        drafts: list[Draft] = []
        if after != before and not (mailbag.is_calm(after) and mailbag.is_calm(before)):
            self._incidents[watch.name] = after
            drafts.append(Memo(watch.name, after))
        for alert in alerts:
            drafts.extend(self._letters(alert, watch, now))
        return drafts

    def forget(self, name: str) -> Sequence[Draft]:
        self._incidents.pop(name, None)
        return (Memo(name, CALM),)

    def notice(self, message: str, contacts: Iterable[str], next: str = "") -> Sequence[Draft]:
        """About overseer itself: a watch file that had to be left out, a damaged database."""
        now = self._clock.now()
        alert = Alert(
            change=Change.NOTICE,
            headline=message.splitlines()[0],
            message=message,
            contacts=self.book.resolve(contacts),
            incident=f"overseer.{int(now * 1000):x}",
            next=next,
        )
        return tuple(self._letters(alert, None, now))

    def write(self, db: sqlite3.Connection, drafts: Sequence[object]) -> None:
        wall = self._clock.wall()
        memos = {draft.watch: draft.incident for draft in drafts if isinstance(draft, Memo)}
        letters = [draft for draft in drafts if isinstance(draft, Letter)]
        mailbag.remember(db, memos)
        mailbag.put(db, letters, wall)
        self._addressed.update(dict.fromkeys(letter.contact for letter in letters))

    def wake(self, renewed: bool) -> None:
        contacts, self._addressed = tuple(self._addressed), {}
        if contacts or renewed:
            self._wake(contacts, renewed)

    def _letters(self, alert: Alert, watch: Watch | None, now: float) -> Iterable[Letter]:
        wall = self._clock.wall()
        log_file = self._log_of(watch) if watch else None
        facts = facts_of(alert, watch.name if watch else "", log_file, now, wall)
        for contact in alert.contacts:
            yield self._letter(contact, alert, facts, now, wall)

    def _letter(self, contact: str, alert: Alert, facts: Facts, now: float, wall: float) -> Letter:
        self._put += 1
        wait, gather = 0.0, None
        if not alert.follows and alert.change not in PASSES_EVERY_LIMIT:
            place = slot(self._windows.get(contact), now)
            self._windows[contact] = place.window
            wait = place.wait
            gather = place.gather
        name = f"{int(wall * 1000):x}.{self._put:x}.{alert.change}.{contact}"
        return Letter(
            contact=contact,
            message_id=message_id(name, self._host),
            facts=facts,
            due=wall + wait,
            gather=gather,
        )
