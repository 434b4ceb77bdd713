"""contacts: {ops: {jabber: {from_jid: overseer@example.org, to_jid: ops@example.org, …}}}"""

from dataclasses import dataclass
from enum import StrEnum

from overseer.contacts import secret, url
from overseer.contacts.base import Contact, Hear, Notice, unheard
from overseer.model.units import Seconds

STARTTLS_PORT, TLS_PORT = 5222, 5223


class Tls(StrEnum):
    """Never tried one after another."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jabber(Contact):
    """A message by XMPP. The server is that of `from_jid`, unless `host` or `port` is written."""

    from_jid: str
    to_jid: tuple[str, ...]
    password_file: str | None = None
    password_env: str | None = None
    host: str | None = None
    port: int | None = None  # None: 5222, or 5223 with tls: implicit
    subject: str | None = None  # None: that of a mail
    tls: Tls = Tls.STARTTLS
    ca_file: str | None = None
    insecure: bool = False
    timeout: Seconds = 30.0  # for all of it

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        if not self.to_jid:
            raise ValueError("to_jid: nobody is named; write an address like ops@example.org")
        check_jid("from_jid", self.from_jid)
        for jid in self.to_jid:
            check_jid("to_jid", jid)
        secret.at_most_one("password", self.password_file, self.password_env)
        if self.password_file is None and self.password_env is None:
            raise ValueError("password_file is missing; write password_file: /etc/overseer/jabber")
        if self.port is not None:
            url.check_port("port", self.port)
        url.check_timeout(self.timeout)

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        from overseer.contacts import xmpp  # asyncio, and a library that may be missing

        return xmpp.deliver(self, notice, hear)

    def knock(self, hear: Hear = unheard) -> str:
        from overseer.contacts import xmpp

        return xmpp.knock(self, hear)

    def address(self) -> tuple[str, int] | None:
        """None: what the domain of `from_jid` says in the DNS (SRV)."""
        if self.host is None and self.port is None:
            return None
        usual = TLS_PORT if self.tls is Tls.IMPLICIT else STARTTLS_PORT
        return self.host or domain(self.from_jid), self.port or usual

    def where(self) -> str:
        found = self.address()
        return f"{found[0]}:{found[1]}" if found else domain(self.from_jid)


def domain(jid: str) -> str:
    return jid.partition("/")[0].rpartition("@")[2]


def check_jid(key: str, jid: str) -> None:
    bare, _, _ = jid.partition("/")
    local, at, there = bare.rpartition("@")
    if not (at and local and there) or not jid.isprintable() or " " in bare:
        raise ValueError(f"{key}: {jid!r} is no Jabber address; write ops@example.org")
