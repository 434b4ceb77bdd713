"""Log files of programs, written by them alone, and read where they are: under another name if
they were moved, and never what is no file."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from overseer import safe_files
from overseer.model.log_file import LogMark, LogPiece
from overseer.units import show_bytes

MOST = 16 * 2**10
"""Bytes that are kept of a run: its last ones."""
MOST_NAMES = 10_000
"""Names of a folder that are looked through for a file that was moved."""


class NotRead(Exception):
    """Why a log cannot be read, in words."""


def open_file(path: str, flags: int = os.O_RDONLY) -> int:
    """A descriptor for reading. Raises NotRead, OSError."""
    try:
        return safe_files.open_file(path, flags)
    except safe_files.WrongKind as error:
        raise NotRead(f"{path} is {error.kind}: what is written there is not kept") from None


def open_mark(mark: LogMark) -> int:
    """The same of a file that is known by more than its path: a process that has it open leads
    there by any name it likes."""
    if mark.inode and mark.path.startswith("/proc/"):
        return safe_files.open_known(mark.path, mark.device, mark.inode)
    return open_file(mark.path)


def open_for_program(path: str, uid: int) -> int:
    """For the output of a program of that user, straight to the file, so that it survives the
    daemon; made if need be, with its folders. Nothing waits for somebody to read a pipe. OSError
    says what is in the way."""
    try:
        try:
            return safe_files.open_file(path, safe_files.APPEND, of=uid, any_kind=True)
        except FileNotFoundError:
            safe_files.make_folder(os.path.dirname(os.path.abspath(path)))
            return safe_files.open_file(path, safe_files.APPEND, of=uid, any_kind=True)
    except OSError as error:
        if error.errno == errno.ENXIO:
            error.strerror = "it is a pipe that nobody reads, or no file"
        raise


def mark_of(path: str, about: os.stat_result) -> LogMark:
    """The end of the file as it is now."""
    return LogMark(path, about.st_dev, about.st_ino, about.st_size)


def path_now(mark: LogMark) -> str:
    """What the file is called by now; "" where it has no name in its folder any more."""
    if is_it(mark, mark.path):
        return mark.path
    with suppress(OSError), os.scandir(os.path.dirname(mark.path) or ".") as entries:
        for _, entry in zip(range(MOST_NAMES), entries, strict=False):
            if entry.inode() == mark.inode and is_it(mark, entry.path):
                return entry.path
    return ""


def descriptor_of(mark: LogMark, pid: int) -> str:
    """Where the process has the file open as its output, whatever that is called; "" for it has
    not, or may not be looked at."""
    places = (f"/proc/{pid}/fd/{number}" for number in (1, 2))
    return next((place for place in places if is_it(mark, place)), "")


def is_it(mark: LogMark, path: str) -> bool:
    if mark.inode == 0:
        return True
    with suppress(OSError):
        about = os.stat(path)
        return (about.st_dev, about.st_ino) == (mark.device, mark.inode)
    return False


@contextmanager
def opened(mark: LogMark) -> Iterator[tuple[int, str]]:
    """A descriptor of the file, and what it is called. Raises NotRead."""
    path = path_now(mark)
    if not path:
        raise NotRead(f"{mark.path} is another file now, and the one before is gone")
    try:
        descriptor = open_file(path)
    except OSError as error:
        raise NotRead(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    try:
        yield descriptor, path
    except OSError as error:
        raise NotRead(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    finally:
        os.close(descriptor)


def read_piece(mark: LogMark, until: int | None, most: int) -> LogPiece:
    """model.log_file.ReadLog. Of a file that was cut meanwhile from where it begins now; of what
    is longer than *most*, whole lines if there are any."""
    try:
        with opened(mark) as (descriptor, path):
            return _piece(descriptor, path, mark.at, until, most)
    except NotRead as error:
        return LogPiece(mark.path, note=str(error))


def _piece(descriptor: int, path: str, since: int, until: int | None, most: int) -> LogPiece:
    size = os.fstat(descriptor).st_size
    if since > size:
        since, until = 0, None
    end = size if until is None or not since <= until <= size else until
    begin = max(since, end - most)
    data = os.pread(descriptor, end - begin, begin)
    if begin > since:
        head, _, rest = data.partition(b"\n")
        if rest:
            return LogPiece(path, rest, begin - since + len(head) + 1)
    return LogPiece(path, data, begin - since)


def printed(mark: LogMark, until: int | None = None) -> str:
    """What a run has printed; "" for what cannot be read."""
    piece = read_piece(mark, until, MOST)
    text = piece.data.decode(errors="replace")
    if not piece.left_out:
        return text
    return f"[{show_bytes(piece.left_out)} before this are in {piece.path}]\n{text}"
