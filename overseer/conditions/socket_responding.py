"""when: {socket_responding: {socket: "tcp:6379", responding: false}}"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from overseer.conditions.base import Check, Scene
from overseer.model.units import FullPath
from overseer.network.address import HERE, Address, Family, is_looked_up, read_address
from overseer.network.silence import WrongAnswer, explain_silence, silence
from overseer.patterns import check_pattern
from overseer.units import show_latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """*said* is why it does not respond, empty where it does; with *is_wrong* it is the answer
    that came instead of the wanted one."""

    said: str
    seconds: float
    is_wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketResponding(Check):
    """Met when a socket responds, or does not (god: socket_responding): when it takes a
    connection and, with *expect*, answers what that regular expression matches.

    Where a name has no address, or the socket may not be used, nothing is known.
    """

    socket: str | None = None  # god's shorthand
    family: Family | None = None  # None: unix with a path
    addr: str | None = None  # None: this machine
    port: int | None = None
    path: FullPath | None = None
    responding: bool | None = None
    send: str | None = field(default=None, repr=False)
    expect: str | None = None
    tls: bool = False
    ca_file: FullPath | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        where = f"socket: {self.socket or 'tcp:80'}"
        if self.responding is None:
            raise ValueError(
                f"responding: it can be read both ways; write {{{where}, responding: false}} (met"
                f" when nothing answers) or {{{where}, responding: true}}"
            )
        if self.timeout == 0:
            raise ValueError("timeout: nothing answers in no time; write 10s")
        check_place(self)
        check_talk(self)

    @property
    def where(self) -> Address:
        """ValueError where the options name none."""
        if self.socket is not None:
            return read_address(self.socket)
        family = self.family or (Family.TCP if self.path is None else Family.UNIX)
        if family is Family.UNIX:
            return Address(family=family, path=self.path or "")
        return Address(family=family, host=self.addr or HERE[family], port=self.port or 0)

    def measure(self, scene: Scene) -> Reply:
        from overseer.network.line import Deadline
        from overseer.network.talk import Talk, talk

        about = Talk(
            address=self.where,
            send=self.send,
            expect=self.expect,
            tls=self.tls,
            ca_file=self.ca_file,
            insecure=self.insecure,
        )
        began, said, is_wrong = time.monotonic(), "", False
        try:
            talk(about, Deadline(began + self.timeout))
        except OSError as error:
            silent = silence(error)
            if silent is None:
                raise
            said, is_wrong = silent, isinstance(error, WrongAnswer)
        return Reply(said=said, seconds=time.monotonic() - began, is_wrong=is_wrong)

    def late(self) -> Reply | None:
        """Only the search for an address can take longer than `measure` allows."""
        if is_looked_up(self.where.host):
            return None
        return Reply(said="timed out", seconds=self.timeout)

    def met(self, value: Reply) -> bool:
        return (not value.said) == self.responding

    def show(self, value: Reply) -> str:
        if value.is_wrong:
            return f"answered {value.said}"
        return value.said or f"answers in {show_latency(value.seconds)}"

    def explain(self, value: Reply) -> str:
        if not value.said:
            return f"{self.where} answers"
        if value.is_wrong:
            return f"{self.where} answered {value.said}, wanted {self.expect!r}"
        return explain_silence(self.where, value.said, value.seconds)

    def limit(self) -> str:
        return "responding" if self.responding else "not responding"


def check_place(one: SocketResponding) -> None:
    parts = {"family": one.family, "addr": one.addr, "port": one.port, "path": one.path}
    named = [name for name, value in parts.items() if value is not None]
    if one.socket is not None and named:
        raise ValueError(f"{named[0]}: it stands in socket; write one of the two")
    if one.socket is None and not named:
        raise ValueError("nothing says which; write socket: tcp:80")
    if one.socket is None:
        check_parts(one, named)
    try:
        str(one.where)
    except ValueError as error:
        key = "socket: " if one.socket else "" if str(error).startswith("port: ") else "addr: "
        raise ValueError(f"{key}{error}") from None


def check_parts(one: SocketResponding, named: Sequence[str]) -> None:
    is_unix = one.family is Family.UNIX if one.family else one.path is not None
    if is_unix and one.path is None:
        raise ValueError("path is missing; write path: /run/app.sock")
    if not is_unix and one.port is None:
        raise ValueError("port is missing; write port: 80")
    for name in ("addr", "port") if is_unix else ("path",):
        if name in named:
            raise ValueError(f"{name}: a {one.where.family} socket has none; leave it out")


def check_talk(one: SocketResponding) -> None:
    if one.send is not None and one.expect is None:
        raise ValueError("send: the answer is not looked at; write expect: beside it")
    if one.expect is not None:
        check_pattern("expect", one.expect, "PONG")
