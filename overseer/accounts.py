"""Users and groups by number and name, and the access lists that name them (acl(5))."""

import grp
import os
import pwd
import struct

ACCESS_LIST = "system.posix_acl_access"
ACL_USER, ACL_OWNING_GROUP, ACL_GROUP, ACL_MASK = 0x02, 0x04, 0x08, 0x10
WRITE = 0o2


def uid_of(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return -1


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def access_list(path: str) -> list[tuple[int, int]] | None:
    """Tags and ids of those that may write by it (acl(5)); None where there is none. Of the owning
    group the id is not in it."""
    try:
        content = os.getxattr(path, ACCESS_LIST)
    except OSError:
        return None
    entries = list(struct.iter_unpack("<HHI", content[4:]))
    mask = next((rights for tag, rights, _ in entries if tag == ACL_MASK), WRITE)
    named = (ACL_USER, ACL_OWNING_GROUP, ACL_GROUP)
    return [(tag, id) for tag, rights, id in entries if tag in named and rights & mask & WRITE]
