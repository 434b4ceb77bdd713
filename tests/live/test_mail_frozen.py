"""A worker whose PostgreSQL is frozen: connected, and silent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import postgres_server
import pytest
from post_office import until

from overseer.outbox import Outbox

pytestmark = pytest.mark.live


@contextmanager
def frozen(server: postgres_server.Server) -> Iterator[None]:
    first = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    listed = subprocess.run(
        ["ps", "--ppid", str(first), "-o", "pid="], capture_output=True, text=True, check=False
    )
    pids = [first, *map(int, listed.stdout.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.field("L16")
def test_the_first_term_ends_a_worker_that_has_nothing_in_flight(tmp_path: Path) -> None:
    if reason := postgres_server.lacking():
        pytest.skip(reason)
    with postgres_server.running() as server:
        url = f"{server.url}&schema=frozen"
        outbox = Outbox(url)
        outbox.counts()
        outbox.close()
        log = tmp_path / "log"
        words = ["mail", "worker", "run", "--url", url, "--smtp", "smtp://127.0.0.1:1"]
        with log.open("wb") as out:
            worker = subprocess.Popen(
                [sys.executable, "-m", "overseer", *words], stdout=out, stderr=out
            )
        until("the worker", lambda: "worker mail" in log.read_text())
        with frozen(server):
            began = time.monotonic()
            worker.terminate()
            code = worker.wait(60)

        assert code == 0, log.read_text()
        assert time.monotonic() - began < 30
