"""Forty programs that hardly live, looked at from outside: no dead one is ever shown as up."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.control.client import Client
from overseer.errors import OverseerError

pytestmark = pytest.mark.live

PATIENCE = 20.0
WATCHED_FOR = 12.0
EVERY = 0.05
"""Seconds between two looks."""
PROGRAMS = 40


def watch_file() -> str:
    lines = ["watches:"]
    for number in range(PROGRAMS):
        lines += [
            f"  p{number}:",
            f"    command: /bin/sleep 0.{number * 15 // 10:03}",
            f"    user: '{os.geteuid()}'",
            "    start_grace: 0",
            "    restart_delay: 100ms",
            "    flapping: off",
            "    interval: 1s",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    """Of a daemon that runs them all."""
    (tmp_path / "w.yml").write_text(watch_file())
    argv = [sys.executable, "-m", "overseer", "run", "--no-strict", "--log-level", "error"]
    argv += ["--state-dir", str(tmp_path / "state"), str(tmp_path / "w.yml")]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        path = tmp_path / "state" / "overseer.sock"
        deadline = time.monotonic() + PATIENCE
        while not path.exists():
            assert time.monotonic() < deadline
            time.sleep(EVERY)
        yield str(path)
        daemon.terminate()


def lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def test_no_dead_process_is_shown_as_up(socket: str) -> None:
    dead_since: dict[tuple[str, int], float] = {}
    wrong, looks, restarts = [], 0, 0
    end = time.monotonic() + WATCHED_FOR
    while time.monotonic() < end:
        try:
            with Client(socket) as client:
                watches = client.ask("status")["status"]["watches"]
        except OverseerError:  # it has not opened the socket yet
            time.sleep(EVERY)
            continue
        now, looks = time.monotonic(), looks + 1
        shown = {(one["name"], one["pid"]) for one in watches if one["phase"] == "up"}
        dead = {key for key in shown if not lives(key[1])}
        dead_since = {key: dead_since.get(key, now) for key in dead}
        wrong += [key for key, since in dead_since.items() if now - since > 1.0]
        restarts = sum(one["restarts"] for one in watches)
        time.sleep(EVERY)

    assert wrong == []
    assert looks > 50
    assert restarts > 10 * PROGRAMS
