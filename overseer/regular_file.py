"""Reads other people's files: a pipe or a device in the place of one holds up nobody."""

import errno
import os
import stat

LARGEST = 2**20


def read_regular(path: str | os.PathLike[str], most: int = LARGEST) -> bytes:
    """At most so many bytes. OSError also for what is no regular file: that is never opened in a
    way that waits for somebody at its other end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        found = b""
        while len(found) < most and (more := os.read(descriptor, most - len(found))):
            found += more
        return found
    finally:
        os.close(descriptor)
