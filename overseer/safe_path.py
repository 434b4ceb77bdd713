"""Finds the folder of a file by a path that others may redirect.

What only root and ourselves may write is followed, links too. Below the first folder that
others may write nothing is found by its path any more, but by descriptors, and a link of somebody
else is followed with the rights of its owner: so nobody is led where he could not go himself.
"""

import errno
import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeGuard

from overseer.credentials import Credentials, acting_as, of_user

FOLDER = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY
MOST_LINKS = 40
WRITE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Place:
    """A file by its name in a folder. *folder*: its descriptor; None: *name* is a whole path,
    which only root and ourselves can change. *user*: with whose rights it is touched, None is
    ours. *about*: the folder, where others may write it. *follow*: a link there is followed, by the
    kernel."""

    name: str
    folder: int | None = None
    user: Credentials | None = None
    about: os.stat_result | None = None
    follow: bool = False

    @property
    def trusted(self) -> bool:
        return self.about is None


@dataclass(slots=True)
class Walk:
    """*names*: those still to come, the last one first. *user*: the watch's, with whose rights all
    is touched that others may redirect; None: with those of who made the links. *look*: whether
    there may be a link in the place of a file that only root and we can put. *us*: `ours`."""

    path: str
    follow: bool
    user: Credentials | None
    look: bool
    us: tuple[int, int, int]
    names: list[str]
    links: int = 0

    def push(self, target: str) -> bool:
        """Where a link leads to, next; whether that begins at the root."""
        self.links += 1
        if self.links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.path)
        self.names += reversed(parts(target))
        return target.startswith("/")

    def child(self, name: str, folder: int | None = None) -> os.stat_result | None:
        """What has that name; None: there is no file yet."""
        try:
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            if self.names:
                raise
            return None

    def goes_on(self, child: os.stat_result | None) -> TypeGuard[os.stat_result]:
        """Whether it is a link that is to be followed."""
        is_link = child is not None and stat.S_ISLNK(child.st_mode)
        return is_link and bool(self.names or self.follow)


@contextmanager
def located(
    path: str | os.PathLike[str],
    *,
    follow: bool = True,
    user: Credentials | None = None,
) -> Iterator[Place]:
    """The place of a file, there or not; its folder must be there. *follow*: also a link in the
    place of the file. OSError says what is in the way."""
    place = find(path, follow=follow, user=user)
    try:
        yield place
    finally:
        leave(place)


def find(
    path: str | os.PathLike[str],
    *,
    follow: bool = True,
    user: Credentials | None = None,
    look: bool = True,
) -> Place:
    """As `located`; until `leave`. *look*: also for a link of root's or ours in its place."""
    path = os.fspath(path)
    if not path.startswith("/"):
        path = os.path.join(os.getcwd(), path)
    us = ours()
    walk = Walk(path, follow, None if us[1] else user, follow and look, us, parts(path)[::-1])
    return through_trusted(walk)


def leave(place: Place) -> None:
    if place.folder is not None:
        os.close(place.folder)


def through_trusted(walk: Walk) -> Place:
    """From the root on, by names: who could change them is trusted."""
    here, about, names = "", os.lstat("/"), walk.names
    while names:
        name = names.pop()
        place, child = f"{here}/{name}", None
        if names or walk.look or about.st_mode & WRITE_BY_OTHERS:
            child = walk.child(place)
        if not keeps(about, child, walk.us):
            names.append(name)
            return through_others(walk, os.open(here or "/", FOLDER))
        if walk.goes_on(child):
            if here.startswith("/proc/"):  # leads to what a process has open, whatever it says
                return Place("/".join([place, *reversed(names)]), follow=True)
            if walk.push(os.readlink(place)):
                here, about = "", os.lstat("/")
        elif child is None or not names:
            return Place(place)
        else:
            here, about = os.path.dirname(here) if name == ".." else place, child
    return Place(here or "/")  # a folder


def through_others(walk: Walk, folder: int) -> Place:
    """On from a folder that others may write; its descriptor is ours."""
    try:
        while True:
            about = os.fstat(folder)
            if walk.user is not None and walk.user.uid not in ours():
                return by_rights_of(walk.user, walk, folder, about)
            name = walk.names.pop() if walk.names else "."
            child = walk.child(name, folder)
            if walk.goes_on(child):
                owner = owner_of(child, about, walk.path)
                if owner is not None:
                    walk.names.append(name)
                    return by_rights_of(owner, walk, folder, about)
                begins_anew = walk.push(read_link(name, folder, about, walk.path))
                folder = into(folder, "/" if begins_anew else ".")
            elif not walk.names:
                return Place(name, folder, about=about)
            else:
                folder = into(folder, name)
    except BaseException:
        with suppress(OSError):
            os.close(folder)
        raise


def read_link(name: str, folder: int, about: os.stat_result, path: str) -> str:
    """By its descriptor: it may be another one by now."""
    link = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        if owner_of(os.fstat(link), about, path) is not None:
            raise OSError(errno.EAGAIN, "a link in its way is being changed", path)
        return os.readlink("", dir_fd=link)
    finally:
        os.close(link)


def into(folder: int, name: str) -> int:
    inner = os.open(name, FOLDER, dir_fd=folder)
    os.close(folder)
    return inner


def by_rights_of(user: Credentials, walk: Walk, folder: int, about: os.stat_result) -> Place:
    """The kernel follows the rest for him. In a folder of his own the file itself is touched with
    our rights, as it would be without the link: he may have it replaced there anyway."""
    names = list(reversed(walk.names)) or ["."]
    if len(names) > 1:
        with acting_as(user):
            inner = os.open(os.path.join(*names[:-1]), os.O_PATH | os.O_DIRECTORY, dir_fd=folder)
        os.close(folder)
        folder, about = inner, os.fstat(inner)
    walk.names = []
    is_link = walk.goes_on(walk.child(names[-1], folder))
    if user is not walk.user and about.st_uid == user.uid and not is_link:
        return Place(names[-1], folder, about=about)
    return Place(names[-1], folder, user, about, walk.follow)


def owner_of(link: os.stat_result, folder: os.stat_result, path: str) -> Credentials | None:
    """With whose rights the link is followed; None: with ours, it is a link of ours or of root's
    in such a folder. Who is not root has no others: a link of the folder's owner is followed, as
    protected_symlinks has it, proc_sys_fs(5)."""
    owner = folder.st_uid if link.st_uid in ours() else link.st_uid
    us = os.geteuid()
    if folder.st_mode & (stat.S_IWOTH | stat.S_ISVTX) != stat.S_IWOTH:
        if owner in ours() or (us != 0 and owner == folder.st_uid):
            return None
        if us == 0:
            return of_user(owner)
    elif us == 0 and owner not in ours():
        return of_user(owner)
    raise OSError(errno.EPERM, "a link that others may have put there is in its way", path)


def keeps(folder: os.stat_result, child: os.stat_result | None, us: tuple[int, int, int]) -> bool:
    """Whether only root and we can put something else in the place of what is in the folder."""
    if folder.st_uid not in us:
        return False
    if not folder.st_mode & WRITE_BY_OTHERS:
        return True
    sticky = folder.st_mode & stat.S_ISVTX
    return bool(sticky and child is not None and child.st_uid in us)


@functools.cache
def owner_of_all() -> int:
    """Whose the root folder is: in a container it may be an ordinary user's, who decides all."""
    return os.lstat("/").st_uid


def ours() -> tuple[int, int, int]:
    return 0, os.geteuid(), owner_of_all()


def parts(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
