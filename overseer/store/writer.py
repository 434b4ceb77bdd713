"""The one that writes to the state database, and what it does when the disk will not have it."""

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path

from overseer.model.status import Status
from overseer.safe_files import make_folder, rename
from overseer.store.backlog import Backlog, Secretary, is_of_one
from overseer.store.codec import Unreadable, decode
from overseer.store.database import (
    PATIENCE,
    TooNew,
    copy_database,
    file_of,
    is_broken,
    open_database,
    salvage,
    set_aside,
    transaction,
)

log = logging.getLogger(__name__)


class Writer:
    """For one thread at a time. *latest* is all that is known, if the file must be remade."""

    def __init__(self, path: Path, latest: dict[str, Status], secretary: Secretary | None) -> None:
        self.path = path
        self.backlog = Backlog()
        self.trouble = ""
        self.aside: Path | None = None
        self.db: sqlite3.Connection | None = None
        self.commits = 0
        self.owes_sync = False  # alerts have been committed, and may not be on the disk yet
        self.settings: dict[str, str] = {}  # all that are known, likewise
        self._latest = latest
        self._secretary = secretary
        self._renewed = False
        self._file: tuple[int, int] | None = None  # device and inode of what is open

    def notice_loss(self) -> None:
        """The file was deleted, or replaced, under the open connection: what goes there is on no
        disk that the next daemon sees. Another is made of it; whatever stands there is kept."""
        found = file_of(self.path)
        if self.db is None or found == self._file:
            return
        log.error("%s was deleted or replaced while it was open: it is made again", self.path)
        self.backlog.statuses = {**self._latest, **self.backlog.statuses}
        self.backlog.settings = {**self.settings, **self.backlog.settings}
        self._renewed = True
        copy = self.path.with_name(f"{self.path.name}.new")
        try:
            if found is not None:
                self.aside = set_aside(self.path)
            make_folder(copy.parent, 0o700)
            copy_database(self.db, copy)
            self.close()  # it removes the log that has its name: before there is a new one
            rename(copy, self.path.name)
        except (sqlite3.Error, OSError) as error:
            self._stumbled(error)

    def flush(self, durable: bool) -> None:
        """Write the backlog. Raises TooNew, and only when the file is opened first."""
        try:
            try:
                self._commit(durable)
            except sqlite3.DatabaseError as error:
                if not is_broken(error):
                    raise
                self._begin_anew(error)
                self._commit(durable)
        except TooNew:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was: nothing waits for the record
            self._stumbled(error)
        else:
            self._succeeded()

    def close(self) -> None:
        if self.db:
            self.db.close()
            self.db = None

    def _commit(self, durable: bool) -> None:
        # Who tries again must not keep the engine waiting each time.
        patience = 0.0 if self.trouble else PATIENCE
        if self.db is None:
            prepare = (self._secretary.prepare,) if self._secretary else ()
            self.db = open_database(self.path, prepare, patience)
            self._file = file_of(self.path)
            self._read_all(self.db)
        if not self.backlog:
            return
        if durable:
            self.db.execute("PRAGMA synchronous=FULL")
        try:
            with transaction(self.db, patience):
                self.backlog.write(self.db, self._secretary)
        except Exception as error:  # one value costs itself, and not what is written with it
            if not is_of_one(error):
                raise
            with transaction(self.db, patience):
                self.backlog.write_each(self.db, self._secretary)
        if durable:
            self.db.execute("PRAGMA synchronous=NORMAL")
        self.commits += 1

    def _read_all(self, db: sqlite3.Connection) -> None:
        """Damage is to be met before anything is launched by what cannot be read."""
        known = db.execute("SELECT key, value FROM settings")
        self.settings = {**dict(known), **self.settings}
        db.execute("SELECT sum(length(status)) FROM statuses").fetchone()

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """The file is damaged: keep it for a person to look at, and go on with a new one."""
        self.close()
        self._salvage()
        self.aside = set_aside(self.path)
        log.error(
            "%s is damaged (%s): kept as %s, a new one is begun", self.path, error, self.aside
        )
        self.backlog.statuses = {**self._latest, **self.backlog.statuses}
        self.backlog.settings = {**self.settings, **self.backlog.settings}
        self._renewed = True

    def _salvage(self) -> None:
        """What can still be read, where nothing newer is known."""
        for key, value in salvage(self.path, "SELECT key, value FROM settings"):
            self.settings.setdefault(key, value)
        for name, text in salvage(self.path, "SELECT name, status FROM statuses"):
            if name not in self._latest and name not in self.backlog.statuses:
                with suppress(Unreadable):
                    self._latest[name] = decode(Status, text)

    def _stumbled(self, error: Exception) -> None:
        if not self.trouble:
            log.error("%s cannot be written: %s; going on from memory", self.path, error)
        self.trouble = f"{self.path} cannot be written: {error}; kept in memory and tried again"
        self.close()

    def _succeeded(self) -> None:
        drafts = bool(self.backlog.drafts)
        logs = any(entry.log for entry in self.backlog.entries)
        self.backlog.clear()
        if self.trouble:
            log.warning("%s can be written again; what was kept in memory is in it", self.path)
            self.trouble = ""
        self.owes_sync = self.owes_sync or drafts
        if self._secretary and (drafts or logs or self._renewed):
            try:
                self._secretary.wake(self._renewed)
            except Exception:  # what was to be written is written
                log.exception("alerts are sent when the next is written")
            self._renewed = False
