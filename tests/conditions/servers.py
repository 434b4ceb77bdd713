"""Servers in threads: such as answer, and such as do what a broken one does."""

import contextlib
import http.server
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CERTIFICATES = Path(__file__).parents[1] / "live" / "certificate"
CERTIFICATE = CERTIFICATES / "cert.pem"
KEY = CERTIFICATES / "key.pem"


class Handler(http.server.BaseHTTPRequestHandler):
    """`/503` answers 503; `/to/X` redirects to X. What was asked is kept by the server."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        asked: list[tuple[str, str, dict[str, str], str]] = self.server.asked  # type: ignore[attr-defined]
        asked.append((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            return self.reply(302, location=path.removeprefix("/to/"))
        self.reply(int(path[1:]) if path[1:].isdigit() else 200)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815 - http.server's names

    def reply(self, code: int, *, location: str = "") -> None:
        body = b"pong " + self.path.encode()
        self.send_response(code)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def address_string(self) -> str:
        return "somebody"  # of a unix socket there is none

    def log_message(self, *_: object) -> None:
        pass


class Web(http.server.ThreadingHTTPServer):
    def __init__(self, family: int, address: object) -> None:
        self.address_family = family
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        super().__init__(address, Handler)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0
        if self.address_family != socket.AF_UNIX:
            self.server_port = self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that hangs up at the handshake

    @property
    def last(self) -> tuple[str, str, dict[str, str], str]:
        return self.asked[-1]


@contextmanager
def web(
    *,
    family: int = socket.AF_INET,
    address: object = ("127.0.0.1", 0),
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Web]:
    server = Web(family, address)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Script = Callable[[socket.socket], None]


@contextmanager
def raw(
    script: Script, *, family: int = socket.AF_INET, address: object = ("127.0.0.1", 0)
) -> Iterator[int]:
    """Does *script* with each connection, one after another; the port."""
    with socket.socket(family) as listening:
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    sock, _ = listening.accept()
                except OSError:
                    return
                with sock, contextlib.suppress(OSError):
                    script(sock)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield 0 if family == socket.AF_UNIX else listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # wakes accept
            thread.join()


def hang(sock: socket.socket) -> None:
    """Says nothing until the other side has hung up."""
    while sock.recv(1024):
        pass


def reset(sock: socket.socket) -> None:
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(sock: socket.socket) -> None:
    sock.recv(65536)


def says(*words: bytes) -> Script:
    """Each of *words* after something has been heard."""

    def script(sock: socket.socket) -> None:
        for word in words:
            sock.recv(65536)
            sock.sendall(word)

    return script


def greets(*words: bytes) -> Script:
    """The first of *words* at once, each further one after something has been heard."""

    def script(sock: socket.socket) -> None:
        for word in words:
            sock.sendall(word)
            sock.recv(65536)

    return script


def drip(sock: socket.socket) -> None:
    """A byte again and again, and never an end, until the other side has hung up."""
    sock.recv(65536)
    sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not select.select([sock], [], [], 0.02)[0]:
        sock.sendall(b"x")


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
