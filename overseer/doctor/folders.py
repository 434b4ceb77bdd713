"""Folders that overseer writes to: there, writable, with room left."""

import os

from overseer.doctor.finding import Finding, ok, problem, warning
from overseer.units import show_bytes

LITTLE = 200 * 2**20
"""Bytes free; less than this is worth a word."""
NEXT_TO_NOTHING = 10 * 2**20
FEW = 1000
"""Free inodes; a log needs one."""


def folder(check: str, path: str, is_ours: bool = True) -> Finding:
    """The folder itself, or where it is going to be made. *is_ours* to write: else only the room
    in it is looked at."""
    try:
        there = _existing(path)
        disk = os.statvfs(there)
    except OSError as error:
        return problem(check, f"{path}: {_said(error)}", "name another folder, or mend this one")
    if is_ours and not os.access(there, os.W_OK | os.X_OK):
        do = "mount it read-write" if os.geteuid() == 0 else "run overseer as somebody who may"
        return problem(check, f"{there} cannot be written", do)
    inodes = disk.f_favail if disk.f_files else FEW  # some file systems do not count them
    return room(check, path, disk.f_bavail * disk.f_frsize, inodes)


def room(check: str, path: str, free: int, inodes: int) -> Finding:
    """*free* in bytes."""
    said = f"{path}: {show_bytes(free)} free"
    if free < NEXT_TO_NOTHING or inodes == 0:
        return problem(check, said, "make room on that disk: what is wanted is kept there")
    if free < LITTLE or inodes < FEW:
        few = f", {inodes} inodes free" if inodes < FEW else ""
        return warning(check, said + few, "make room on that disk")
    return ok(check, said)


def _existing(path: str) -> str:
    """The folder, or the nearest one above it."""
    while not os.path.isdir(path):
        if os.path.exists(path):
            raise NotADirectoryError(20, "not a folder")
        path = os.path.dirname(path)
    return path


def _said(error: OSError) -> str:
    return str(error.strerror).lower()
