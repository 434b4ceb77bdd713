"""Who is not to be told of what, for a time: somebody works on it, or the calendar says so."""

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from overseer.alerts.waiting import Silenced

log = logging.getLogger(__name__)

EVERYTHING = "--all"
TABLE = "CREATE TABLE IF NOT EXISTS alert_silence (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"

Tags = Callable[[str], Sequence[str]]
"""Of a watch."""
Maintenance = Callable[[str, Sequence[str], float], Silenced | None]
"""What the calendar says of a watch, its tags and a moment (seconds since the epoch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """*words* are names, tags or globs as they were typed; moments are seconds since the epoch."""

    words: tuple[str, ...]
    since: float
    until: float
    by: str
    reason: str = ""

    def covers(self, name: str, tags: Sequence[str]) -> bool:
        return covers(self.words, name, tags)

    @property
    def why(self) -> str:
        """`silenced by alice (deploy)`"""
        return f"silenced by {self.by}" + (f" ({self.reason})" if self.reason else "")


def covers(words: Iterable[str], name: str, tags: Sequence[str]) -> bool:
    return any(
        word in (EVERYTHING, name)
        or word.removeprefix("@") in tags
        or (not word.startswith("@") and fnmatchcase(name, word))
        for word in words
    )


@dataclass(frozen=True, slots=True)
class Memo:
    """All that are in force from now on, to be written with the store's next transaction."""

    silences: tuple[Silence, ...]


class Silences:
    """Read from any thread. Who changes them hands the memo to the store."""

    def __init__(self, tags: Tags, maintenance: Maintenance) -> None:
        self.maintenance = maintenance
        self._tags = tags
        self._all: tuple[Silence, ...] = ()

    def recall(self, found: Iterable[Silence]) -> None:
        self._all = tuple(found)

    def at(self, wall: float) -> tuple[Silence, ...]:
        """Those in force."""
        return tuple(one for one in self._all if wall < one.until)

    def of(self, name: str, wall: float) -> Silenced | None:
        """Why nobody is told of this watch, if so; the longest counts."""
        if not name:
            return None
        tags = self._tags(name)
        found = [Silenced(one.until, one.why) for one in self.at(wall) if one.covers(name, tags)]
        if window := self.maintenance(name, tags, wall):
            found.append(window)
        return max(found, key=lambda one: one.until or 0.0, default=None)

    def begin(self, silence: Silence) -> Memo:
        """In place of one for the same words."""
        others = [one for one in self.at(silence.since) if one.words != silence.words]
        self._all = (*others, silence)
        return Memo(self._all)

    def end(self, words: Sequence[str], wall: float) -> tuple[Memo, tuple[Silence, ...]]:
        """Those that were begun for any of these words."""
        gone = tuple(one for one in self.at(wall) if set(words) & {*one.words, EVERYTHING})
        self._all = tuple(one for one in self.at(wall) if one not in gone)
        return Memo(self._all), gone


def prepare(db: sqlite3.Connection) -> None:
    db.execute(TABLE)


def read(db: sqlite3.Connection) -> list[Silence]:
    found = []
    for (text,) in db.execute("SELECT text FROM alert_silence ORDER BY id"):
        try:
            found.append(silence_of(json.loads(text)))
        except (ValueError, TypeError, KeyError) as error:
            log.error("a silence cannot be read, and is over: %r", error)
    return found


def silence_of(kept: Mapping[str, Any]) -> Silence:
    """Raises ValueError, TypeError, KeyError."""
    return Silence(
        words=tuple(map(str, kept["words"])),
        since=float(kept["since"]),
        until=float(kept["until"]),
        by=str(kept["by"]),
        reason=str(kept.get("reason", "")),
    )


def write(db: sqlite3.Connection, memo: Memo) -> None:
    db.execute("DELETE FROM alert_silence")
    rows = [(json.dumps(asdict(one)),) for one in memo.silences]
    db.executemany("INSERT INTO alert_silence (text) VALUES (?)", rows)


def until(wall: float, now: float) -> str:
    """`until 15:42`, with the date where that is another day."""
    there = time.localtime(wall)
    same_day = there[:3] == time.localtime(now)[:3]
    return "until " + time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", there)
