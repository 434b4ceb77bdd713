"""when: {log_match: {path: /var/log/web.log, pattern: "FATAL|out of memory"}}"""

import contextlib
import os
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.model.units import FullPath
from overseer.patterns import NotJudged, check_pattern
from overseer.safe_files import WrongKind, names_beside, open_file
from overseer.safe_path import located
from overseer.units import show_count

MOST = 2**20
"""Bytes read in one look: of what has been appended since the last one, the last megabyte."""
LONGEST = 10_000
"""Characters of a line that are searched."""
SHOWN = 200
"""Characters of a line that are shown."""
MARK = 64
"""Bytes before the place where reading ended, by which it is found again."""
HEAD = 2 * 4096
"""Bytes at the beginning of a log that may have been there before it was cut."""


class Place(NamedTuple):
    """How far a log has been read. *mark* are the bytes before *offset*: where others stand
    there by now, the file has been cut and written anew."""

    inode: int
    offset: int
    mark: bytes


class Matches(NamedTuple):
    """*line* is the first of so many. *late*: lines of which it could not be told in time."""

    place: Place
    lines: int = 0
    line: str = ""
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMatch(Check):
    """Met when a line that matches *pattern* has been appended to *path* since the last look.

    The first look in a state finds nothing, it only says where to begin. A log that is rotated,
    cut, or copied and cut is read on where it goes on, and what was left to read of its last copy
    too. A line counts when its end is there.
    """

    sudden: ClassVar[bool] = True
    said_once: ClassVar[bool] = True

    path: FullPath
    pattern: str

    def __post_init__(self) -> None:
        check_pattern("pattern", self.pattern, "FATAL|PANIC")

    def measure(self, scene: Scene) -> Matches | None:
        from overseer.matcher import Matcher  # where nothing is searched nothing need be there

        before: Matches | None = scene.before
        if before is None:
            return Matches(end_of(self.path))
        text, place = appended(self.path, before.place)
        lines = [line for line in text.decode("utf-8", "replace").split("\n") if line]
        with Matcher(self.pattern, self.timeout) as matcher:
            answers = matcher.search([line[:LONGEST] for line in lines])
        matching = [line for line, answer in zip(lines, answers, strict=True) if answer]
        first = shorten(matching[0]) if matching else ""
        return Matches(place, len(matching), first, answers.count(None))

    def met(self, value: Matches) -> bool:
        if value.late and not value.lines:
            raise NotJudged(self.pattern, f" ({show_count(value.late, 'line')})")
        return value.lines > 0

    def show(self, value: Matches) -> str:
        return f"{value.lines} line{'s' * (value.lines != 1)}"

    def explain(self, value: Matches) -> str:
        more = f", and {value.lines - 1} more" if value.lines > 1 else ""
        return f"{self.path} says {value.line!r}{more}"

    def limit(self) -> str:
        return f"matching {shorten(self.pattern)}"


NOWHERE = Place(0, 0, b"")
"""Of a log that is not there: when it comes, all of it is new."""


def end_of(path: str) -> Place:
    try:
        with opened(path) as log:
            return place_at(log, os.fstat(log.fileno()).st_size)
    except FileNotFoundError:
        return NOWHERE


def appended(path: str, place: Place) -> tuple[bytes, Place]:
    """The whole lines beyond *place*, at most MOST bytes of them, and where they end."""
    try:
        with opened(path) as log:
            if goes_on(log, place):
                return read(log, place.offset)
            rest, last = rest_of(path, place)
            text, now = read(log, beyond(log, last.mark))
            return (rest + text)[-MOST:], now
    except FileNotFoundError:  # between two logs: looked at again next time
        return b"", place


def opened(path: str) -> BinaryIO:
    """FileNotFoundError where there is none; a pipe is not waited for."""
    try:
        return os.fdopen(open_file(path), "rb", buffering=0)
    except WrongKind as error:
        raise ValueError(f"{path} is no plain file but {error.kind}") from None


def place_at(log: BinaryIO, offset: int) -> Place:
    length = min(MARK, offset)
    mark = os.pread(log.fileno(), length, offset - length)
    return Place(os.fstat(log.fileno()).st_ino, offset, mark)


def has(log: BinaryIO, place: Place) -> bool:
    """Whether that log reads up to there as the one did that the place is in."""
    if os.fstat(log.fileno()).st_size < place.offset:
        return False
    length = len(place.mark)
    return os.pread(log.fileno(), length, place.offset - length) == place.mark


def goes_on(log: BinaryIO, place: Place) -> bool:
    return os.fstat(log.fileno()).st_ino == place.inode and has(log, place)


def read(log: BinaryIO, offset: int) -> tuple[bytes, Place]:
    """The whole lines from *offset* on, or of the last MOST bytes where there are more. What is
    longer than that without an end is passed over."""
    begin = max(offset, os.fstat(log.fileno()).st_size - MOST)
    text = os.pread(log.fileno(), MOST, begin)
    first = text.find(b"\n") + 1 if begin > offset else 0
    end = text.rfind(b"\n") + 1 or (len(text) if len(text) == MOST else 0)
    return text[first:end], place_at(log, begin + end)


def rest_of(path: str, place: Place) -> tuple[bytes, Place]:
    """What was left to read of a log that now has another name beside it: `web.log.1`."""
    folder, name = os.path.split(path)
    with located(path, follow=False) as beside:
        others = [one for one in names_beside(beside) if one.startswith(name) and one != name]
    for other in others:
        with contextlib.suppress(OSError, ValueError), opened(os.path.join(folder, other)) as log:
            if (place.offset and has(log, place)) or goes_on(log, place):
                return read(log, place.offset)
    return b"", place


def beyond(log: BinaryIO, mark: bytes) -> int:
    """Where that mark ends near the beginning: a log that is cut may keep its last lines."""
    found = os.pread(log.fileno(), HEAD, 0).find(mark) if len(mark) == MARK else -1
    return found + MARK if found >= 0 else 0


def shorten(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text[: SHOWN + 1]).strip()
    return shown if len(text) <= SHOWN else f"{shown[:SHOWN]}..."
