"""One request over HTTP, and what was answered, in a given time."""

import socket
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    IncompleteRead,
    RemoteDisconnected,
)
from typing import cast

from overseer.model.url import Url
from overseer.network.address import Address, Family
from overseer.network.line import Deadline, Line, connect
from overseer.network.silence import NoAnswer

REDIRECTS = (301, 302, 303, 307, 308)
MOST = 5
"""Redirects in a row."""
SECRET = ("authorization", "cookie", "proxy-authorization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """*most* bytes of the answer's body are read; with 0 none. *socket_path* is that of the unix
    socket to connect to, instead of the host of the URL."""

    url: Url
    socket_path: str | None = None
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)
    most: int = 0
    follow: bool = False
    connect_timeout: float | None = None
    read_timeout: float | None = None
    ca_file: str | None = None
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    code: int
    body: bytes
    location: str | None


def ask(request: Request, deadline: Deadline) -> Response:
    """The last answer where redirects are followed. Raises NoAnswer, and what `connect` and `wrap`
    raise."""
    for _ in range(MOST):
        response = ask_once(request, deadline)
        if not request.follow or response.code not in REDIRECTS or not response.location:
            return response
        request = redirected(request, response.location)
    return ask_once(request, deadline)


def ask_once(request: Request, deadline: Deadline) -> Response:
    sock = reach(request, deadline)
    line = Line(sock, deadline, request.read_timeout)
    with closing(sock):
        connection = HTTPConnection(request.url.host, request.url.port)
        connection.default_port = 443 if request.url.ssl else 80  # leaves it out of `Host`
        connection.sock = cast(socket.socket, line)
        try:
            connection.request(
                request.method,
                request.url.target,
                None if request.body is None else request.body.encode(),
                dict(headers(request)),
            )
            return read(connection.getresponse(), request.most)
        except (RemoteDisconnected, IncompleteRead):
            raise NoAnswer("hung up") from None
        except HTTPException:
            raise NoAnswer("no HTTP") from None


def read(response: HTTPResponse, most: int) -> Response:
    with response:
        body = response.read(most) if most else b""
        return Response(response.status, body, response.getheader("Location"))


def reach(request: Request, deadline: Deadline) -> socket.socket:
    if request.socket_path is not None:
        address = Address(family=Family.UNIX, path=request.socket_path)
    else:
        address = Address(host=request.url.host, port=request.url.port)
    if not request.url.ssl:
        return connect(address, deadline, request.connect_timeout)
    from overseer.network import tls  # what speaks no TLS does not pay for it

    made = tls.context(request.ca_file, request.insecure)
    return tls.reach(address, made, server_name(request), deadline, request.connect_timeout)


def server_name(request: Request) -> str:
    """Whom the certificate has to name: asked at 127.0.0.1, a server goes by its `Host`."""
    given = next((text for name, text in request.headers.items() if name.lower() == "host"), "")
    name, _, port = given.rpartition(":")
    return (name if name and port.isdigit() else given).strip("[]") or request.url.host


def headers(request: Request) -> Mapping[str, str]:
    usual = {"User-Agent": "overseer", "Accept": "*/*", "Connection": "close"}
    if request.url.login is not None:
        usual["Authorization"] = f"Basic {b64encode(request.url.login.encode()).decode()}"
    written = {name.lower() for name in request.headers}
    kept = {name: text for name, text in usual.items() if name.lower() not in written}
    return {**kept, **request.headers}


def redirected(request: Request, location: str) -> Request:
    """What is secret stays with the server that it was written for."""
    try:
        url = request.url.join(location)
    except ValueError:
        raise NoAnswer("a redirect to nowhere") from None
    if url.origin == request.url.origin:
        return replace(request, url=replace(url, login=url.login or request.url.login))
    ours = ("host", *SECRET)
    kept = {name: text for name, text in request.headers.items() if name.lower() not in ours}
    return replace(request, url=url, socket_path=None, headers=kept)
