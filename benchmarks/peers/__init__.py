"""Other queues, for comparison where they are installed: each a program with the same two words."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """*share* of the mails is enough for it: it is slow. *lacking* says why it cannot be here."""

    name: str
    argv: tuple[str, ...]
    share: float
    lacking: Callable[[], str]

    def put(self, path: Path, count: int) -> float:
        return self._ask("put", str(path), str(self.few(count)))

    def work(self, path: Path, port: int, threads: int, count: int) -> float:
        self.put(path, count)
        return self._ask("work", str(path), str(port), str(threads), str(self.few(count)))

    def few(self, count: int) -> int:
        return max(2, int(count * self.share))

    def _ask(self, *words: str) -> float:
        done = subprocess.run(
            [*self.argv, *words], capture_output=True, text=True, check=True, timeout=300
        )
        return float(done.stdout.split()[-1])


def no_huey() -> str:
    return "" if importlib.util.find_spec("huey") else "pip install huey"


def no_delayed_job() -> str:
    needed = "apt-get install ruby-delayed-job-active-record ruby-sqlite3"
    if not shutil.which("ruby"):
        return needed
    program = 'require "logger"; require "delayed_job_active_record"; require "sqlite3"'
    done = subprocess.run(["ruby", "-e", program], capture_output=True, check=False)
    return "" if done.returncode == 0 else needed


PEERS = (
    Peer("huey, SQLite", (sys.executable, str(HERE / "huey_queue.py")), 1.0, no_huey),
    Peer("delayed_job, SQLite", ("ruby", str(HERE / "delayed_job.rb")), 0.2, no_delayed_job),
)


def installed() -> list[Peer]:
    """Those that are missing are named."""
    found = []
    for peer in PEERS:
        if why := peer.lacking():
            print(f"{peer.name:28} skipped: {why}", flush=True)
        else:
            found.append(peer)
    return found
