"""contacts: {ops: {email: ops@example.org}}"""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, NamedTuple
from urllib.parse import unquote, urlsplit

from overseer.contacts import secret
from overseer.contacts.base import Contact, Hear, Notice, unheard
from overseer.contacts.url import LOOPBACK
from overseer.model.url import bracketed

SENDMAIL = "/usr/sbin/sendmail"
IMPLICIT_PORT = 465


class Tls(StrEnum):
    """How the way to the server is protected. Never tried one after another."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class Place(NamedTuple):
    """A server, and how the way there is protected."""

    host: str
    port: int
    tls: Tls

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDefaults:
    """mail: {smtp: "smtp://user@relay.example.org:587", tls: starttls, from: overseer@example.org}

    What every e-mail contact starts from. The password never stands in the URL.
    """

    smtp: str | None = None
    tls: Tls | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False
    sendmail: str | None = None
    from_: str | None = None
    fallback: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in self.fallback:
            read_place(text)
        if self.smtp is not None:
            read_url(self.smtp)
        if self.smtp is not None and self.sendmail is not None:
            raise ValueError("smtp and sendmail exclude each other; write one of them")
        if self.from_ is not None:
            check_address(self.from_)
        secret.at_most_one("password", self.password_file, self.password_env)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Contact):
    """Mail by SMTP, or by the host's sendmail."""

    brief: ClassVar[str] = "to"

    to: tuple[str, ...]
    from_: str | None = None  # None: overseer@ and the host's name
    server_host: str | None = None
    server_port: int | None = None  # None: 25, or 465 with tls: implicit
    tls: Tls | None = None  # None: starttls, but none for localhost and implicit on port 465
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca_file: str | None = None
    insecure: bool | None = None  # true: take any certificate
    sendmail: str | None = None  # a path; instead of a server
    fallback: tuple[str, ...] = ()  # other servers, `host` or `host:port`, where it is down

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        if not self.to:
            raise ValueError("to: nobody is named; write an address like ops@example.org")
        for address in (*self.to, *((self.from_,) if self.from_ else ())):
            check_address(address)
        if self.sendmail is not None and self.server_host is not None:
            raise ValueError("sendmail and server_host exclude each other; write one of them")
        for text in self.fallback:
            read_place(text)
        if self.server_port is not None and not 0 < self.server_port < 65536:
            raise ValueError(f"server_port: {self.server_port} is not a port; write 587")
        secret.at_most_one("password", self.password_file, self.password_env)

    def with_defaults(self, mail: MailDefaults) -> "Email":
        """Filled up from the top-level `mail:`; a contact with a way of its own takes only From."""
        filled = replace(self, from_=self.from_ or mail.from_)
        if self.server_host is not None or self.sendmail is not None:
            return filled
        if mail.smtp is None:
            return replace(filled, sendmail=mail.sendmail)
        user, host, port, implicit = read_url(mail.smtp)
        own_password = self.password_file or self.password_env
        return replace(
            filled,
            server_host=host,
            server_port=self.server_port or port,
            tls=self.tls or (Tls.IMPLICIT if implicit else mail.tls),
            user=self.user or user,
            password_file=self.password_file if own_password else mail.password_file,
            password_env=self.password_env if own_password else mail.password_env,
            ca_file=self.ca_file or mail.ca_file,
            fallback=self.fallback or mail.fallback,
            insecure=(mail.insecure or None) if self.insecure is None else self.insecure,
        )

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        # smtplib and email are a megabyte that a daemon without alerts does not pay
        from overseer.contacts import envelope

        return envelope.deliver(self, notice, hear)

    def knock(self, hear: Hear = unheard) -> str:
        from overseer.contacts import envelope

        return envelope.knock(self, hear)

    def sender(self) -> str:
        return self.from_ or f"overseer@{socket.gethostname()}"

    def program(self) -> str | None:
        """The sendmail to use; None where a server is spoken to."""
        if self.sendmail is not None or self.server_host is not None:
            return self.sendmail
        return SENDMAIL if os.access(SENDMAIL, os.X_OK) else None

    def server(self) -> Place:
        return self.servers()[0]

    def servers(self) -> Sequence[Place]:
        """In the order in which they are tried."""
        first = self._place(self.server_host or "localhost", self.server_port)
        others = (read_place(text) for text in self.fallback)
        return (first, *(self._place(host, port or self.server_port) for host, port in others))

    def _place(self, host: str, port: int | None) -> Place:
        tls = self.tls or self._usual_tls(host, port)
        return Place(host, port or (IMPLICIT_PORT if tls is Tls.IMPLICIT else 25), tls)

    def _usual_tls(self, host: str, port: int | None) -> Tls:
        if port == IMPLICIT_PORT:
            return Tls.IMPLICIT
        return Tls.NONE if host in LOOPBACK else Tls.STARTTLS


def read_url(url: str) -> tuple[str | None, str, int | None, bool]:
    """(user, host, port, TLS from the first byte) of `smtp://user@host:587`; ValueError."""
    right = "write smtp://user@host:587"
    parts = urlsplit(url)
    if parts.password is not None:
        raise ValueError("smtp: a password in the URL is seen by everybody; write `password_file`")
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"smtp: the port of {url!r} is not understood; {right}") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"smtp: {url!r} is not understood; {right}")
    user = unquote(parts.username) if parts.username else None
    return user, parts.hostname, port, parts.scheme == "smtps"


def read_place(text: str) -> tuple[str, int | None]:
    """`relay.example.org`, `relay.example.org:587`; ValueError."""
    parts = urlsplit(f"smtp://{text}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.username or parts.path or " " in text:
        raise ValueError(f"fallback: {text!r} is no server; write relay.example.org:587")
    return host, port


def check_address(text: str) -> None:
    """ValueError for what cannot stand in To or From; `Ops <ops@example.org>` can."""
    address = text.rpartition("<")[2].removesuffix(">") if "<" in text else text
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or any(c.isspace() or c in ",;<>" for c in address):
        raise ValueError(f"{text!r} is not an address; write ops@example.org")
    if not text.isprintable():
        raise ValueError(f"{text!r} holds a character that no header may hold")
