"""The wall clock jumps back and forth: durations go on, nothing runs twice or is forgotten."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from real_daemon import Daemon, until

STEPPING = Path(__file__).with_name("stepping_daemon.py")
FILE = """
defaults: {user: ME, flapping: off, restart_delay: 200ms}
watches:
  plain: {command: /bin/sleep 86394}
  graced: {command: /bin/sleep 86393, start_grace: 1s, ready: [run: /bin/true]}
  crashy: {command: /bin/sh -c 'sleep 0.3; exit 1', start_grace: 100ms}
  beaten: {command: /bin/sleep 86392, restart_if: {file_mtime: {path: HERE/beat, older_than: 1h}}}
  hourly: {command: /bin/sh -c 'date >> HERE/hourly', schedule: "30 3 29 2 *"}
  often: {command: /bin/sh -c 'echo x >> HERE/often', schedule: {every: 1s}}
"""
STEPS = (-86400 * 400, -86400, -3600, -60, -1, 1, 60, 3600, 86400, 86400 * 40)


class SteppingDaemon(Daemon):
    def launch(self) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, str(STEPPING), str(self.folder / "offset"), str(self.state)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, str(self.file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self.process

    def step(self, seconds: float) -> None:
        fresh = self.folder / "offset.new"
        fresh.write_text(str(seconds))
        fresh.replace(self.folder / "offset")


def test_steps_of_the_clock_restart_nothing_and_delay_nothing(
    tmp_path: Path, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    (tmp_path / "beat").touch()
    subject = SteppingDaemon(tmp_path, FILE)
    subject.step(0)
    try:
        subject.run()
        steady = {name: subject.wait_for(name, "up")["pid"] for name in ("plain", "graced")}
        steps = lasting(2, 200)
        for _ in range(steps):
            subject.step(chance.choice(STEPS) + chance.random())
            first = subject.watches()["crashy"]["restarts"]
            ran = count(tmp_path / "often")
            until("a crash", lambda: subject.watches()["crashy"]["restarts"] > first)  # noqa: B023
            until("a run", lambda: count(tmp_path / "often") > ran)  # noqa: B023
            if chance.random() < 0.3:
                subject.kill()
                subject.run()
            now = subject.watches()
            assert {name: now[name]["pid"] for name in steady} == steady
        assert count(tmp_path / "hourly") <= steps
        os.kill(steady["plain"], signal.SIGKILL)
        began = time.monotonic()
        until("another", lambda: subject.watches()["plain"]["pid"] not in (None, steady["plain"]))
        assert time.monotonic() - began < 30
        assert subject.process is not None
        assert subject.process.poll() is None
        assert "Traceback" not in subject.log.read_text()
    finally:
        subject.end()


def count(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0
