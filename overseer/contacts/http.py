"""One request by HTTP: TLS verified, time bounded, and no secret in what is said of it."""

import re
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from overseer import VERSION
from overseer.contacts import wire
from overseer.contacts.base import Hear, NotDelivered
from overseer.contacts.secret import HIDDEN, hide
from overseer.contacts.url import is_here, place, split

JSON = "application/json; charset=utf-8"
LOGIN = frozenset({401, 407})  # as with a mail server: not this notice's fault
BUSY = frozenset({429, 502, 503, 504})  # nothing else would get through either
AGAIN = frozenset({408, 425}) | LOGIN | BUSY
LONGEST_ANSWER = 300
LIKELY = 8
"""Characters from which on a piece of a URL or a header may be a secret."""
LONGEST_WAIT = 3600.0
"""Seconds that Retry-After may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """*secrets* are masked wherever the server repeats them; so is the path of *url*."""

    url: str
    body: bytes
    kind: str = JSON
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    ca_file: str | None = None
    insecure: bool | None = None
    timeout: float = 10.0  # seconds for each answer of the server

    def safe(self, text: str) -> str:
        """One line of *text*, bounded and without secrets."""
        rest = split(self.url)[2]
        likely = (*self.headers.values(), *re.split(r"[/?&=;#]", rest))
        long = (one for one in likely if len(one) >= LIKELY)
        hidden = hide(text, (*self.secrets, rest, rest.partition("?")[0], *long))
        return " ".join("".join(c if c.isprintable() else " " for c in hidden).split())


class Stay(urllib.request.HTTPRedirectHandler):
    """What has moved is for a person to look at: a POST that follows becomes a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def login(token: str | None) -> dict[str, str]:
    """`Bearer TOKEN`, or as it stands where the kind is written with it: `Basic b3BzOng=`."""
    if token is None:
        return {}
    return {"Authorization": token if " " in token else f"Bearer {token}"}


def send(request: Request, hear: Hear) -> str:
    """What was answered, `200 OK`, with the first words of it. Raises NotDelivered."""
    where = place(request.url)
    hear(f"> {request.method} {where}")
    headers = {"User-Agent": f"overseer/{VERSION}", "Content-Type": request.kind}
    for name, value in headers.items():
        hear(f"> {name}: {value}")
    for name in request.headers:
        hear(f"> {name}: {HIDDEN}")
    hear(f"  ({len(request.body)} bytes)")
    try:
        made = urllib.request.Request(
            request.url,
            request.body,
            {**headers, **request.headers},
            method=request.method,
        )
        with closing(opener(request, hear).open(made, timeout=request.timeout)) as answer:
            return heard(request, answer, hear)
    except HTTPError as error:
        with closing(error):
            raise refused(request, error, hear) from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise lost(request, where, error) from None


def opener(request: Request, hear: Hear) -> urllib.request.OpenerDirector:
    """By the proxy of overseer's environment (https_proxy, no_proxy), but never to this host."""
    proxy = proxy_of(request.url)
    if proxy:
        hear(f"by the proxy {urlsplit(proxy).hostname}")
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({split(request.url)[0]: proxy} if proxy else {}),
        urllib.request.HTTPSHandler(context=wire.context(request.ca_file, request.insecure)),
        Stay(),
    )


def proxy_of(url: str) -> str | None:
    scheme, host, _ = split(url)
    if is_here(url) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)


def heard(request: Request, answer: HTTPResponse | HTTPError, hear: Hear) -> str:
    """`404 Not Found: no_team`"""
    said = request.safe(f"{answer.status} {answer.reason or ''}")
    hear(f"< {said}")
    try:
        words = request.safe(answer.read1(4 * LONGEST_ANSWER).decode(errors="replace"))
    except (OSError, HTTPException, ValueError):
        words = ""  # it is the status that counts
    if words:
        hear(f"< {words[:LONGEST_ANSWER]}")
    return f"{said}: {words[:LONGEST_ANSWER]}" if words else said


def refused(request: Request, error: HTTPError, hear: Hear) -> NotDelivered:
    said = f"{place(request.url)}: {heard(request, error, hear)}"
    code = error.code
    if 300 <= code < 400:
        there = place(error.headers.get("Location") or request.url)
        return NotDelivered(f"{said}; it has moved to {there}: write that as `url`")
    final = 400 <= code < 500 and code not in AGAIN
    this = code not in BUSY | LOGIN
    return NotDelivered(said, final=final, only_this=this, after=wait_of(error))


def wait_of(error: HTTPError) -> float | None:
    """Retry-After where it is a number of seconds; a date is left to the usual pause."""
    text = (error.headers.get("Retry-After") or "").strip()
    return min(float(text), LONGEST_WAIT) if text.isascii() and text.isdigit() else None


def lost(request: Request, where: str, error: Exception) -> NotDelivered:
    """No answer at all."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return wire.not_believed(where, reason)
    if isinstance(reason, ssl.SSLError):
        return NotDelivered(f"{where}: no TLS ({reason.reason or 'it broke off'})")
    if isinstance(reason, HTTPException):
        return NotDelivered(f"{where}: what it answers is not HTTP ({type(reason).__name__})")
    said = wire.plain(reason) if isinstance(reason, Exception) else str(reason)
    unseen = isinstance(reason, ConnectionRefusedError | socket.gaierror)
    return NotDelivered(f"{where}: {request.safe(said)}", unseen=unseen)


def knock(
    url: str, hear: Hear, *, ca_file: str | None, insecure: bool | None, timeout: float
) -> str:
    """Connect, TLS and all, and ask for nothing. "" where a proxy stands between."""
    where = place(url)
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if proxy_of(url):
        return ""
    request = Request(url=url, body=b"")
    hear(f"connecting to {where}")
    try:
        with socket.create_connection((host, parts.port or (443 if secure else 80)), timeout) as it:
            if secure:
                wire.context(ca_file, insecure).wrap_socket(it, server_hostname=host).close()
    except (OSError, ValueError) as error:
        raise lost(request, where, error) from None
    return f"{where} answers"
