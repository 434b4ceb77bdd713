"""Keeps what each run of a scheduled program has printed, beside its end."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from overseer.control.office import LogFiles
from overseer.crew import Crew
from overseer.engine import Engine
from overseer.model.log_file import LogMark
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.store import runs
from overseer.store.database import PATIENCE, connect, transaction
from overseer.store.runs import Unread
from overseer.system.log_files import printed

log = logging.getLogger("overseer")

FilesOf = Callable[[Watch], LogFiles]


class Outputs:
    """Reads aside: a log may lie on a file system that hangs. What was not read in time, because
    overseer ended or the disk was full, is read later."""

    def __init__(self, database: Path, engine: Engine, files_of: FilesOf) -> None:
        self._database = database
        self._engine = engine
        self._files_of = files_of
        self._crew = Crew("outputs", 1)
        engine.observers.append(self._hear)

    def _hear(self, _: str, __: Watch, ___: Status, news: tuple[News, ...]) -> None:
        """On the engine's thread."""
        if any(one.result and one.run and one.run.log_at is not None for one in news):
            self._crew.do(self.catch_up)

    def catch_up(self) -> None:
        """Read what has not been read."""
        try:
            with closing(connect(self._database)) as db:
                for one in runs.unread(db):
                    text = self._read(one)
                    with transaction(db, PATIENCE):
                        runs.keep_output(db, one.id, text)
        except sqlite3.Error as error:
            log.warning("what runs have printed could not be kept: %s", error)

    def _read(self, one: Unread) -> str:
        """Until where the run begins that is under way now, if no later one has ended."""
        watch, status = self._engine.watches.get(one.watch), self._engine.statuses.get(one.watch)
        if watch is None or status is None:
            return ""
        files, until = self._files_of(watch), (one.log_until, one.err_until)
        if one.log_until is None and status.run:
            until = status.run.log_at, status.run.err_at
        text = ""
        if files.log:
            text = printed(begins(status.log, files.log, one.log_at), until[0])
        if files.err_log and one.err_at is not None:
            text += printed(begins(status.err, files.err_log, one.err_at), until[1])
        return text


def begins(known: LogMark | None, path: str, at: int) -> LogMark:
    """The mark of the last run knows its file by more than the name."""
    return known if known and (known.path, known.at) == (path, at) else LogMark(path, at=at)
