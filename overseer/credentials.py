"""Touches files with the rights of another user, on the calling thread alone (credentials(7)).

The kernel keeps these rights for each thread, setfsuid(2); only the C library has setgroups(2)
change all threads, so that is called as what it is.
"""

import ctypes
import errno
import functools
import grp
import os
import platform
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from overseer.units import is_id

SETGROUPS = {
    "x86_64": 116,
    "aarch64": 159,
    "riscv64": 159,
    "i686": 206,
    "armv7l": 206,
    "armv6l": 206,
    "ppc64le": 81,
    "s390x": 206,
    "loongarch64": 159,
}
"""The number of the system call, by what uname(2) calls the machine."""
NOBODY = 65534
NO_ID = 2**32 - 1
PR_SET_DUMPABLE = 4


@dataclass(frozen=True, slots=True)
class Credentials:
    uid: int
    gid: int
    groups: tuple[int, ...] = ()


def of_user(uid: int) -> Credentials:
    """A user that the system does not know has no group."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Credentials(uid, NOBODY)
    return Credentials(uid, entry.pw_gid, tuple(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def of_names(user: str | None, group: str | None) -> Credentials | None:
    """As a watch file has them; None: overseer's own. Raises KeyError."""
    if user is None and group is None:
        return None
    if user is None:
        who = Credentials(os.geteuid(), os.getegid(), tuple(os.getgroups()))
    else:
        who = of_user(int(user) if is_id(user) else pwd.getpwnam(user).pw_uid)
    if group is None:
        return who
    gid = int(group) if is_id(group) else grp.getgrnam(group).gr_gid
    return Credentials(who.uid, gid, who.groups)


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user {uid}"


@contextmanager
def acting_as(user: Credentials | None) -> Iterator[None]:
    """OSError where we may not; None changes nothing."""
    if user is None or user.uid == os.geteuid() != 0:
        yield
        return
    before = Credentials(os.geteuid(), os.getegid(), tuple(os.getgroups()))
    try:
        _take(user)
        yield
    except PermissionError as error:
        why = f"{error.strerror} to {name_of(user.uid)}, who may change what the path leads to"
        raise PermissionError(error.errno, why, error.filename) from None
    finally:
        _take(before)


@functools.cache
def library() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (libc.setfsgid, libc.setfsuid):
        call.argtypes, call.restype = [ctypes.c_uint32], ctypes.c_uint32
    return libc


def _take(user: Credentials) -> None:
    libc = library()
    number = SETGROUPS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, "cannot act as another user on this kind of machine")
    groups = (ctypes.c_uint32 * len(user.groups))(*user.groups)
    # Groups before the user, and after him on the way back: both need root's rights.
    failed = libc.syscall(number, len(user.groups), groups)
    libc.setfsgid(user.gid)
    libc.setfsuid(user.uid)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # as it was: the kernel took that, prctl(2)
    # -1 changes nothing, and says what it is
    if failed or libc.setfsuid(NO_ID) != user.uid or libc.setfsgid(NO_ID) != user.gid:
        raise OSError(errno.EPERM, f"overseer may not act as the user {user.uid}")
