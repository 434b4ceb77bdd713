"""A rolling restart under load: how many requests fail, and how long they take.

    python benchmarks/held_socket.py [--instances 4] [--clients 8] [--rounds 3]

The instances are gunicorn (development extras), behind one socket that overseer holds; for contrast
each with a socket of its own on the same port (SO_REUSEPORT), where what waits in the queue of one
that ends is lost, and one alone that opens its port itself. The load comes from this machine, a
connection for each request.
"""

import argparse
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from daemon import PATIENCE, Daemon, daemon

APP = """\
import time

def app(environ, start_response):
    time.sleep(0.002)  # a page takes its time
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
QUIET = 3.0
"""Seconds of load before anything is restarted."""
HELD = "sockets: {{http: 'tcp://127.0.0.1:{port}'}}"


@dataclass
class Load:
    """Clients that ask again and again, from `with` on."""

    port: int
    clients: int
    waits: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "Load":
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                client.request("GET", "/")
                if client.getresponse().read() != b"ok":
                    self.failures["another answer"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures[type(error).__name__] += 1
            else:
                self.waits.append(time.monotonic() - began)
            finally:
                client.close()

    def show(self, name: str) -> None:
        waits = sorted(self.waits)
        p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        failed = self.failures.total()
        why = "".join(f", {what} {count}" for what, count in self.failures.most_common())
        print(f"{name:<52} {len(waits) + failed:5} requests, {failed} failed{why}; ", end="")
        print(f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, ", end="")
        print(f"longest {waits[-1] * 1000:.0f} ms", flush=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def watch_file(folder: str, port: int, instances: int, *, held: bool) -> str:
    words = [sys.executable, "-m", "gunicorn", "--workers", "1", "--no-control-socket", "app:app"]
    if not held:
        words += ["--bind", f"127.0.0.1:{port}", *(["--reuse-port"] if instances > 1 else [])]
    return "\n".join(
        (
            "watches:",
            "  web:",
            f"    user: '{os.geteuid()}'",
            f"    dir: {folder}",
            f"    command: {words}",
            f"    instances: {instances}",
            "    ready: [sd_notify]",
            f"    {HELD.format(port=port) if held else ''}",
        )
    )


def restart(running: Daemon) -> None:
    argv = [sys.executable, "-m", "overseer", "restart", "--state-dir", str(running.folder), "web"]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(name: str, instances: int, clients: int, rounds: int, *, held: bool) -> int:
    """The number of requests that failed while all instances were renewed."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="overseer-bench-") as folder:
        (Path(folder) / "app.py").write_text(APP)
        with daemon(watch_file(folder, port, instances, held=held)) as running:
            running.ready(instances)
            with Load(port, clients) as quiet:
                time.sleep(QUIET)
            quiet.show(f"{name}: nothing happens")
            with Load(port, clients) as load:
                for _ in range(rounds):
                    restart(running)
            load.show(f"{name}: all renewed {rounds} times")
    return load.failures.total()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=4)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    many, load = args.instances, (args.clients, args.rounds)
    failed = measure(f"{many} instances, held socket", many, *load, held=True)
    measure(f"{many} instances, SO_REUSEPORT", many, *load, held=False)
    measure("one, its own socket", 1, *load, held=False)
    measure("one, held socket", 1, *load, held=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
