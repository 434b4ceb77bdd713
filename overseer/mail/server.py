"""A mail server and how to get at it, as the command line has it."""

import os
import re
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from overseer.errors import UsageError, of_the_machine
from overseer.mail.seats import is_loopback

TLS = ("none", "starttls", "implicit")
HELO = re.compile(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?|\[[0-9A-Za-z.:]+\]", re.ASCII)
"""A name, or an address in brackets (RFC 5321, 4.1.3)."""
PORTS = {"none": 25, "starttls": 587, "implicit": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """*tls* is verified unless *insecure* is spelled out, and never tried one after another."""

    host: str = "localhost"
    port: int = 25
    tls: str = "none"
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False
    helo: str | None = None  # what we call ourselves; None: this host's name
    cleartext_login: bool = False  # the password may go over the network as it is

    @property
    def name(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_server(url: str, shared: Server) -> Server:
    """smtp://[user@]host[:port], smtps:// for TLS from the first byte; what it does not say is as
    in *shared*, and with no `tls` there, "", as is usual. UsageError says what to write."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise UsageError(f"--smtp: {url!r} is not understood; write smtp://host:25")
    if parts.password:
        raise UsageError("--smtp: no password in the address; write --password-file FILE")
    own = read_options(url, parts.query)
    written = own.get("tls") or ("implicit" if parts.scheme == "smtps" else shared.tls)
    tls = written or usual_tls(parts.hostname, port)
    if tls not in TLS:
        raise UsageError(f"--smtp: {url!r}: tls is one of {', '.join(TLS)}")
    has_password = "password_file" in own or "password_env" in own
    return replace(
        shared,
        host=parts.hostname,
        port=port or PORTS[written or "none"],
        tls=tls,
        user=unquote(parts.username) if parts.username else shared.user,
        password_file=own.get("password_file") if has_password else shared.password_file,
        password_env=own.get("password_env") if has_password else shared.password_env,
        ca_file=own.get("ca_file", shared.ca_file),
        helo=own.get("helo", shared.helo),
    )


def usual_tls(host: str, port: int | None) -> str:
    """As for alerts: what leaves this host is encrypted, unless it is said that it is not to be."""
    if port == PORTS["implicit"]:
        return "implicit"
    return "none" if is_loopback(host) else "starttls"


def read_options(url: str, query: str) -> dict[str, str]:
    """What differs from one relay to the other."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := set(found) - {"tls", "password_file", "password_env", "ca_file", "helo"}:
        raise UsageError(
            f"--smtp: {url!r}: {min(unknown)} is not understood; write ?tls=, password_file=,"
            " password_env=, ca_file= or helo="
        )
    return found


def check_server(server: Server) -> None:
    """UsageError for what would give a password away, or could not be said."""
    if server.helo is not None and not HELO.fullmatch(server.helo):
        raise UsageError(
            f"--helo: {server.helo!r} is not the name of a host; write mail.example.com"
        )
    if not server.user:
        return
    password(server)
    if server.tls == "none" and not is_loopback(server.host) and not server.cleartext_login:
        raise UsageError(
            f"--user: without TLS anybody between here and {server.name} can read the password;"
            " write --tls starttls (or --cleartext-login, where the way there is safe)"
        )


def password(server: Server) -> str:
    """Read for each connection, so that a new one needs no restart. UsageError without one."""
    if server.password_file:
        try:
            return Path(server.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise UsageError(f"--password-file {of_the_machine(error) or error}") from error
        except ValueError as error:
            raise UsageError(f"--password-file {server.password_file}: not UTF-8") from error
    if server.password_env is None:
        raise UsageError(f"user {server.user} has no password; write --password-file FILE")
    if server.password_env not in os.environ:
        raise UsageError(f"--password-env: {server.password_env} is not in the environment")
    return os.environ[server.password_env]


def ssl_context(server: Server) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=server.ca_file)
    if server.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
