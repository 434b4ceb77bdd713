"""Children of every nasty kind, beside ordinary ones that have to come back at once."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from real_daemon import LONG, Begin, Daemon, until

PROGRAMS = {
    "deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(9999)",
    "bomb": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for depth in range(5):
    os.fork()
time.sleep(9999)
""",
    "doubled": """
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(9999)
        os._exit(0)
time.sleep(9999)
""",
    "zombies": """
for _ in range(50):
    if os.fork() == 0:
        os._exit(0)
time.sleep(9999)
""",
    "orphans": """
for _ in range(50):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.2)
        os._exit(0)
time.sleep(9999)
""",
    "frozen": "os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(9999)",
    "mute": "os.closerange(0, 4096)\ntime.sleep(9999)",
    "session": """
if os.fork():
    time.sleep(9999)
os.setsid()
signal.signal(signal.SIGHUP, signal.SIG_IGN)
time.sleep(9999)
""",
    "renamed": """
import ctypes
libc = ctypes.CDLL(None)
libc.prctl(15, b") R 1 1 (", 0, 0, 0)
libc.prctl(15, b"a)\\n b( c", 0, 0, 0)
time.sleep(9999)
""",
    "titled": "os.execv('/bin/sleep', ['\\x1b[2J OVERSEER_WATCH=plain', '9999'])",
    "bare": "os.execve('/bin/sleep', ['sleep', '9999'], {})",
    "hungry": "x = bytearray(80 * 2**20)\ntime.sleep(9999)",
    "loud": """
block = b"x" * 999 + b"\\n"
while True:
    os.write(1, block * 1000)
    time.sleep(0.01)
""",
    "endless line": """
while True:
    os.write(1, b"token-" * 20000)
    time.sleep(0.01)
""",
}
"""`loud` prints about 100 MB a second, as far as the disk takes it."""


def file_of_watches(folder: Path) -> str:
    lines = ["defaults: {user: ME, interval: 300ms, stop_timeout: 1s}"]
    lines += ["settings: {log_size: 5MB, log_total: 100MB}", "watches:"]
    lines.append("  plain: {command: /bin/sleep 86397, restart_delay: 0s, flapping: off}")
    for name, body in PROGRAMS.items():
        file = folder / f"{name.replace(' ', '_')}.py"
        file.write_text(f"import os, signal, time\n{body}\n")
        lines.append(
            f"  {file.stem}:"
            f" {{command: '{sys.executable} {file}', memory: 500MB, start_grace: 200ms}}"
        )
    return "\n".join(lines)


def comes_back(subject: Daemon) -> float:
    """Seconds from the kill of an ordinary process to the next one."""
    first = subject.wait_for("plain", "up")["pid"]
    began = time.monotonic()
    os.kill(first, signal.SIGKILL)
    until("another", lambda: subject.watches()["plain"]["pid"] not in (None, first))
    return time.monotonic() - began


def test_nasty_children_hold_up_nobody_and_are_gone_when_stopped(
    tmp_path: Path, daemon: Begin, lasting: Callable[[int, int], int]
) -> None:
    subject = daemon(file_of_watches(tmp_path))
    assert subject.process is not None
    names = [name.replace(" ", "_") for name in PROGRAMS]
    slowest = 0.0
    for _ in range(lasting(1, 20)):
        until("their noise", lambda: set(subject.phases().values()) == {"up"})
        slowest = max(slowest, *(comes_back(subject) for _ in range(3)))
        for name in names:
            until("its answer", lambda: subject.verb("stop", name, wait=False))  # noqa: B023
        until("their end", lambda: all(subject.phases()[one] == "stopped" for one in names))
        left = subject.processes()
        assert set(left) == {"plain"}, left
        for name in names:
            subject.verb("start", name, wait=False)
    print(f"an ordinary process came back within {slowest:.2f} s")
    assert subject.process.poll() is None
    assert "Traceback" not in subject.log.read_text()


CHECKS = """
watches:
  plain: {command: /bin/sleep 86396, user: ME, restart_delay: 0s, flapping: off}
"""
SHELL = {
    "hangs": "sleep 9999",
    "hangs on": "trap '' TERM; sleep 9999",
    "drips": "while :; do printf x; sleep 1; done",
    "streams": "yes",
    "forks": "sleep 9999 & sleep 9998 & wait",
    "goes away": "setsid sleep 9999 & exit 0",
    "stops": "kill -STOP $$",
}


@pytest.mark.skipif(not LONG, reason="in the long form")
def test_checks_that_hang_drip_and_stream_for_ever_hold_up_nobody(
    tmp_path: Path, daemon: Begin, lasting: Callable[[int, int], int]
) -> None:
    lines = [CHECKS.rstrip()]
    for number, body in enumerate(SHELL.values()):
        file = tmp_path / f"check{number}"
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        check = f"{{command: {{succeeds: HERE/{file.name}, timeout: 1s, interval: 300ms}}}}"
        lines.append(f"  c{number}: {{command: /bin/sleep 86395, user: ME, restart_if: {check}}}")
    subject = daemon("\n".join(lines))
    for _ in range(lasting(1, 20)):
        until("them", lambda: set(subject.phases().values()) == {"up"})
        took = [comes_back(subject) for _ in range(3)]
    names = [f"c{number}" for number in range(len(SHELL))]
    assert subject.ask("stop", names=names)["code"] == 0
    until("nothing of them", lambda: set(subject.processes()) == {"plain"}, why=subject.processes)
    print(f"an ordinary process came back within {max(took):.2f} s")
    assert "Traceback" not in subject.log.read_text()
