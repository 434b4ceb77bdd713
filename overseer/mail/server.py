"""A mail server and how to get at it, as the command line has it."""

import os
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from overseer.errors import UsageError

TLS = ("none", "starttls", "implicit")
PORTS = {"none": 25, "starttls": 587, "implicit": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """*tls* is named, never guessed, and verified unless *insecure* is spelled out."""

    host: str = "localhost"
    port: int = 25
    tls: str = "none"
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False

    @property
    def name(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_server(url: str, shared: Server) -> Server:
    """smtp://[user@]host[:port], smtps:// for TLS from the first byte; what it does not say is as
    in *shared*. UsageError says what to write."""
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
    tls = own.get("tls") or ("implicit" if parts.scheme == "smtps" else shared.tls)
    if tls not in TLS:
        raise UsageError(f"--smtp: {url!r}: tls is one of {', '.join(TLS)}")
    has_password = "password_file" in own or "password_env" in own
    return replace(
        shared,
        host=parts.hostname,
        port=port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username) if parts.username else shared.user,
        password_file=own.get("password_file") if has_password else shared.password_file,
        password_env=own.get("password_env") if has_password else shared.password_env,
        ca_file=own.get("ca_file", shared.ca_file),
    )


def read_options(url: str, query: str) -> dict[str, str]:
    """What differs from one relay to the other."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := set(found) - {"tls", "password_file", "password_env", "ca_file"}:
        raise UsageError(
            f"--smtp: {url!r}: {min(unknown)} is not understood; write ?tls=, password_file=,"
            " password_env= or ca_file="
        )
    return found


def password(server: Server) -> str:
    """Read for each connection, so that a new one needs no restart. UsageError without one."""
    if server.password_file:
        try:
            return Path(server.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise UsageError(f"--password-file {server.password_file}: {error}") from error
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
