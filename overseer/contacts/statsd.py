"""contacts: {metrics: {statsd: {host: graphite.example.org}}}"""

import re
import socket
from dataclasses import dataclass
from typing import ClassVar

from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.told import Told, told
from overseer.contacts.url import check_port

NOT_A_NODE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statsd(Contact):
    """A counter an event, by UDP: `overseer.HOST.WATCH.EVENT:1|c`.

    Nobody says whether it has arrived; that it left this host is all that is known.
    """

    brief: ClassVar[str] = "host"

    host: str = "localhost"
    port: int = 8125
    prefix: str = "overseer"

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        check_port("port", self.port)
        if not all(part and not NOT_A_NODE.search(part) for part in self.prefix.split(".")):
            raise ValueError(f"prefix: {self.prefix!r} is not understood; write overseer.alerts")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        names = [metric(one, self.prefix) for one in told(notice)]
        with self._connected() as there:
            for name in names:
                hear(f"> {name}")
                try:
                    there.send(name.encode())
                except OSError as error:
                    raise NotDelivered(f"{self.host}:{self.port}: {error.strerror}") from None
        return f"{', '.join(names)} to {self.host}:{self.port}"

    def knock(self, hear: Hear = unheard) -> str:
        """There is a way to that host; whether somebody listens cannot be asked."""
        with self._connected():
            return ""

    def _connected(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
            # Few daemons listen on ::1, and UDP does not tell that nobody does.
            family, kind, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
            there = socket.socket(family, kind)
            there.connect(address)
        except OSError as error:
            raise NotDelivered(f"{self.host}:{self.port}: {error.strerror or error}") from None
        return there


def metric(one: Told, prefix: str) -> str:
    """Dots would be levels: those of a host become underscores, as god's do."""
    nodes = (NOT_A_NODE.sub("_", node) for node in (one.host, one.watch or "overseer", one.event))
    return f"{prefix}.{'.'.join(nodes)}:1|c"
