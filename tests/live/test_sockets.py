"""A restart under load refuses nobody, nor does a daemon that is killed."""

import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from receivers import free_port
from test_supervision import Begin, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

SERVE = """
import os, signal, socket, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = False  # what has been accepted is answered before the end

assert os.environ["LISTEN_PID"] == str(os.getpid())
assert os.environ["LISTEN_FDNAMES"] == "http"
server = Server(("", 0), Answer, bind_and_activate=False)
server.socket = socket.socket(fileno=3)
server.socket.setblocking(False)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(0.05)
server.server_close()
"""


class Load:
    """Asks again and again, on threads, until it is ended."""

    def __init__(self, url: str) -> None:
        self.url, self.answers = url, 0
        self.failures: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def _go(self) -> None:
        while not self._over.is_set():
            try:
                with urllib.request.urlopen(self.url, timeout=20) as answer:
                    answer.read()
                self.answers += 1
            except OSError as error:
                self.failures.append(repr(error))

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_no_request_fails_while_instances_and_the_daemon_are_renewed(
    begin: Begin, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(SERVE)
    daemon = begin(
        "watches: {web: {user: ME, dir: HERE, instances: 3, start_grace: 300ms,"
        f" command: [{sys.executable}, serve.py],"
        f" sockets: {{http: 'tcp://127.0.0.1:{port}'}}}}}}"
    )
    before = {daemon.phases(f"web-{number}", "up")["pid"] for number in (1, 2, 3)}
    load = Load(f"http://127.0.0.1:{port}/")
    try:
        assert daemon.overseer("restart", "web").returncode == 0
        daemon.kill()
        daemon.run()
        daemon.phases("web-3", "up")
        until("answers", lambda: load.answers > 100)
        assert daemon.overseer("restart", "web").returncode == 0
        after = {daemon.watch(f"web-{number}")["pid"] for number in (1, 2, 3)}
    finally:
        load.end()

    assert not before & after
    assert load.failures == []
    assert "cannot listen" not in (tmp_path / "daemon.log").read_text()
