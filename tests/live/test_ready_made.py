"""Ready-made watches with the programs themselves, where they are installed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.control.client import Client
from overseer.errors import OverseerError

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="ready-made watches run as users of their own"),
]
PATIENCE = 30.0
NGINX = """
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port}; return 200 "here"; }} }}
"""
PROGRAMS = {
    "nginx": "/usr/sbin/nginx",
    "redis": "/usr/bin/redis-server",
    "memcached": "/usr/bin/memcached",
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def surroundings(name: str, folder: Path, port: int) -> dict[str, str]:
    """What the file of that name takes from the environment."""
    conf = folder / "it.conf"
    conf.write_text(NGINX.format(folder=folder, port=port) if name == "nginx" else "save ''\n")
    for parent in (folder, *folder.parents):
        os.chmod(parent, parent.stat().st_mode | 0o055)
    word = name.upper()
    return {f"{word}_PORT": str(port), f"{word}_CONF": str(conf)}


class Run:
    def __init__(self, name: str, folder: Path) -> None:
        self.port = free_port()
        self.socket = str(folder / "state" / "overseer.sock")
        argv = [sys.executable, "-m", "overseer", "run", "--no-strict", name]
        argv += ["--state-dir", str(folder / "state")]
        with (folder / "daemon.log").open("wb") as log:
            self.process = subprocess.Popen(
                argv,
                env={**os.environ, **surroundings(name, folder, self.port)},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def up(self, *, but: int | None = None) -> int:
        """The pid, once it is up, and another than that."""
        deadline, last = time.monotonic() + PATIENCE, ""
        while time.monotonic() < deadline:
            try:
                with Client(self.socket) as client:
                    (watch,) = client.ask("status")["status"]["watches"]
                if watch["phase"] == "up" and watch["pid"] != but:
                    return int(watch["pid"])
                last = f"{watch['phase']}: {watch['reason']}"
            except OverseerError as error:
                last = str(error)
            time.sleep(0.1)
        raise AssertionError(last)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture(params=sorted(PROGRAMS))
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    name = request.param
    if not os.path.exists(PROGRAMS[name]):
        pytest.skip(f"{PROGRAMS[name]} is not installed")
    running = Run(name, tmp_path)
    yield running
    if running.process.poll() is None:
        running.end()


def test_it_comes_up_comes_back_and_leaves_nothing(run: Run) -> None:
    first = run.up()
    socket.create_connection(("127.0.0.1", run.port), timeout=5).close()

    os.kill(first, signal.SIGKILL)
    second = run.up(but=first)
    socket.create_connection(("127.0.0.1", run.port), timeout=5).close()

    assert run.end() == 0
    assert not os.path.exists(f"/proc/{second}")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", run.port), timeout=5)
