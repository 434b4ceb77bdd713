"""Where something is asked over HTTP, and how much of that may be shown."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}
RIGHT = "write http://127.0.0.1:8000/ping"
AS_IT_IS = "/%?&=:;@+$,!*'()~|^[]{}"
"""What stays as it is written in a path and a query; all else is sent as %XX."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """Its text shows neither the login nor the query: either may hold a secret.

    *target* is the path with its query, as it is sent; *login* is `user:password`.
    """

    ssl: bool = False
    host: str
    port: int
    target: str = field(default="/", repr=False)
    login: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        path, query, _ = self.target.partition("?")
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{bracketed(self.host)}{port}{path}{query and '?...'}"

    @property
    def scheme(self) -> str:
        return "https" if self.ssl else "http"

    @property
    def origin(self) -> tuple[bool, str, int]:
        return self.ssl, self.host, self.port

    def join(self, location: str) -> "Url":
        """Where a redirect leads; ValueError for what cannot be followed."""
        here = f"{self.scheme}://{bracketed(self.host)}:{self.port}{self.target}"
        return read_url(urljoin(here, location))


def read_url(text: str) -> Url:
    """ValueError says what to write, and shows nothing that may be secret."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"the host or the port of this URL is not understood; {RIGHT}") from None
    if parts.scheme not in PORTS or not host:
        shown = f"{parts.scheme}://..." if "://" in text else "this"
        raise ValueError(f"{shown} is no URL of a web server; {RIGHT}")
    check_host(host)
    query = f"?{parts.query}" if parts.query else ""
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return Url(
        ssl=parts.scheme == "https",
        host=host,
        port=PORTS[parts.scheme] if port is None else port,
        target=as_sent((parts.path or "/") + query),
        login=login if parts.username or parts.password else None,
    )


def check_host(host: str) -> None:
    """ValueError for what is neither a name nor an address."""
    if not host or not host.isprintable() or any(c in " /@[]?#" for c in host):
        raise ValueError(f"{host!r} is no host; write localhost, 127.0.0.1 or ::1")


def as_sent(target: str) -> str:
    """A path and query in which nothing is left that a request line cannot hold."""
    return quote(target, safe=AS_IT_IS)


def bracketed(host: str) -> str:
    """An IPv6 address as it stands before a port."""
    return f"[{host}]" if ":" in host else host
