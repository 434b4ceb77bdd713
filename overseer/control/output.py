"""What programs have written: the end of a log file, and what comes after it."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from overseer.model.log_file import LogMark
from overseer.system.log_files import NotRead, open_mark
from overseer.terminal import quotable

BLOCK = 64 * 1024
MOST = 2**20
"""Bytes that are looked through for the last lines, however many are asked for: a file may be
gigabytes without one end of a line."""
REMEMBERED = 256  # bytes before our place, to find it again after the head has been cut off


class Tail:
    """Reads one log file from its end on, over rotation by truncation and by renaming."""

    def __init__(self, mark: LogMark) -> None:
        self.path = mark.path
        self.left_out = 0  # bytes before those that were looked through for too few lines
        self.trouble = ""  # why it cannot be read, if it is there
        self._mark = mark
        self._file: BinaryIO | None = None
        self._inode = 0
        self._seen = b""  # the last bytes before our place
        self._part = b""  # a line whose end is still to come

    def last(self, count: int) -> list[str]:
        """The last *count* lines; those written from now on are `more`. None if no file."""
        return [line for _, line in self.placed(count)]

    def placed(self, count: int) -> list[tuple[int, str]]:
        """The same, each with where in the file it ends."""
        if not self._open():
            return []
        assert self._file is not None
        end = self._file.seek(0, os.SEEK_END)
        place, text = self._back_from(end, count)
        self._file.seek(end)
        self._seen = text[-REMEMBERED:]
        found: list[tuple[int, str]] = []
        for line in reversed(text.split(b"\n")[-count - 1 :]):
            if line or end < place + len(text):
                found.append((end, _text(line)))
            end -= len(line) + 1
        return found[::-1][-count:] if count else []

    def _back_from(self, end: int, count: int) -> tuple[int, bytes]:
        """What has the last *count* lines, and where it begins."""
        assert self._file is not None
        blocks: list[bytes] = []
        place, ends = end, 0
        while place and ends <= count and end - place < MOST:
            step = min(BLOCK, place)
            place = self._file.seek(place - step)
            blocks.append(self._file.read(step))
            ends += blocks[-1].count(b"\n")
        self.left_out = place if ends <= count else 0
        return place, b"".join(reversed(blocks))

    def all_since(self, place: int, most: int) -> Iterator[tuple[int, str]]:
        """All lines from there on, each with where it ends; of more than *most* bytes the last."""
        if not self._open():
            return
        assert self._file is not None
        end = self._file.seek(0, os.SEEK_END)
        begin = max(min(place, end), end - most, 0)
        self._file.seek(begin)
        if begin and self._file.seek(begin - 1) is not None:
            begin += len(self._file.readline(BLOCK)) - 1
        while begin < end:
            line = self._file.readline(min(BLOCK, end - begin))
            if not line:
                break
            begin += len(line)
            yield begin, _text(line.rstrip(b"\n"))
        self._seen = b""
        self._file.seek(max(0, begin - REMEMBERED))
        self._seen = self._file.read(begin - self._file.tell())

    def more(self) -> Iterator[str]:
        """Whole lines written since we looked."""
        if not self._file and not self._open():
            return
        for chunk in self._chunks():
            self._seen = (self._seen + chunk)[-REMEMBERED:]
            *lines, self._part = (self._part + chunk).split(b"\n")
            yield from map(_text, lines)
            if len(self._part) > BLOCK:  # a program that ends no lines
                yield _text(self._part)
                self._part = b""

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _chunks(self) -> Iterator[bytes]:
        if not self._file:
            return
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._find_place(self._file)
        while chunk := self._file.read(BLOCK):
            yield chunk
        if self._replaced():
            self.close()
            if self._open():
                self._seen = b""
                while chunk := self._file.read(BLOCK):
                    yield chunk

    def _find_place(self, file: BinaryIO) -> None:
        """The file has become shorter: emptied, or its head was cut off."""
        size = os.fstat(file.fileno()).st_size
        start = file.seek(max(0, size - BLOCK))
        found = file.read().rfind(self._seen) if self._seen else -1
        file.seek(start + found + len(self._seen) if found >= 0 else 0)

    def _replaced(self) -> bool:
        try:
            return os.stat(self.path).st_ino != self._inode
        except OSError:  # renamed, and no successor yet
            return False

    def _open(self) -> bool:
        try:
            self._file = os.fdopen(open_mark(self._mark), "rb")
        except FileNotFoundError:  # nothing has been written yet
            return False
        except NotRead as error:
            self.trouble = str(error)
            return False
        except OSError as error:
            self.trouble = f"{self.path} cannot be read: {error.strerror}"
            return False
        self._inode = os.fstat(self._file.fileno()).st_ino
        return True


def last_lines(mark: LogMark, count: int) -> list[str]:
    """The end of a log, for those who ask once."""
    tail = Tail(mark)
    try:
        return tail.last(count)
    finally:
        tail.close()


def last_line(mark: LogMark) -> str:
    """The last that is not empty of what was written there since, shortened; "" for none, and
    where another file has its name by now."""
    tail = Tail(mark)
    try:
        if mark.inode and os.stat(mark.path).st_ino != mark.inode:
            return ""
        lines = [line for _, line in tail.all_since(mark.at, BLOCK)]
    except OSError:
        return ""
    finally:
        tail.close()
    return quotable(next((line for line in reversed(lines) if line.strip()), ""))


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
