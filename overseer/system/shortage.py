"""What the machine has no room for at a moment: that tells nothing of what was asked."""

import errno
import os
import resource

SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOBUFS})
DISK_TROUBLE = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})
KEPT_FREE = 32
"""Descriptors, a quarter of all at most, that no launch may take: without some nothing can be
looked at, stopped or told any more."""


def is_shortage(error: OSError) -> bool:
    """True where it may be tried again."""
    return error.errno in SHORTAGES


def is_disk_trouble(error: OSError) -> bool:
    """True where a disk is read-only, full or broken."""
    return error.errno in DISK_TROUBLE


def check_room(descriptor: int) -> None:
    """OSError where *descriptor*, just opened, is among the last: the lowest free number is the
    one that open(2) gives."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and descriptor >= soft - min(KEPT_FREE, soft // 4):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
