"""when: {certificate_expiry: {host: shop.example, within: 14d}}"""

import time
from dataclasses import dataclass

from overseer.conditions.base import Check, Scene
from overseer.model.units import FullPath, Seconds
from overseer.model.url import Url, check_host
from overseer.network.address import Address
from overseer.network.starttls import StartTls
from overseer.units import show_seconds

HOUR = 3600.0
DAY = 24 * HOUR
PORTS = {None: 443, "smtp": 25, "imap": 143, "pop3": 110, "ftp": 21}


@dataclass(frozen=True, slots=True)
class Expiry:
    """*at* is in Unix time, *left* in seconds: less than none where it has expired."""

    at: float
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateExpiry(Check):
    """Met when a certificate expires *within* so long, or has expired: that of a server, or the
    first to expire of a *file*. It need not verify.

    A server that cannot be reached has no certificate that is known.
    """

    interval: Seconds | None = HOUR
    url: Url | None = None
    host: str | None = None
    port: int | None = None  # None: 443, or what is usual for starttls
    server_name: str | None = None  # None: the host
    starttls: StartTls | None = None
    file: FullPath | None = None
    within: Seconds = 14 * DAY

    def __post_init__(self) -> None:
        ways = {"url": self.url, "host": self.host, "file": self.file}
        named = [name for name, value in ways.items() if value is not None]
        if not named:
            raise ValueError("nothing says whose; write host: example.org")
        if len(named) > 1:
            raise ValueError(f"{named[1]}: it is {named[0]} that is looked at; write one of them")
        check_server(self)
        if self.timeout == 0:
            raise ValueError("timeout: nothing is answered in no time; write 10s")

    @property
    def where(self) -> str:
        """As people write it: `example.org:443`, or a path."""
        return self.file or str(self._address).partition(":")[2]

    def measure(self, scene: Scene) -> Expiry:
        from overseer.network import certificate
        from overseer.network.line import Deadline

        if self.file is not None:
            at = certificate.of_file(self.file)
        else:
            address = self._address
            name = self.server_name or address.host
            deadline = Deadline.after(self.timeout)
            at = certificate.of_server(address, name, self.starttls, deadline)
        return Expiry(at, at - time.time())

    def met(self, value: Expiry) -> bool:
        return value.left < self.within

    def show(self, value: Expiry) -> str:
        if value.left <= 0:
            return f"expired {show_seconds(-value.left)} ago"
        return f"{show_seconds(value.left)} left"

    def explain(self, value: Expiry) -> str:
        day = time.strftime("%Y-%m-%d", time.gmtime(value.at))
        if value.left <= 0:
            return f"the certificate of {self.where} {self.show(value)}, on {day}"
        return f"the certificate of {self.where} expires in {show_seconds(value.left)}, on {day}"

    def limit(self) -> str:
        return f"less than {show_seconds(self.within)} left"

    @property
    def _address(self) -> Address:
        if self.url is not None:
            return Address(host=self.url.host, port=self.url.port)
        return Address(host=self.host or "", port=self.port or PORTS[self.starttls])


def check_server(one: CertificateExpiry) -> None:
    if one.url is not None and not one.url.ssl:
        raise ValueError(f"url: {one.url} has no certificate; write https://")
    beside = [name for name in ("port", "starttls") if getattr(one, name) is not None]
    if one.host is None and beside:
        raise ValueError(f"{beside[0]}: it belongs to a host; write host: example.org beside it")
    if one.port is not None and not 0 < one.port < 65536:
        raise ValueError(f"port: {one.port} is not between 1 and 65535; write 443")
    for key, name in (("host", one.host), ("server_name", one.server_name)):
        try:
            check_host("localhost" if name is None else name)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
