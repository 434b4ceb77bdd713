"""A connection on which nothing waits longer than it may."""

import io
import socket
import time
from dataclasses import dataclass

from overseer.network.address import Address, Family
from overseer.network.silence import silence


class Unresolved(OSError):
    """The name has no address, as far as is known: nothing is said about the server."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """*at* is in seconds of time.monotonic()."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self, most: float | None = None) -> float:
        """Seconds, *most* at most; TimeoutError where there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left if most is None else min(left, most)


class Line:
    """What http.client takes for a socket. Each read and write ends with the deadline, and
    each read after *patience* seconds: then they raise TimeoutError.

    `close` does nothing: whoever has made the socket closes it.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, patience: float | None) -> None:
        self._sock = sock
        self._deadline = deadline
        self._patience = patience

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def recv(self, size: int) -> bytes:
        self._sock.settimeout(self._deadline.left(self._patience))
        return self._sock.recv(size)

    def makefile(self, mode: str = "rb", buffering: int = -1) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        pass


class _Reader(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._line.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def connect(address: Address, deadline: Deadline, patience: float | None = None) -> socket.socket:
    """Tries each address of a name in turn, with a fair share of the time for each.

    Raises Unresolved, TimeoutError, OSError. The caller closes what it gets.
    """
    places = look_up(address)
    until = Deadline.after(deadline.left(patience))
    errors: list[OSError] = []
    for place in places:
        share = until.left() / (len(places) - len(errors))
        try:
            return reach(*place, timeout=share)
        except OSError as error:
            errors.append(error)
    raise next((one for one in errors if silence(one)), errors[0])


Place = tuple[int, object]
"""The family of a socket and the address of that family."""


def look_up(address: Address) -> list[Place]:
    if address.family is Family.UNIX:
        return [(socket.AF_UNIX, address.path)]
    family = socket.AF_INET6 if address.family is Family.TCP6 else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(address.host, address.port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no name"
        raise Unresolved(f"no address is known of {address.host}: {said}") from None
    return [(one[0], one[4]) for one in found]


def reach(family: int, place: object, timeout: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(place)  # type: ignore[arg-type]
        if family != socket.AF_UNIX and sock.getsockname() == sock.getpeername():
            # Where nobody listens, a port from the range of ports that clients get may be
            # given to this very client, which then talks to itself.
            raise ConnectionRefusedError("nobody listens")
    except BaseException:
        sock.close()
        raise
    return sock
