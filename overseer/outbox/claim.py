"""A worker's name on a queue, held by one process: the kernel forgets it when that one dies."""

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path

from overseer.errors import Refused, UsageError
from overseer.outbox.sharing import mode_of

NAME = re.compile(r"[\w.-]+", re.ASCII)


class Claim:
    """Held until released, or until the process ends in whatever way."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def claim_name(database: str, name: str) -> Claim:
    """Raises Refused while another process goes by that name, or where the lock cannot be made;
    UsageError for an unfit name."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not a worker's name; use letters, digits, '.', '_', '-'")
    path = Path(f"{database}.{name}.lock")  # never deleted: a new file would be a second lock
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; did another user run this worker?") from error
    with suppress(PermissionError):  # another user's of the same group
        os.fchmod(descriptor, mode_of(database))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):
            raise
        raise Refused(
            f"a worker called {name!r} is at {database} already (pid {holder or 'unknown'});"
            " stop it first, or give this one another --name"
        ) from error
    with suppress(OSError):  # the pid is for people, and there may be no room for it
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    return Claim(descriptor)
