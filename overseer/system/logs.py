"""Keeps the output of programs within bounds while they go on writing it."""

import ctypes
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("overseer")

COLLAPSE = 0x08  # FALLOC_FL_COLLAPSE_RANGE, fallocate(2)
BLOCK = 4096


def cap(files: Iterable[Path], size: int, copies: int, total: int) -> None:
    """Cut each file that is longer than *size* bytes, keep *copies* of what was cut, and of all
    together at most *total* bytes: the oldest copies go first."""
    known = list(files)
    for file in known:
        try:
            if file.stat().st_size > size:
                cut(file, copies)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("%s: cannot be cut: %s", file, error.strerror)
    _thin_out(known, total)


def cut(file: Path, copies: int) -> None:
    """file -> file.1 -> file.2 ...; the program's descriptor stays on *file*, and appends."""
    for number in range(copies - 1, 0, -1):
        older = _copy(file, number)
        if older.exists():
            older.replace(_copy(file, number + 1))
    shutil.copy2(file, _copy(file, 1))
    _behead(file, _copy(file, 1).stat().st_size)
    for number in range(copies + 1, copies + 10):
        _copy(file, number).unlink(missing_ok=True)


def _behead(file: Path, length: int) -> None:
    """In place where the file system can, so that nothing written meanwhile is lost; what is
    copied but not a whole block stays too. Else all of it goes."""
    fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        whole = length - length % BLOCK
        libc = ctypes.CDLL(None, use_errno=True)
        libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
        if not whole or libc.fallocate(fd, COLLAPSE, 0, whole) != 0:
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)


def _copy(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")


def _thin_out(files: Iterable[Path], total: int) -> None:
    copies = sorted(_copies(files), key=lambda copy: copy[1].st_mtime)
    whole = sum(about.st_size for _, about in copies)
    for copy, about in copies:
        if whole <= total:
            return
        whole -= about.st_size
        copy.unlink(missing_ok=True)


def _copies(files: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Each folder is read once, however many of the files are in it."""
    names: dict[Path, set[str]] = {}
    for file in files:
        names.setdefault(file.parent, set()).add(file.name)
    for folder, known in names.items():
        with suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                name, _, number = entry.name.rpartition(".")
                if number.isdigit() and name in known and entry.is_file():
                    yield folder / entry.name, entry.stat()
