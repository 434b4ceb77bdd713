"""Job functions with a time limit, for a process of its own to import."""

import os
import signal
import subprocess
from pathlib import Path

from overseer.outbox import GiveUp, Jobs

jobs = Jobs()


@jobs.job(time_limit=20.0)
def write(path: str) -> None:
    Path(path).write_text(str(os.getpid()))


@jobs.job(time_limit=1.5)
def hang(path: str) -> None:
    child = subprocess.Popen(["sleep", "1000"])
    Path(path).write_text(str(child.pid))
    signal.pause()


@jobs.job(time_limit=20.0)
def fail() -> None:
    raise ValueError("no such picture")


@jobs.job(time_limit=20.0)
def give_up() -> None:
    raise GiveUp("never")


@jobs.job(time_limit=20.0)
def crash() -> None:
    os.abort()
