"""Users and groups as the system knows them, and what they may run."""

import grp
import os
import pwd
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from overseer.model.program import Program
from overseer.units import LAST_ID, is_id


class NoSuchUser(ValueError):
    """A user or group that this machine does not have."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a process runs as."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


FILES = ("/etc/passwd", "/etc/group")
FRESH = 2.0
"""Seconds for which an answer of the system is good, and no longer than its files stay as they are:
many launches at once ask for the same user, and a directory may be at the end of a network."""
MANY = 256
Question = tuple[str | None, str | None]
"""User and group, as a watch has them."""


class Remembered:
    """What the system says of users and groups now, or said a moment ago. For any thread."""

    def __init__(
        self,
        ask: Callable[[str | None, str | None], Identity],
        files: Sequence[str] = FILES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._files = files
        self._now = now
        self._answers: dict[Question, tuple[object, float, Identity]] = {}

    def __call__(self, user: str | None, group: str | None) -> Identity:
        """Raises NoSuchUser."""
        files, now = tuple(map(version, self._files)), self._now()
        answer = self._answers.get((user, group))
        if answer is not None and answer[0] == files and now - answer[1] < FRESH:
            return answer[2]
        who = self._ask(user, group)
        if len(self._answers) >= MANY:
            self._answers.clear()
        self._answers[user, group] = (files, now, who)
        return who


def version(path: str) -> object:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size


def look_up(user: str | None, group: str | None) -> Identity:
    """The names of a watch as ids; supplementary groups are those of the user."""
    entry = account(user)
    gid = entry.pw_gid if group is None else group_id(group)
    groups = tuple(sorted({gid, *os.getgrouplist(entry.pw_name, gid)}))
    for number in (entry.pw_uid, *groups):
        if not 0 <= number <= LAST_ID:  # to setresuid(2) it means: change nothing
            raise NoSuchUser(f"{entry.pw_name} has the id {number}, which stands for nobody")
    return Identity(entry.pw_name, entry.pw_uid, gid, groups, entry.pw_dir, entry.pw_shell)


resolve = Remembered(look_up)


def account(user: str | None) -> pwd.struct_passwd:
    """None is whoever overseer runs as. Names, and numbers as text."""
    try:
        if user is None:
            return pwd.getpwuid(os.geteuid())
        return pwd.getpwuid(int(user)) if is_id(user) else pwd.getpwnam(user)
    except KeyError:
        if user is None or is_id(user):
            uid = os.geteuid() if user is None else int(user)
            return pwd.struct_passwd((str(uid), "x", uid, os.getegid(), "", "/", "/bin/sh"))
        raise NoSuchUser(f"there is no user {user}; make it, or change `user`") from None


def group_id(group: str) -> int:
    if is_id(group):
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise NoSuchUser(f"there is no group {group}; make it, or change `group`") from None


def may_run(path: str, who: Identity) -> bool:
    """Whether the mode bits let *who* execute the file and reach it; access lists are not read."""
    if not has(os.stat(path), who, stat.S_IXUSR):
        return False
    if who.uid == 0:
        return True
    parents = Path(os.path.realpath(path)).parents
    return all(has(os.stat(parent), who, stat.S_IXUSR) for parent in parents)


def has(mode: os.stat_result, who: Identity, bit: int) -> bool:
    """*bit* is one of the owner's three; root may enter, and run what anybody may run."""
    if who.uid == 0:
        return stat.S_ISDIR(mode.st_mode) or bool(mode.st_mode & (bit | bit >> 3 | bit >> 6))
    if mode.st_uid == who.uid:
        return bool(mode.st_mode & bit)
    if mode.st_gid in who.groups:
        return bool(mode.st_mode & bit >> 3)
    return bool(mode.st_mode & bit >> 6)


def uid_of(program: Program) -> int:
    try:
        return resolve(program.user, program.group).uid
    except NoSuchUser:
        return -1
