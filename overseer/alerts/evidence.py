"""The last lines of a program's log, as they are when something has happened."""

import os
import re
import stat
import threading

from overseer.crew import begins

READ_BACK = 64 * 2**10
"""Bytes of a log that are looked at for its last lines."""
LONGEST_LINE = 500
PATIENCE = 2.0
"""Seconds that a file system may take: the alert is not to wait for one that is away."""
NOT_FOR_A_SCREEN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[^\S\n\t]*\r|[\x00-\x08\x0b-\x1f\x7f]")
WORD = r"(?:passw(?:or)?d|passphrase|secret|token|credentials?|(?:api|access|private)[_-]?key)"
SECRET = re.compile(
    # password=x, "client_secret": "x"; --password x; postgres://user:x@; bearer x; cookie: x
    rf"(?i)(\b[\w-]*{WORD}(?:[_-][\w-]*)?['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&]+"
    rf"|(--?{WORD}\s+)[^\s'\"-]\S*"
    r"|(?<=://)([^/\s:@]*:)[^/\s@]+(?=@)"
    r"|(\b(?:authorization:\s*\w+|bearer)\s+)[^\s'\",;]{6,}"
    r"|(\bcookie:\s*)\S.*"
)
"""What looks like a password in a line of anybody's log."""


class Evidence:
    """Reads on a thread of its own; while that hangs there is none."""

    def __init__(self) -> None:
        self._hanging: threading.Thread | None = None

    def lines(self, path: str | None, count: int, since: int = 0) -> tuple[str, ...]:
        """*since*: after so many bytes; those of a file that was cut since count no more."""
        if path is None or count <= 0 or (self._hanging and self._hanging.is_alive()):
            return ()
        found: list[str] = []
        reader = threading.Thread(
            target=lambda: found.extend(last_lines(path, count, since)),
            name="alerts-log",
            daemon=True,
        )
        if not begins(reader):
            return ()
        reader.join(PATIENCE)
        self._hanging = reader if reader.is_alive() else None
        return () if self._hanging else tuple(found)


def last_lines(path: str | None, count: int, since: int = 0) -> list[str]:
    """Of a file that may be missing, huge, or no file at all; without what moves a cursor, and
    without what looks like a password."""
    if path is None or count <= 0:
        return []
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return []
        since = since if since <= about.st_size else 0
        found = os.pread(descriptor, READ_BACK, max(since, about.st_size - READ_BACK))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    lines = found.decode(errors="replace").splitlines()[-count:]
    return [masked(NOT_FOR_A_SCREEN.sub("", line))[:LONGEST_LINE] for line in lines]


def masked(line: str) -> str:
    return SECRET.sub(lambda m: f"{next(filter(None, m.groups()), '')}(secret)", line)
