"""Real receivers on loopback for contacts: HTTP, UDP and a TCP agent, each keeping what it gets."""

import json
import queue
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent / "certificate" / "cert.pem"
KEY = CERTIFICATE.with_name("key.pem")
DEADLINE = 20.0


@dataclass(frozen=True, slots=True)
class Taken:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Web:
    """An HTTP server that answers what it is told to; `{path}` in the text is the request's."""

    code: int = 200
    text: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    tls: bool = False
    taken: "queue.Queue[Taken]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.taken.put(Taken(self.command, self.path, dict(self.headers), body))
                self.send_response(web.code)
                for name, value in web.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(web.text.format(path=self.path).encode())

            do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE, KEY)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http{'s' * self.tls}://localhost:{self._server.server_address[1]}"

    def next(self) -> Taken:
        return self.taken.get(timeout=DEADLINE)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(DEADLINE)


@contextmanager
def agent(*answers: bytes) -> Iterator[tuple[int, "queue.Queue[bytes]"]]:
    """A TCP socket that gives one answer to each connection: its port, and what it was told."""
    told: queue.Queue[bytes] = queue.Queue()

    def serve() -> None:
        for answer in answers:
            there, _ = server.accept()
            with there:
                told.put(there.recv(65536))
                there.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE)
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], told
        thread.join(DEADLINE)


@contextmanager
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(DEADLINE)
        yield sink


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
