"""Places in log files: where the output of a process begins, and a piece that was read there."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogMark:
    """*at* bytes into the file *path*, which may have another name by now: *device* and *inode*
    tell it from others. *inode* 0: whatever file has that name."""

    path: str
    device: int = 0
    inode: int = 0
    at: int = 0

    def is_same_file(self, other: "LogMark") -> bool:
        return self.inode != 0 and (self.device, self.inode) == (other.device, other.inode)


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Bytes of a log; *path* is where they were found. *left_out*: bytes before them that were
    asked for. *note* says why there are none, where that is not because nothing was written."""

    path: str
    data: bytes = b""
    left_out: int = 0
    note: str = ""


ReadLog = Callable[[LogMark, int | None, int], LogPiece]
"""The last so many bytes between a mark and an end (None: that of the file). May wait for as long
as the file system does; raises nothing."""
