"""when: {http_response_code: {url: "http://127.0.0.1:8000/ping", code_is_not: 200}}"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from overseer.conditions.base import Check, Scene
from overseer.model.codes import Codes
from overseer.model.units import FullPath, Seconds
from overseer.model.url import Url, as_sent, check_host
from overseer.network.silence import explain_silence, silence
from overseer.patterns import check_pattern
from overseer.units import show_latency

MOST = 2**16
"""Bytes of a body that are searched."""
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
WITHOUT_BODY = "body_matches: an answer to HEAD has no body; write method: GET"
BOTH_WAYS = "write code_is_not: 200 (met when all is not well) or code_is: 500-599"
NOWHERE = "nothing says whom to ask; write url: http://127.0.0.1:8000/ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """*code* is None where none came, and *said* says why. *matched* is None where the body was
    not looked at."""

    code: int | None
    seconds: float
    said: str = ""
    matched: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponseCode(Check):
    """`code_is`: met when one of these codes is answered, `within` that time and with a body that
    matches, if that is asked for. `code_is_not`: met when it is not so (god: http_response_code).

    Refused, reset, timed out and what is no HTTP are answers without a code. Where a name has no
    address or a certificate does not verify, nothing is known.
    """

    url: Url | None = None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    ssl: bool | None = None  # None: with port 443
    unix_socket: FullPath | None = None
    method: str | None = None  # None: GET, or POST with a body
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)
    code_is: Codes | None = None
    code_is_not: Codes | None = None
    body_matches: str | None = None
    within: Seconds | None = None
    connect_timeout: Seconds | None = None  # None: what `timeout` leaves
    read_timeout: Seconds | None = None  # for each part of an answer
    follow: bool = False
    ca_file: FullPath | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        if self.code_is is None and self.code_is_not is None:
            raise ValueError(f"code_is or code_is_not is missing; {BOTH_WAYS}")
        if self.code_is is not None and self.code_is_not is not None:
            raise ValueError(f"code_is: code_is_not says it the other way round; {BOTH_WAYS}")
        check_place(self)
        check_request(self)
        check_headers(self)
        check_times(self)

    @property
    def where(self) -> Url:
        if self.url is not None:
            return self.url
        ssl = self.port == 443 if self.ssl is None else self.ssl
        return Url(
            ssl=ssl,
            host=self.host or ("localhost" if self.unix_socket else "127.0.0.1"),
            port=self.port or (443 if ssl else 80),
            target=as_sent(self.path or "/"),
        )

    def measure(self, scene: Scene) -> Answer:
        from overseer.network.http import Request, ask  # http.client is slow to import
        from overseer.network.line import Deadline

        request = Request(
            url=self.where,
            socket_path=self.unix_socket,
            method=self.method or ("GET" if self.body is None else "POST"),
            headers=self.headers,
            body=self.body,
            most=MOST if self.body_matches else 0,
            follow=self.follow,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            ca_file=self.ca_file,
            insecure=self.insecure,
        )
        began = time.monotonic()
        try:
            response = ask(request, Deadline(began + self.timeout))
        except OSError as error:
            said = silence(error)
            if said is None:
                raise
            return Answer(code=None, seconds=time.monotonic() - began, said=said)
        return Answer(
            code=response.code,
            seconds=time.monotonic() - began,
            matched=self._is_matched(response.body),
        )

    def late(self) -> Answer | None:
        """Only the search for an address can take longer than `measure` allows; what a name
        server does not say says nothing about this one."""
        from overseer.network.address import is_looked_up

        if self.unix_socket is None and is_looked_up(self.where.host):
            return None
        return Answer(code=None, seconds=self.timeout, said="timed out")

    def met(self, value: Answer) -> bool:
        return self._is_so(value) == (self.code_is is not None)

    def show(self, value: Answer) -> str:
        if value.code is None:
            return value.said
        unlike = ", no match" if value.matched is False else ""
        return f"{value.code} in {show_latency(value.seconds)}{unlike}"

    def explain(self, value: Answer) -> str:
        where = f"{self.where} on {self.unix_socket}" if self.unix_socket else str(self.where)
        if value.code is None:
            return explain_silence(where, value.said, value.seconds)
        text = f"HTTP {value.code} from {where}"
        if self.code_is is not None:
            return text
        if value.code not in self._codes:
            return f"{text}, not {self._codes}"
        if value.matched is False:
            return f"{text} does not match {self.body_matches!r}"
        assert self.within is not None
        return f"{text} took {show_latency(value.seconds)}, more than {show_latency(self.within)}"

    def limit(self) -> str:
        said = [str(self._codes)]
        if self.body_matches is not None:
            said.append(f"with {self.body_matches!r}")
        if self.within is not None:
            said.append(f"within {show_latency(self.within)}")
        return f"{'' if self.code_is else 'not '}{' '.join(said)}"

    @property
    def _codes(self) -> Codes:
        found = self.code_is or self.code_is_not
        assert found is not None
        return found

    def _is_so(self, value: Answer) -> bool:
        in_time = self.within is None or value.seconds <= self.within
        return value.code in self._codes and value.matched is not False and in_time

    def _is_matched(self, body: bytes) -> bool | None:
        if self.body_matches is None:
            return None
        from overseer.matcher import Matcher

        with Matcher(self.body_matches, self.timeout) as matcher:
            return matcher.matches(body.decode("utf-8", "replace"))


def check_place(one: HttpResponseCode) -> None:
    parts = {"host": one.host, "port": one.port, "path": one.path, "ssl": one.ssl}
    twice = next((name for name, value in parts.items() if value is not None), None)
    if one.url is not None and twice:
        raise ValueError(f"{twice}: it stands in the url; write one of the two")
    if not (one.url or one.host or one.port or one.unix_socket):
        raise ValueError(NOWHERE)
    if one.host is not None:
        try:
            check_host(one.host)
        except ValueError as error:
            raise ValueError(f"host: {error}") from None
    if one.port is not None and not 0 < one.port < 65536:
        raise ValueError(f"port: {one.port} is not between 1 and 65535; write 8000")
    if one.path is not None and not one.path.startswith("/"):
        raise ValueError(f"path: {one.path!r} does not begin with /; write /{one.path}")


def check_request(one: HttpResponseCode) -> None:
    method = one.method or "GET"
    if not re.fullmatch("[A-Z]+", method):
        raise ValueError(f"method: {method!r} is not understood; write GET, HEAD or POST")
    if one.follow and (method not in ("GET", "HEAD") or one.body is not None):
        raise ValueError("follow: only GET and HEAD can be asked again elsewhere; write false")
    if one.body_matches is not None:
        check_pattern("body_matches", one.body_matches, "pong")
        if method == "HEAD":
            raise ValueError(WITHOUT_BODY)


def check_headers(one: HttpResponseCode) -> None:
    for name, text in one.headers.items():
        if not TOKEN.fullmatch(name):
            raise ValueError(f"headers: {name!r} is no name of a header; write Host or Accept")
        if not text.isprintable() or not text.isascii():
            raise ValueError(f"headers: {name} holds a character that no header may hold")


def check_times(one: HttpResponseCode) -> None:
    for name in ("timeout", "connect_timeout", "read_timeout", "within"):
        if getattr(one, name) == 0:
            raise ValueError(f"{name}: nothing is answered in no time; write 10s")
    if one.within is not None and one.within >= one.timeout:
        most = show_latency(one.timeout)
        raise ValueError(
            f"within: nothing is waited for longer than timeout, {most};"
            f" write timeout: {show_latency(2 * one.within)} beside it"
        )
