"""Commands that draw on a terminal, on a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.control.caller import Caller
from overseer.control.protocol import Answer, Request, done
from overseer.control.server import Server
from overseer.control.sockets import Sockets

pytestmark = pytest.mark.live

SOON = 15.0
ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
PLAIN = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
WEB = {
    "name": "web",
    "tags": [],
    "goal": "up",
    "state": "up",
    "phase": "up",
    "pid": 4107,
    "uptime_s": 61.0,
    "cpu_percent": 2.0,
    "memory_bytes": 61 * 2**20,
    "processes": 3,
    "restarts": 0,
    "note": "",
}
EVENT = {"v": 1, "at": "2026-11-23T15:40:08+01:00", "watch": "web", "kind": "up", "message": "up"}
STATUS = {"daemon": {"pid": 8, "host": "web1"}, "watches": [WEB], "notices": []}


class Desk:
    """Always says the same; events never end."""

    def answer(self, request: Request, caller: Caller) -> Answer:
        if request["do"] == "events":
            caller.say({"event": EVENT})
            while not caller.gone(SOON):
                pass
        return done(status=STATUS)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *words: str, **env: str) -> None:
        self.shown = b""
        self._here, there = pty.openpty()
        self.before = termios.tcgetattr(there)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "overseer", *words],
            stdin=there,
            stdout=there,
            stderr=there,
            start_new_session=True,
            env={**PLAIN, "TERM": "xterm", **env},
        )
        self._there = there

    def until(self, text: bytes) -> None:
        deadline = time.monotonic() + SOON
        while text not in self.shown:
            ready, _, _ = select.select([self._here], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} did not come: {self.shown!r}"
            self.shown += os.read(self._here, 65536)

    def press(self, key: bytes) -> None:
        self.shown = b""
        os.write(self._here, key)

    def ends(self) -> int:
        """The exit code; the terminal is as it was found."""
        self.until(LEFT)
        code = self.process.wait(SOON)
        assert termios.tcgetattr(self._there) == self.before
        assert b"Traceback" not in self.shown
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._here)
        os.close(self._there)


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "o.sock")
    server = Server(Sockets(path), Desk(), "1")
    server.open()
    yield path
    server.close()


@pytest.fixture
def status(socket: str) -> Iterator[Terminal]:
    terminal = Terminal("status", "--watch", "--socket", socket)
    yield terminal
    terminal.close()


def test_a_live_status_leaves_the_terminal_as_it_found_it_after_q(status: Terminal) -> None:
    status.until(ENTERED)
    status.until(b"1 up of 1 wanted")
    status.press(b"q")

    assert status.ends() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 1)])
def test_a_live_status_leaves_cleanly_however_it_is_ended(
    status: Terminal, number: int, code: int
) -> None:
    status.until(b"1 up of 1 wanted")
    status.process.send_signal(number)

    assert status.ends() == code


def test_top_sorts_by_the_key_that_is_pressed(socket: str) -> None:
    top = Terminal("top", "--socket", socket)
    try:
        top.until(b"; by cpu")
        top.press(b"m")
        top.until(b"; by memory")
        top.press(b"q")
        assert top.ends() == 0
    finally:
        top.close()


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_whose_owner_wants_them(
    socket: str, env: dict[str, str], coloured: bool
) -> None:
    status = Terminal("status", "--socket", socket, **env)
    try:
        status.until(b"1 up of 1 wanted")
        assert (b"\x1b[32mup" in status.shown) is coloured
    finally:
        status.close()


def test_ctrl_c_ends_a_stream_without_a_traceback(socket: str) -> None:
    # whoever runs the tests in the background ignores SIGINT, and hands that down
    argv = ["env", "--default-signal=INT", sys.executable, "-m", "overseer", "events"]
    argv += ["--socket", socket]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as events:
        assert events.stdout
        assert events.stderr
        assert events.stdout.readline() == b"2026-11-23 15:40:08 web: up\n"
        events.send_signal(signal.SIGINT)

        assert events.wait(SOON) == 130
        assert events.stderr.read() == b""
