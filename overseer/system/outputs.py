"""What one run has printed: a piece of its log, read when the run is over."""

import os
import stat

from overseer.units import show_bytes

MOST = 16 * 2**10
"""Bytes that are kept of a run: its last ones."""


def printed(path: str, since: int, until: int | None = None) -> str:
    """Of the log at *path* the bytes *since* there; a log that was cut meanwhile from where it
    begins now. "" for what cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return ""
        return _piece(descriptor, path, since, until, about.st_size)
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _piece(descriptor: int, path: str, since: int, until: int | None, size: int) -> str:
    if since > size:
        since, until = 0, None
    end = size if until is None or not since <= until <= size else until
    begin = max(since, end - MOST)
    text = os.pread(descriptor, end - begin, begin)
    if begin == since:
        return text.decode(errors="replace")
    head, _, rest = text.partition(b"\n")
    left_out = begin - since + len(head) + 1 if rest else begin - since
    said = f"[{show_bytes(left_out)} before this are in {path}]\n"
    return said + (rest or text).decode(errors="replace")
