"""A real daemon for a measurement: started with a watch file, asked over its socket, ended."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from overseer.control.client import Client
from overseer.errors import OverseerError

PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class Daemon:
    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.process = process

    def status(self) -> dict[str, Any]:
        with Client(str(self.folder / "overseer.sock")) as client:
            found: dict[str, Any] = client.ask("status")["status"]
            return found

    def ready(self, watches: int) -> None:
        """Until so many are up."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                found = self.status()["watches"]
            except OverseerError:
                found = []
            if sum(watch["phase"] == "up" for watch in found) >= watches:
                return
            time.sleep(0.05)
        raise SystemExit(f"{watches} watches did not come up in {PATIENCE:.0f} s")

    def cpu(self) -> float:
        """CPU seconds it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> dict[str, float]:
        """MB, proportional (Pss) and its own alone (Private)."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
        private = sizes["Private_Clean"] + sizes["Private_Dirty"]
        return {"PSS": sizes["Pss"], "USS": private}


@contextmanager
def daemon(watch_file: str) -> Iterator[Daemon]:
    """From `overseer run` to the end of all it began."""
    with tempfile.TemporaryDirectory(prefix="overseer-bench-") as name:
        folder = Path(name)
        (folder / "bench.yml").write_text(watch_file)
        argv = [sys.executable, "-m", "overseer", "run", "--no-strict", "--log-level", "warning"]
        argv += ["--state-dir", name, str(folder / "bench.yml")]
        with (folder / "daemon.log").open("wb") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield Daemon(folder, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def watches(count: int, command: str, more: str = "") -> str:
    """A watch file with so many alike."""
    lines = ["watches:"]
    for number in range(count):
        lines += [f"  w{number}:", f"    command: {command}", "    flapping: off"]
        lines += [f"    user: '{os.geteuid()}'"] if "user:" not in more else []
        lines += [f"    {line}" for line in more.splitlines()]
    return "\n".join(lines) + "\n"
