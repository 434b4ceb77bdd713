"""Who but root and ourselves may change what a path leads to: the file, each folder, each link."""

import errno
import grp
import os
import pwd
import stat
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from overseer.accounts import (
    ACL_GROUP,
    ACL_OWNING_GROUP,
    ACL_USER,
    access_list,
    group_name,
    uid_of,
    user_name,
)
from overseer.errors import Refused

MOST_LINKS = 40
MOST_NAMED = 3
MOST_MEMBERS = 4
LOGS_OF_A_DISTRIBUTION = {"/var/log": "syslog"}
"""Folders that a distribution lets a system group write, as Ubuntu does for rsyslogd."""


class Writer(NamedTuple):
    """Somebody who may write *place*, and the command after which he may not, but for its name."""

    who: str  # "ada", "the group www-data (ada, bob)", "everybody"
    place: str
    mend: str
    uids: frozenset[int] = frozenset()  # none: anybody's
    is_group: bool = False


class Untrusted(NamedTuple):
    """*path*, and who may change what it leads to."""

    path: str
    writers: tuple[Writer, ...]

    @property
    def why(self) -> str:
        """`ada may write /srv/app and /srv/app/run`"""
        places = grouped((writer.who, writer.place) for writer in self.writers[:MOST_NAMED])
        more = len(self.writers) - MOST_NAMED
        named = ", ".join(f"{who} may write {' and '.join(of)}" for who, of in places.items())
        return f"{named}{f' and {more} more' if more > 0 else ''}"

    @property
    def whole(self) -> str:
        """The same, with the path that is at stake."""
        if any(writer.place == self.path for writer in self.writers):
            return self.why
        return f"{self.why}, and so change {self.path}"

    @property
    def commands(self) -> str:
        """What to type."""
        commands = grouped((writer.mend, writer.place) for writer in self.writers[:MOST_NAMED])
        return ", ".join(f"{command} {' '.join(of)}" for command, of in commands.items())

    @property
    def mend(self) -> str:
        """What to type, or to write behind the command."""
        return f"{self.commands}, or --allow-untrusted {self.path}"

    def said(self, used: str) -> str:
        """*used*: `which root runs`, or how else it is."""
        return f"{self.whole}, {used}; {self.mend}"

    @property
    def is_shared(self) -> bool:
        """Groups alone may write it."""
        return all(writer.is_group for writer in self.writers)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


class Place(NamedTuple):
    """Where a path has led to: no link is in *real*."""

    real: str
    about: os.stat_result | None  # None: nothing is there
    writers: tuple[Writer, ...]  # of the way there


class Trust:
    """For one load: what has been looked at is not looked at again. *uid* is whom overseer runs
    as; root, he, and the owner of the root folder (who decides everything) are trusted. *allowed*:
    paths that are trusted with all that is below them, whoever may write there."""

    def __init__(self, uid: int | None = None, allowed: Collection[str] = ()) -> None:
        self.uid = os.geteuid() if uid is None else uid
        self.allowed = frozenset(os.path.normpath(path) for path in allowed)
        self._trusted = {0, self.uid, os.lstat("/").st_uid}
        self._places: dict[str, Place] = {}
        self._groups: dict[int, tuple[str, ...]] = {}
        self._answers: dict[tuple[str, bool], Untrusted | None] = {}

    def of(self, path: str, *, content: bool = False) -> Untrusted | None:
        """None where nobody else may change what *path*, a full path, leads to. *content*: what
        others put into the folder counts too. Of a path that is not there yet: who may make it."""
        key = (path, content)
        if key not in self._answers:
            self._answers[key] = self._look(path, content)
        return self._answers[key]

    def _look(self, path: str, content: bool) -> Untrusted | None:
        try:
            place = self._follow(path)
            writers = place.writers
            if place.about is not None:
                writers += tuple(self._of_entry(place, content=content))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG, errno.EIO):
                raise
            return None  # whoever uses it is told
        if not writers or self._is_allowed(path) or self._is_allowed(place.real):
            return None
        return Untrusted(path, tuple(dict.fromkeys(writers)))

    def _is_allowed(self, path: str) -> bool:
        if not self.allowed:
            return False
        path = os.path.normpath(path)
        return any(
            path == one or path.startswith(f"{one.rstrip('/')}/")
            for name in self.allowed
            for one in (name, os.path.realpath(name))
        )

    def _follow(self, path: str, links: int = 0) -> Place:
        """Every part of it, as the kernel goes."""
        if path not in self._places or links:
            self._places[path] = self._step(path, links)
        return self._places[path]

    def _step(self, path: str, links: int) -> Place:
        above, name = os.path.split(path.rstrip("/"))
        if not name:
            return Place("/", os.lstat("/"), ())
        folder = self._follow(above, links)
        if name == ".":
            return folder
        if name == "..":
            return self._follow(os.path.dirname(folder.real))._replace(writers=folder.writers)
        real = os.path.join(folder.real, name)
        about = lstat(real) if folder.about is not None else None
        writers = (*folder.writers, *self._of_folder(folder, real, about))
        if about is None or not stat.S_ISLNK(about.st_mode):
            return Place(real, about, writers)
        if links >= MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.path.join(folder.real, os.readlink(real))
        end = self._follow(target, links + 1)
        return end._replace(writers=(*writers, *end.writers))

    def _of_folder(
        self, folder: Place, path: str, entry: os.stat_result | None
    ) -> Iterator[Writer]:
        """Who may put something else in the place of *path*, an *entry* of this folder: in a sticky
        one, such as /tmp, nobody but the owners of both."""
        if folder.about is None:
            return
        sticky = bool(folder.about.st_mode & stat.S_ISVTX)
        if entry is None or not sticky:
            yield from self._of_entry(folder, content=True)
            return
        yield from self._owner(folder.real, folder.about)
        if stat.S_ISLNK(entry.st_mode) and entry.st_uid not in self._trusted:
            yield Writer(user_name(entry.st_uid), path, "rm", frozenset({entry.st_uid}))

    def _of_entry(self, place: Place, *, content: bool) -> Iterator[Writer]:
        about, path = place.about, place.real
        assert about is not None
        yield from self._owner(path, about)
        sticky = stat.S_ISDIR(about.st_mode) and bool(about.st_mode & stat.S_ISVTX)
        if sticky and not content:
            return
        if about.st_mode & stat.S_IWGRP:
            yield from self._group(path, about)
        if about.st_mode & stat.S_IWOTH and not is_device(about):
            yield Writer("everybody", path, "chmod o-w")

    def _owner(self, path: str, about: os.stat_result) -> Iterator[Writer]:
        if about.st_uid not in self._trusted:
            mend = f"chown {user_name(self.uid)}"
            yield Writer(user_name(about.st_uid), path, mend, frozenset({about.st_uid}))

    def _group(self, path: str, about: os.stat_result) -> Iterator[Writer]:
        """Where there is an access list the group's bits are those of all whom it names."""
        for tag, id in access_list(path) or [(ACL_OWNING_GROUP, about.st_gid)]:
            if tag == ACL_USER:
                if id not in self._trusted:
                    mend = f"setfacl -x u:{user_name(id)}"
                    yield Writer(user_name(id), path, mend, frozenset({id}))
                continue
            gid = id if tag == ACL_GROUP else about.st_gid
            if (members := self.members(gid)) and not is_of_the_system(path, gid):
                who = f"the group {group_name(gid)}{shown(members)}"
                own = tag == ACL_OWNING_GROUP
                mend = "chmod g-w" if own else f"setfacl -x g:{group_name(gid)}"
                uids = frozenset(uid_of(name) for name in members)
                yield Writer(who, path, mend, uids, is_group=True)

    def members(self, gid: int) -> tuple[str, ...]:
        """Who is in that group beside those we trust. Those of root's own group are no people."""
        if gid not in self._groups:
            self._groups[gid] = () if gid == 0 else tuple(self._members(gid))
        return self._groups[gid]

    def _members(self, gid: int) -> Iterator[str]:
        names = {user.pw_name for user in pwd.getpwall() if user.pw_gid == gid}
        try:
            names.update(grp.getgrgid(gid).gr_mem)
        except KeyError:
            if not names and not (self.uid == os.geteuid() and gid == os.getegid()):
                yield "?"  # a number without a name may be anybody's
        trusted = {user_name(uid) for uid in self._trusted}
        yield from sorted(names - trusted)


def lstat(path: str) -> os.stat_result | None:
    """None where there is nothing."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_device(about: os.stat_result) -> bool:
    """/dev/null is everybody's."""
    return stat.S_ISCHR(about.st_mode)


def is_of_the_system(path: str, gid: int) -> bool:
    group = LOGS_OF_A_DISTRIBUTION.get(path)
    return group is not None and group == group_name(gid)


def shown(members: Collection[str]) -> str:
    names = [name for name in members if name != "?"]
    more = ", …" if len(names) > MOST_MEMBERS else ""
    return f" ({', '.join(names[:MOST_MEMBERS])}{more})" if names else ""


def who_misleads(pid_file: str, uid: int) -> Untrusted | None:
    """Who could have a pid file name a process of that *uid*, which he could not signal himself;
    None where nobody could. Whoever may write the file decides about his own processes alone, as
    systemd.service(5) has it for PIDFile=."""
    found = Trust().of(pid_file)
    if found is None or (uid and all(writer.uids == {uid} for writer in found.writers)):
        return None
    about = lstat(pid_file)
    is_his = about is not None and stat.S_ISREG(about.st_mode) and not about.st_mode & 0o022
    return None if uid and is_his and about and about.st_uid == uid else found


def refuse(trust: Trust, path: str, what: str, *, content: bool = True) -> None:
    """Refused where others may change *path*, a folder with files of ours. An ordinary user may
    share one with a group."""
    found = trust.of(path, content=content)
    if found and not (trust.uid and found.is_shared):
        raise Refused(f"{what}: {found.said('which overseer trusts')}")
