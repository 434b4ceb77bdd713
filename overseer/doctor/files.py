"""Watch files: readable, and nobody else's to write. Whoever writes them runs what he likes."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence

from overseer.doctor.finding import Finding, ok, problem, warning

CHECK = "watch files"


def files(paths: Sequence[str], owner: int) -> Iterator[Finding]:
    """*owner* is the uid that overseer runs as: root and itself may write its files."""
    findings = [found for path in paths for found in _one(path, owner)]
    yield from findings
    if not findings:
        count = f"{len(paths)} file{'s' * (len(paths) != 1)}"
        yield ok(CHECK, f"{count}, readable, and no one else may write them")


def _one(path: str, owner: int) -> Iterator[Finding]:
    try:
        about = os.stat(path)
    except OSError as error:
        said = f"{path}: {str(error.strerror).lower()}"
        yield problem(CHECK, said, "put it back, or `overseer load` the files there are")
        return
    if not os.access(path, os.R_OK):
        yield problem(CHECK, f"{path} cannot be read", f"chmod u+r {path}, or ask with sudo")
    yield from _writers(path, about, owner)
    folder = os.path.dirname(path) or "."
    place = os.stat(folder)
    if not place.st_mode & stat.S_ISVTX:
        yield from _writers(folder, place, owner)


def _writers(path: str, about: os.stat_result, owner: int) -> Iterable[Finding]:
    if about.st_mode & stat.S_IWOTH:
        yield problem(CHECK, f"everybody may write {path}", f"chmod o-w {path}")
    elif about.st_uid not in (0, owner):
        said = f"{path} belongs to {_name(about.st_uid)}, who so may run anything as overseer does"
        yield problem(CHECK, said, f"chown {_name(owner)} {path}")
    elif about.st_mode & stat.S_IWGRP and about.st_gid not in (0, _group_of(owner)):
        said = f"the group {_group(about.st_gid)} may write {path}"
        yield warning(CHECK, said, f"chmod g-w {path}, unless that group may run anything")


def _group_of(uid: int) -> int:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return -1


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
