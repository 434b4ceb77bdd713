"""URLs of a watch file: checked when they are read, and shown without what may be a secret."""

from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST = 50.0
"""Seconds for an answer: a delivery has a minute."""


def check_url(key: str, url: str) -> str:
    """*url* itself; ValueError, which never repeats it, for what cannot be asked by HTTP."""
    right = "write https://host/path"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is looked at when it is asked for
    except ValueError:
        raise ValueError(f"{key}: its host or port is not understood; {right}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{key}: is no URL that HTTP understands; {right}")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{key}: a login in the URL is seen by everybody; write `token_file`")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{key}: holds a character that no URL may hold; write it as %20 or so")
    return url


def place(url: str) -> str:
    """`https://host:port/…`: the path and what follows may be a secret."""
    scheme, host, rest = split(url)
    return f"{scheme}://{host.rpartition('@')[2]}/{'…' if rest.strip('/') else ''}"


def split(url: str) -> tuple[str, str, str]:
    """(scheme, host with port, what follows)."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, url.partition(parts.netloc)[2]


def is_here(url: str) -> bool:
    """On this very host: no proxy is asked."""
    return urlsplit(url).hostname in LOOPBACK


def check_port(key: str, port: int) -> None:
    if not 0 < port < 65536:
        raise ValueError(f"{key}: {port} is not a port; write a number from 1 to 65535")


def check_timeout(seconds: float) -> None:
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"timeout: {seconds:g}s is not between 1s and {LONGEST:.0f}s; write 10s")
