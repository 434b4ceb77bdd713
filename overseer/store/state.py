"""What survives the daemon: statuses, history, settings and alerts, each change in one piece."""

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from overseer.errors import Refused
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock, Judged
from overseer.store import history, runs
from overseer.store.backlog import Secretary
from overseer.store.codec import Unreadable, decode
from overseer.store.database import LONGEST_LOG, NAME, checkpoint, connect, log_size, select, sync
from overseer.store.history import KEEP, MOST, Entry, Story
from overseer.store.keeper import Keeper
from overseer.store.runs import RunEntry
from overseer.store.writer import Writer

log = logging.getLogger(__name__)

SILENCED = "silenced"
"""A word of the history that no news has."""
CHECKPOINT_EVERY = 500
"""Commits; of some 20 kB each at most, so the log stays near 10 MB. The first commit after a
checkpoint waits for the disk."""


class StateStore:
    """The port `Store` on one SQLite file. For any thread; only the engine's calls `record`.

    *trouble* says why the disk does not take what is to be kept, "" while it does.
    """

    def __init__(self, folder: Path, clock: Clock, secretary: Secretary | None = None) -> None:
        self.path = folder.absolute() / NAME
        self._clock = clock
        self._secretary = secretary
        self._latest: dict[str, Status] = {}
        self._writer = Writer(self.path, self._latest, secretary)
        self._backlog = self._writer.backlog
        self._lock = threading.Lock()
        self._keeper = Keeper(self)
        self._checkpoint_at = CHECKPOINT_EVERY
        self.was_missing = False  # there was no database when it was opened
        self.unreadable: list[str] = []  # watches of which the record cannot be read
        self._measured = 0  # commits when its size was measured last

    @property
    def trouble(self) -> str:
        return self._writer.trouble

    @property
    def aside(self) -> Path | None:
        """Where a damaged database was put, if one was found in this run."""
        return self._writer.aside

    def open(self) -> None:
        """Raises TooNew; any other trouble is said in *trouble*, and the daemon goes on."""
        with self._lock:
            self.was_missing = not self.path.exists() or self.path.stat().st_size == 0
            self._writer.flush(durable=False)
            self._checked()

    def notice_loss(self) -> None:
        """Now and then: is the file that is written to the one that the next daemon will read?"""
        with self._lock:
            self._writer.notice_loss()
            self._go_on(durable=True)

    def close(self) -> None:
        self._keeper.stop()
        with self._lock:
            if self.trouble:
                self._writer.flush(durable=True)
            self._writer.close()

    def record(
        self,
        changed: Mapping[str, Status],
        news: Iterable[tuple[Watch, Status, News]],
        durable: bool,
    ) -> None:
        with self._lock:
            self._latest.update(changed)
            self._backlog.statuses.update(changed)
            for watch, status, item in news:
                self._note(watch, status, item)
            self._go_on(durable)

    def forget(self, name: str) -> None:
        with self._lock:
            self._latest.pop(name, None)
            self._backlog.statuses[name] = None
            if self._secretary:
                with suppress(Exception):  # its incident alone is not closed
                    self._backlog.drafts.extend(self._secretary.forget(name))
            self._go_on(durable=True)

    def enclose(
        self, drafts: Iterable[object], kind: str = "", message: str = "", incident: str = ""
    ) -> None:
        """The secretary's, about overseer itself; the line of the history that *incident* names
        goes with them. From any thread."""
        with self._lock:
            self._backlog.drafts.extend(drafts)
            if incident:
                entry = Entry(
                    at=self._clock.wall(), watch="", kind=kind, message=message, incident=incident
                )
                self._backlog.entries.append(entry)
            self._go_on(durable=True)

    @property
    def waiting(self) -> int:
        """Rows that the disk has not taken; from any thread."""
        return self._backlog.waiting

    def load_statuses(self) -> dict[str, Status]:
        """What was known when the last daemon ended. A row that cannot be read is left out."""
        with self._lock:
            rows = select(self.path, "SELECT name, status FROM statuses")
            for name, text in rows:
                try:
                    self._latest.setdefault(name, decode(Status, text))
                except Unreadable as error:
                    log.error("%s: what was kept about it cannot be read: %s", name, error)
                    self.unreadable.append(name)
            return dict(self._latest)

    def history(
        self,
        names: Sequence[str] = (),
        since: float | None = None,
        limit: int = 50,
        incident: str = "",
    ) -> list[Entry]:
        """The last *limit* entries since that moment (seconds since the epoch), oldest first.

        Raises Refused where the disk cannot be read.
        """
        with self._reading() as db:
            found = history.select(db, names, since, limit, incident)
        unsaved = self._unsaved(names, since)
        found += [entry for entry in unsaved if incident in ("", entry.incident)]
        return found[-limit:] if limit else []

    def last_evidence(self, name: str) -> Entry | None:
        """The last line about the watch with which the end of its log is kept."""
        with self._reading() as db:
            return history.last_evidence(db, name)

    def _unsaved(self, names: Sequence[str], since: float | None) -> list[Entry]:
        with self._lock:
            found = [entry for entry in self._backlog.entries if entry.at >= (since or 0.0)]
        return [entry for entry in found if not names or entry.watch in names]

    def runs(self, name: str, limit: int) -> list[RunEntry]:
        """The last *limit* runs of a watch that are over, or were not begun; oldest first.

        Raises Refused where the disk cannot be read.
        """
        with self._reading() as db:
            found = runs.select(db, name, limit)
        with self._lock:
            found += [one for one in self._backlog.runs if one.watch == name]
        return found[-limit:] if limit else []

    def incidents(
        self, names: Sequence[str] = (), since: float | None = None, limit: int = 50
    ) -> list[Story]:
        """Likewise: the last *limit* incidents, the oldest first."""
        with self._reading() as db:
            found = history.stories(db, names, since, limit)
        unsaved = (entry for entry in self._unsaved(names, since) if entry.incident)
        found = history.with_unsaved(found, unsaved)
        return found[-limit:] if limit else []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self.path)) as db:
                yield db
        except sqlite3.Error as error:
            raise Refused(f"the history in {self.path} cannot be read: {error}") from error

    def recall(self, key: str) -> str | None:
        """Also before `open`."""
        with self._lock:
            if key in self._backlog.settings:
                return self._backlog.settings[key]
            if key in self._writer.settings:
                return self._writer.settings[key]
            rows = select(self.path, "SELECT value FROM settings WHERE key = ?", key)
            if rows:
                self._writer.settings[key] = str(rows[0][0])
        return str(rows[0][0]) if rows else None

    def remember(self, key: str, value: str) -> None:
        with self._lock:
            self._backlog.settings[key] = self._writer.settings[key] = value
            self._go_on(durable=True)

    def note(self, name: str, kind: str, message: str, by: str) -> None:
        """A line of the history that is no watch's alone, and nobody is told of."""
        with self._lock:
            entry = Entry(at=self._clock.wall(), watch=name, kind=kind, message=message, by=by)
            self._backlog.entries.append(entry)
            self._go_on(durable=False)

    def keep_small(self, keep: float = KEEP, most: int = MOST) -> int:
        """Likewise, but only where something was written since the last time and there is too
        much: cheap enough for every few seconds."""
        if self._writer.commits == self._measured:
            return 0
        self._measured = self._writer.commits
        try:
            with closing(connect(self.path)) as db:
                full = history.is_full(db, most)
        except sqlite3.Error as error:
            log.warning("the size of %s cannot be told: %s", self.path, error)
            return 0
        return self.prune(keep, most) if full else 0

    def prune(self, keep: float = KEEP, most: int = MOST) -> int:
        """Forget history older than *keep* seconds, and the oldest while the database is larger
        than *most* bytes; how many rows. Has a connection of its own."""
        try:
            with closing(connect(self.path)) as db:
                gone = history.prune(db, self._clock.wall(), keep, most)
        except sqlite3.Error as error:
            log.warning("the history in %s could not be pruned: %s", self.path, error)
            return 0
        self._keeper.nudge()
        return gone

    def settle(self) -> None:
        """The keeper's: try again what the disk has not taken, and shorten the log."""
        with self._lock:
            if self.trouble:
                self._writer.flush(durable=True)
            self._writer.owes_sync = False
            long = self._writer.commits >= self._checkpoint_at
        with suppress(sqlite3.Error, OSError):
            sync(self.path)
            if long and self._shorten():
                self._checkpoint_at = self._writer.commits + CHECKPOINT_EVERY

    def _shorten(self) -> bool:
        """The log begins anew once all of it is in the database: in a storm there is always
        something left, and when it has grown long the engine waits for the little that is."""
        with closing(connect(self.path)) as db:
            if checkpoint(db):
                return True
            if log_size(self.path) < LONGEST_LOG:
                return False
            with self._lock:
                return checkpoint(db)

    def _note(self, watch: Watch, status: Status, item: News) -> None:
        wall = self._clock.wall()
        found = self._judged(watch, status, item)
        self._backlog.drafts.extend(found.drafts)
        entry = Entry(
            at=wall, watch=watch.name, kind=str(item.kind), message=item.message, by=item.by,
            incident=found.incident, facts=history.facts_of(item), log=found.log,
            evidence=found.evidence,
        )  # fmt: skip
        self._backlog.entries.append(entry)
        if run := runs.entry_of(watch.name, wall, item):
            self._backlog.runs.append(run)
        if found.silenced:
            said = f"{item.kind}: nobody is told, {found.silenced}"
            more = replace(entry, kind=SILENCED, message=said, by="", facts={}, log="", evidence="")
            self._backlog.entries.append(more)

    def _judged(self, watch: Watch, status: Status, item: News) -> Judged:
        """An alert that cannot be made costs itself; the history has the line."""
        try:
            return self._secretary.judge(watch, status, item) if self._secretary else Judged()
        except Exception:  # it is not to raise
            log.exception("%s: nobody could be told: %s", watch.name, item.message)
            return Judged()

    def _go_on(self, durable: bool) -> None:
        # In trouble the keeper tries, so that the engine waits for a bad disk only once.
        if not self.trouble:
            self._writer.flush(durable)
            self._checked()

    def _checked(self) -> None:
        long = self._writer.commits >= self._checkpoint_at
        if self.trouble or self._writer.owes_sync or long:
            self._keeper.nudge()
