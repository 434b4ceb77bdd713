"""A daemon in a folder of its own, and what /proc says of the processes that it began."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from overseer.control.client import Client
from overseer.errors import OverseerError

LONG = os.environ.get("OVERSEER_CHAOS") == "long"
PATIENCE = 60.0
"""Seconds for what a busy machine has to do; nothing here is a measurement."""
OVERSEER = (sys.executable, "-m", "overseer")
ME = f"'{os.geteuid()}'"


class Daemon:
    """`overseer run`, again and again over the same folder; `end` leaves no process of it.

    *prefix*: what the daemon is run by, such as `prlimit --nofile=40`.
    """

    def __init__(self, folder: Path, text: str, prefix: Sequence[str] = ()) -> None:
        self.folder = folder
        self.prefix = prefix
        self.file = folder / "watches.yml"
        self.state = folder / "state"
        self.log = folder / "daemon.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.write(text)

    def write(self, text: str) -> None:
        self.file.write_text(text.replace("ME", ME).replace("HERE", str(self.folder)))

    def launch(self) -> "subprocess.Popen[bytes]":
        """Begin it, and wait for nothing."""
        argv = [*self.prefix, *OVERSEER, "run", "--no-strict", "--state-dir", str(self.state)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def run(self) -> None:
        """Begin it, and wait until it answers."""
        process = self.launch()
        until("the daemon", lambda: process.poll() is not None or self.answers())
        assert process.poll() is None, self.log_end()

    def answers(self) -> bool:
        try:
            return bool(self.ask("ping"))
        except (OverseerError, OSError):
            return False

    def kill(self) -> None:
        """Only the daemon, as the kernel or a person would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        with Client(str(self.state / "overseer.sock")) as client:
            return client.ask(verb, fields)

    def verb(self, verb: str, *names: str, wait: bool = True) -> dict[str, Any]:
        return self.ask(verb, names=names, wait=wait, timeout=PATIENCE)

    def overseer(self, *words: str) -> "subprocess.CompletedProcess[str]":
        argv = [*OVERSEER, words[0], "--state-dir", str(self.state), *words[1:]]
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
        )

    def watches(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.ask("status")["status"]["watches"]}

    def phases(self) -> dict[str, str]:
        return {name: one["phase"] for name, one in self.watches().items()}

    def wait_for(self, name: str, *phases: str) -> dict[str, Any]:
        until(f"{name} {phases}", lambda: self.phases().get(name) in phases)
        return self.watches()[name]

    def processes(self) -> dict[str, list[int]]:
        return launched_by(self.state)

    def log_end(self, size: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-size:]

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for _ in range(50):  # what forks while it is looked for is found the next time
            left = [pid for pids in self.processes().values() for pid in pids]
            if not left:
                return
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def launched_by(state: Path) -> dict[str, list[int]]:
    """The living processes of each watch, by what stands in their environment; zombies are not."""
    mark = f"OVERSEER_DAEMON={state}".encode()
    found: dict[str, list[int]] = defaultdict(list)
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            env = Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in env:
            watch = next((one for one in env if one.startswith(b"OVERSEER_WATCH=")), b"=?")
            found[watch.partition(b"=")[2].decode()].append(int(name))
    return found


def command(pid: int) -> str:
    """ "" for none, and for a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def until(
    what: str,
    so: Callable[[], object],
    patience: float = PATIENCE,
    why: Callable[[], object] = lambda: "",
) -> None:
    """*why*: asked when it did not come."""
    deadline = time.monotonic() + patience
    while not so():
        assert time.monotonic() < deadline, f"{what} did not come {why()}"
        time.sleep(0.05)


def tracebacks(log: str) -> list[str]:
    """What a daemon's log must never hold."""
    return [line for line in log.splitlines() if line.startswith("Traceback ")]


Begin = Callable[..., Daemon]
"""Takes the text of a watch file; what the fixture `daemon` of the chaos tests is."""
