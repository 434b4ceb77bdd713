"""A few words over a connection: one said, one hoped for."""

import socket
from contextlib import closing
from dataclasses import dataclass, field

from overseer.matcher import Matcher
from overseer.network.address import Address
from overseer.network.line import Deadline, Line, connect
from overseer.network.silence import NoAnswer, WrongAnswer, silence

MOST = 2**16
"""Bytes of an answer that are searched."""
SHOWN = 40
"""Characters of a wrong answer that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """*expect* is a regular expression; with None it is enough to be let in."""

    address: Address
    send: str | None = field(default=None, repr=False)
    expect: str | None = None
    tls: bool = False
    ca_file: str | None = None
    insecure: bool = False


def talk(about: Talk, deadline: Deadline) -> None:
    """Raises WrongAnswer where the answer is another one, and what `connect` and `wrap` raise."""
    with closing(reach(about, deadline)) as sock:
        line = Line(sock, deadline, None)
        if about.send is not None:
            line.sendall(about.send.encode())
        if about.expect is not None:
            hear(line, about.expect, deadline)


def reach(about: Talk, deadline: Deadline) -> socket.socket:
    if not about.tls:
        return connect(about.address, deadline)
    from overseer.network import tls  # what speaks no TLS does not pay for it

    made = tls.context(about.ca_file, about.insecure)
    return tls.reach(about.address, made, about.address.host or "localhost", deadline)


def hear(line: Line, expect: str, deadline: Deadline) -> None:
    """Read until it has come; WrongAnswer shows what came instead, NoAnswer why nothing did."""
    heard, why = b"", None
    with Matcher(expect, deadline.left()) as matcher:
        while len(heard) < MOST:
            try:
                part = line.recv(4096)
            except OSError as error:
                why = silence(error)
                break
            heard += part
            if matcher.matches(heard.decode("utf-8", "replace")):
                return
            if not part:
                why = "hung up"
                break
    if heard:
        raise WrongAnswer(shown(heard))
    raise NoAnswer(why or "no answer")


def shown(heard: bytes) -> str:
    """The first line of it, without what could upset a terminal."""
    text = heard.decode("utf-8", "replace").lstrip().split("\n", 1)[0].rstrip()
    return repr(text[:SHOWN] + "..." * (len(text) > SHOWN))
