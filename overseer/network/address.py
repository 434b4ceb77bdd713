"""Where a check knocks: a port of a host, or a unix socket."""

import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from overseer.model.url import bracketed, check_host

HERE = {"tcp": "127.0.0.1", "tcp6": "::1"}
RIGHT = "write tcp:80, tcp:example.org:80, tcp6:[::1]:80 or unix:/run/app.sock"
TCP = re.compile(r"(?:\[(?P<six>[^\]]*)\]:|(?P<host>[^:\[\]]*):)?(?P<port>\d+)")


class Family(StrEnum):
    """`tcp` is either version of IP, as the host has it; `tcp6` the new one only."""

    TCP = "tcp"
    TCP6 = "tcp6"
    UNIX = "unix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """*path* is that of a unix socket, which has neither host nor port."""

    family: Family = Family.TCP
    host: str = ""
    port: int = 0
    path: str = ""

    def __post_init__(self) -> None:
        if self.family is Family.UNIX:
            if not self.path.startswith("/"):
                raise ValueError(f"path: {self.path!r} is no full path; begin with /")
            return
        check_host(self.host)
        if not 0 < self.port < 65536:
            raise ValueError(f"port: {self.port} is not between 1 and 65535")

    def __str__(self) -> str:
        """As a watch file writes it."""
        if self.family is Family.UNIX:
            return f"unix:{self.path}"
        return f"{self.family}:{bracketed(self.host)}:{self.port}"


def is_looked_up(host: str) -> bool:
    """Whether others have to be asked where it is, who may be long in answering."""
    if host in ("", "localhost"):
        return False
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, host.partition("%")[0])
            return False
    return True


def read_address(text: str) -> Address:
    """Read god's `tcp:80`, `tcp:host:80`, `unix:/path`, and `tcp6:`; ValueError says what to
    write."""
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest.startswith("/"):
        return Address(family=Family.UNIX, path=rest)
    match = TCP.fullmatch(rest) if kind in HERE else None
    if match is None:
        raise ValueError(f"{text!r} is not understood; {RIGHT}")
    host = match["six"] or match["host"] or HERE[kind]
    try:
        return Address(family=Family(kind), host=host, port=int(match["port"]))
    except ValueError as error:
        said = str(error).partition(": ")[2] or str(error)
        raise ValueError(f"{text!r}: {said.partition(';')[0]}; {RIGHT}") from None
