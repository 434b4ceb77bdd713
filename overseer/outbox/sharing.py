"""A queue's file for the users of one group: an application, and a worker that is somebody else.

SQLite makes the log beside the file with the file's own mode, whatever the umask; its group is the
folder's where that is setgid. So both are set, and whoever of the group comes first may make it.
"""

import grp
import os
import stat
from pathlib import Path

from overseer.errors import Refused
from overseer.outbox.database import make_private

FOLDER = 0o2770
FILE = 0o660
LOGS = ("-wal", "-shm")


def share(path: str, group: str) -> None:
    """Before it is opened: to close a file drops the locks that SQLite has on it. Raises Refused
    with nothing changed where the folder holds other things, or this user may not."""
    gid = gid_of(group)
    file = Path(path).absolute()
    try:
        open_folder(file, group, gid)
        make_private(str(file))
        for one in (file, *belongings(file)):
            open_to(one, gid, FILE)
    except OSError as error:
        said = f"{error.filename or file}: {error.strerror}"
        raise Refused(f"{said}; run it as root, or as its owner and one of {group}") from error


def gid_of(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise Refused(f"there is no group {group!r} here") from error


def open_folder(file: Path, group: str, gid: int) -> None:
    folder = file.parent
    if not folder.exists():
        folder.mkdir()
    found = folder.stat()
    wanted = stat.S_ISGID | stat.S_IRWXG
    if found.st_gid == gid and found.st_mode & wanted == wanted:
        return
    ours = {file, *belongings(file)}
    if others := sorted(set(folder.iterdir()) - ours):
        raise Refused(
            f"{folder} is not the queue's alone (there is {others[0].name}), so its mode and group"
            f" stay; name a folder of its own, as sqlite:///{folder}/mail/{file.name}, or type"
            f" chgrp {group} {folder} && chmod g+rwxs {folder}"
        )
    open_to(folder, gid, FOLDER)


def belongings(file: Path) -> list[Path]:
    """What stands beside the file and is the queue's: its log, locks and heartbeats of workers."""
    logs = [file.with_name(file.name + end) for end in LOGS]
    return [one for one in logs if one.exists()] + [
        *file.parent.glob(f"{file.name}.*.lock"),
        *file.parent.glob(f"{file.name}.*.heartbeat"),
    ]


def open_to(path: Path, gid: int, mode: int) -> None:
    """By a descriptor: a link that somebody of the group put there is not followed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if found.st_gid != gid:
            os.fchown(descriptor, -1, gid)
        if stat.S_IMODE(found.st_mode) != mode:
            os.fchmod(descriptor, mode)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)


def mode_of(path: str) -> int:
    """What is made beside it is as open to others as it is."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode) & 0o666
    except OSError:
        return 0o600
