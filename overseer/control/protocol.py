"""The wire between the command and the daemon: one JSON object a line, each way.

The daemon greets with its version and pid. A request names what to `do`; it is answered by any
number of progress objects and one last object with `done` and the exit `code`.
"""

import json
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from overseer.errors import DONE, OverseerError, UsageError

VERSION = 1
LIMIT = 256 * 1024  # bytes of a request; answers come from a daemon we trust
PIECE = 64 * 1024  # bytes read at a time
CREDENTIALS = struct.Struct("iII")  # pid, uid, gid: struct ucred, unix(7)
LONGEST_PATH = 107  # bytes of a socket's name, unix(7)

Request = dict[str, Any]
Answer = dict[str, Any]
Hear = Callable[[Answer], None]


class HungUp(OverseerError):
    """The other side is gone, in the middle of a line or of an answer."""


def encode(message: Answer) -> bytes:
    """One line. ASCII, for a path that is no UTF-8 has to travel too."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Request:
    """The object in a line; UsageError for whatever else may stand there."""
    try:
        message = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UsageError("a request is one line with one JSON object") from None
    if not isinstance(message, dict):
        raise UsageError("a request is one line with one JSON object")
    return message


class RequestLines:
    """Lines that come in at *line*; each has to be whole in time, however it is cut."""

    def __init__(self, line: socket.socket, limit: int = LIMIT) -> None:
        self._line = line
        self._limit = limit
        self._buffer = b""

    def next(self, timeout: float) -> bytes | None:
        """None at the end. HungUp for half a line and for one that takes longer than *timeout*
        seconds, UsageError for an endless one."""
        deadline = time.monotonic() + timeout
        while (end := self._buffer.find(b"\n") + 1) == 0:
            self._check_length(len(self._buffer))
            if not (piece := self._receive(deadline)):
                if self._buffer:
                    raise HungUp("the line ended in the middle")
                return None
            self._buffer += piece
        found, self._buffer = self._buffer[:end], self._buffer[end:]
        self._check_length(end)
        return found

    def _check_length(self, length: int) -> None:
        if length > self._limit:
            raise UsageError(f"a request is at most {self._limit} bytes long")

    def _receive(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise HungUp("the client was silent for too long")
        self._line.settimeout(left)
        try:
            return self._line.recv(PIECE)
        except TimeoutError:
            raise HungUp("the client was silent for too long") from None


def check_version(message: Answer) -> None:
    if (found := message.get("v")) != VERSION:
        raise UsageError(f"this side speaks version {VERSION} of the protocol, not {found!r}")


def check_path(path: str) -> None:
    if len(path.encode(errors="surrogateescape")) > LONGEST_PATH:
        raise UsageError(
            f"{path}: a socket's path has at most {LONGEST_PATH} bytes; name a shorter --socket"
        )


def group_sockets(path: str) -> tuple[str, str]:
    """Beside the daemon's own: that of operators, and that of viewers."""
    stem, suffix = os.path.splitext(path)
    return f"{stem}-operator{suffix}", f"{stem}-viewer{suffix}"


def done(code: int = DONE, **fields: object) -> Answer:
    """The last object of an answer."""
    return {"done": True, "code": code, **fields}


def failed(error: OverseerError) -> Answer:
    return done(error.exit_code, error=str(error))


def _refuse(constant: str) -> None:
    raise ValueError(constant)
