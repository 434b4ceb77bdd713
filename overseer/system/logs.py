"""Keeps the output of programs within bounds while they go on writing it."""

import ctypes
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from overseer.safe_files import (
    beside,
    create_at,
    names_beside,
    remove,
    remove_at,
    rename_at,
    status_at,
)
from overseer.safe_path import Place, located
from overseer.system.log_files import NotRead, open_file

COLLAPSE = 0x08  # FALLOC_FL_COLLAPSE_RANGE, fallocate(2)
PUNCH_HOLE = 0x03  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
BLOCK = 4096
PIECE = 2**20
LONGEST_HEAD = 4096
"""Bytes that are looked through for the beginning of a line."""


def cut_if_long(
    file: Path, size: int, copies: int, total: int, complain: Callable[[str], None]
) -> int | None:
    """How many bytes were cut off its beginning; None: it was left as it is."""
    try:
        if os.stat(file).st_size > size:
            return cut(file, copies, min(size, total), complain)
    except (FileNotFoundError, NotRead):  # a device may have any size
        pass
    except OSError as error:
        complain(f"{file}: cannot be cut: {error.strerror}")
    return None


def cut(file: Path, copies: int, size: int, complain: Callable[[str], None]) -> int:
    """file -> file.1 -> file.2 ...; the program's descriptor stays on *file*, and appends.

    The last *size* bytes are kept. What is before them goes first, so that a full disk has room
    for the copy, and what is copied is as little as that. Where no copy can be made half of them
    stay in the file: it has its limit in any case. The number of bytes that were cut off. Raises
    OSError, NotRead.
    """
    with writable(file) as descriptor:
        freed = _free(descriptor, os.fstat(descriptor).st_size - size)
        try:
            with located(file, follow=False) as place:
                copied = _keep_copy(descriptor, place, copies, size)
        except OSError as error:
            complain(f"{file}: what is cut off cannot be kept: {error.strerror}")
            copied = os.fstat(descriptor).st_size - size // 2
        freed += _behead(descriptor, copied)
    return freed


def _keep_copy(descriptor: int, place: Place, copies: int, size: int) -> int:
    """As many copies as are wanted; up to where in the file the newest reaches."""
    for number in range(copies - 1, 0, -1):
        with suppress(FileNotFoundError):
            rename_at(_copy(place, number), _copy(place, number + 1))
    for number in range(copies + 1, copies + 10):
        _remove(_copy(place, number))
    return _copy_end(descriptor, _copy(place, 1), size)


@contextmanager
def writable(file: Path) -> Iterator[int]:
    """Of a file, and of nothing else."""
    descriptor = open_file(str(file), os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _free(descriptor: int, length: int) -> int:
    """Give the disk back what is not kept; where the file system cannot, it stays until the
    end. By how much the file is shorter."""
    whole = length - length % BLOCK
    if whole <= 0:
        return 0
    if _fallocate(descriptor, COLLAPSE, whole):
        return whole
    _fallocate(descriptor, PUNCH_HOLE, whole)
    return 0


def _copy_end(descriptor: int, copy: Place, size: int) -> int:
    """The last *size* bytes, from the beginning of a line, and what is written meanwhile; up to
    where in the file that is."""
    place = max(0, os.fstat(descriptor).st_size - size)
    if place:
        place += os.pread(descriptor, LONGEST_HEAD, place).find(b"\n") + 1
    about = os.fstat(descriptor)
    _remove(copy)
    into = create_at(copy, 0o600)
    try:
        if os.geteuid() == 0:
            os.fchown(into, about.st_uid, about.st_gid)
        os.fchmod(into, about.st_mode & 0o777)
        most = place + 2 * size
        while place < most and (count := os.sendfile(into, descriptor, place, PIECE)):
            place += count
    finally:
        os.close(into)
    return place


def _behead(descriptor: int, length: int) -> int:
    """In place where the file system can, so that nothing written meanwhile is lost; what is
    copied but not a whole block stays too. Else all of it goes. By how much it is shorter."""
    whole = length - length % BLOCK
    if whole and _fallocate(descriptor, COLLAPSE, whole):
        return whole
    size = os.fstat(descriptor).st_size
    os.ftruncate(descriptor, 0)
    return size


def _fallocate(descriptor: int, how: int, length: int) -> bool:
    """Of the beginning of the file."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return bool(libc.fallocate(descriptor, how, 0, length) == 0)


def _copy(place: Place, number: int) -> Place:
    return beside(place, f"{os.path.basename(place.name)}.{number}")


def _remove(place: Place) -> None:
    with suppress(FileNotFoundError):
        remove_at(place)


class Copied(NamedTuple):
    path: Path
    bytes: int
    changed: float


def thin_out(files: Iterable[Path], size: int, copies: int, total: int) -> None:
    """The oldest copies of all logs go until they have *total* bytes together."""
    kept = sorted(_copies(files, size, copies), key=lambda copy: copy.changed)
    whole = sum(copy.bytes for copy in kept)
    for copy in kept:
        if whole <= total:
            return
        whole -= copy.bytes
        with suppress(OSError):
            remove(copy.path)


def _copies(files: Iterable[Path], size: int, copies: int) -> Iterator[Copied]:
    """Each folder is read once, however many of the files are in it. In a folder that others may
    write a log has no more and no larger copies than it is allowed: what they put there drives out
    nobody else's."""
    names: dict[Path, set[str]] = {}
    for file in files:
        names.setdefault(file.parent, set()).add(file.name)
    for folder, known in names.items():
        with suppress(OSError), located(folder / "*", follow=False) as place:
            for entry in names_beside(place):
                name, _, number = entry.rpartition(".")
                if name not in known or not number.isdecimal():
                    continue
                about = status_at(beside(place, entry))
                if not stat.S_ISREG(about.st_mode):
                    continue
                if place.trusted:
                    yield Copied(folder / entry, about.st_size, about.st_mtime)
                elif int(number) <= copies:
                    yield Copied(folder / entry, min(about.st_size, size), about.st_mtime)
