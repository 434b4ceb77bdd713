"""The wire between the command and the daemon: one JSON object a line, each way.

The daemon greets with its version and pid. A request names what to `do`; it is answered by any
number of progress objects and one last object with `done` and the exit `code`.
"""

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from overseer.errors import DONE, OverseerError, UsageError

VERSION = 1
LIMIT = 256 * 1024  # bytes of a request; answers come from a daemon we trust
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


def read_line(stream: BinaryIO, limit: int = LIMIT) -> bytes | None:
    """The next line, None at the end. HungUp for half a line, UsageError for an endless one."""
    line = stream.readline(limit + 1)
    if not line:
        return None
    if line.endswith(b"\n"):
        return line
    if len(line) > limit:
        raise UsageError(f"a request is at most {limit} bytes long")
    raise HungUp("the line ended in the middle")


def check_version(message: Answer) -> None:
    if (found := message.get("v")) != VERSION:
        raise UsageError(f"this side speaks version {VERSION} of the protocol, not {found!r}")


def check_path(path: str) -> None:
    if len(path.encode(errors="surrogateescape")) > LONGEST_PATH:
        raise UsageError(
            f"{path}: a socket's path has at most {LONGEST_PATH} bytes; name a shorter --socket"
        )


def done(code: int = DONE, **fields: object) -> Answer:
    """The last object of an answer."""
    return {"done": True, "code": code, **fields}


def failed(error: OverseerError) -> Answer:
    return done(error.exit_code, error=str(error))


def _refuse(constant: str) -> None:
    raise ValueError(constant)
