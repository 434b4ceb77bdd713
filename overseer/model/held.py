"""A listening socket that overseer holds for a program: how its address is written."""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

RIGHT = "write tcp://127.0.0.1:8080, tcp://*:80, udp://127.0.0.1:514 or unix:///run/app/app.sock"
NAME = re.compile(r"[A-Za-z0-9._-]+")
"""Of a socket: LISTEN_FDNAMES parts them by colons (sd_listen_fds(3))."""
LONGEST_PATH = 107
"""Bytes: unix(7)."""


class Held(NamedTuple):
    """*kind* is tcp, udp or unix; *host* is "" for all addresses. The rest is of a unix socket:
    None is what the umask leaves, and whoever overseer runs as."""

    kind: str
    host: str = ""
    port: int = 0
    path: str = ""
    mode: int | None = None
    user: str | None = None
    group: str | None = None

    @property
    def place(self) -> tuple[str, str, int, str]:
        """Equal places are one socket."""
        return self[:4]


def read(text: str) -> Held:
    """Raises ValueError: what is wrong, and what to write."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"{text!r}: its host or port is not understood; {RIGHT}") from None
    if parts.scheme == "unix":
        return _unix(text, parts.netloc, unquote(parts.path), parts.query)
    if parts.scheme not in ("tcp", "udp") or parts.path or parts.query or not parts.hostname:
        raise ValueError(f"{text!r} is not understood; {RIGHT}")
    if not port:
        raise ValueError(f"{text!r} has no port; {RIGHT}")
    host = parts.hostname
    if host == "*":
        return Held(parts.scheme, "", port)
    try:
        return Held(parts.scheme, str(ipaddress.ip_address(host)), port)
    except ValueError:
        raise ValueError(f"{host!r} is no address of this machine; {RIGHT}") from None


def _unix(text: str, netloc: str, path: str, query: str) -> Held:
    if netloc or not path.startswith("/") or path.endswith("/"):
        raise ValueError(f"{text!r} has no full path; {RIGHT}")
    if len(path.encode()) > LONGEST_PATH:
        raise ValueError(f"{path} is longer than the {LONGEST_PATH} bytes of a unix socket's path")
    more = dict(parse_qsl(query, keep_blank_values=True))
    if strange := next((key for key in more if key not in ("mode", "user", "group")), None):
        raise ValueError(f"{strange!r} is not understood; write ?mode=0660&user=NAME&group=NAME")
    mode = more.get("mode")
    if mode is not None and not re.fullmatch(r"0?[0-7]{3}", mode):
        raise ValueError(f"mode {mode!r} is not understood; write mode=0660")
    said = None if mode is None else int(mode, 8)
    return Held("unix", path=path, mode=said, user=more.get("user"), group=more.get("group"))
