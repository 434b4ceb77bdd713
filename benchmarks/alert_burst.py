"""A thousand watches fail within a second: what is told, and what the others notice of it.

    python benchmarks/alert_burst.py [--watches 1000] [--seconds 3]

One watch more is killed over and over, before and meanwhile: its restart latency is compared. Needs
a C compiler, and the development extras for the relay (aiosmtpd).
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from daemon import Daemon, daemon, watches
from restart_latency import GAP, QUICK, Births, births

PATIENCE = 60.0
FIRST_AND_REST = 2
"""Mails that a contact should get: one at once, one that gathers the others."""


@contextmanager
def relay(folder: Path) -> Iterator[tuple[int, Path]]:
    """An SMTP server in a process of its own: its port, and the file that its mails go to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mails = folder / "mails"
    argv = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    with mails.open("wb") as out, subprocess.Popen(argv, stdout=out, stderr=out) as process:
        deadline = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                raise SystemExit("the relay did not come up")
            time.sleep(0.05)
        try:
            yield port, mails
        finally:
            process.terminate()


def restarts(heard: Births, victim: int, seconds: float) -> tuple[list[float], int]:
    """Latencies of one restart after another for so long, and the pid of the last."""
    waits, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(GAP)
        began = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        victim, moment = heard.next()
        waits.append(moment - began)
    return waits, victim


def fail(pids: list[int]) -> None:
    """All of them, spread over a second."""
    began = time.monotonic()
    for number, pid in enumerate(pids):
        time.sleep(max(0.0, began + number / len(pids) - time.monotonic()))
        os.kill(pid, signal.SIGKILL)


def file_of(heard: Births, count: int, port: int) -> str:
    contacts = (
        f"mail: {{smtp: 'smtp://127.0.0.1:{port}', tls: none, from: overseer@example.org}}\n"
        "contacts: {ops: {email: ops@example.org}}\n"
    )
    failing = watches(count, "/bin/sleep 100000", "start_grace: 0\nnotify: ops")
    failing = failing.replace("flapping: off", "flapping: {times: 1, within: 1h, retry_in: 1h}")
    one = watches(1, heard.command, QUICK).replace("watches:\n", "").replace(" w0", " victim")
    return contacts + failing + one


def measure(heard: Births, count: int, seconds: float) -> None:
    with relay(heard.fifo.parent) as (port, mails), daemon(file_of(heard, count, port)) as running:
        victim, _ = heard.next()
        running.ready(count + 1)
        time.sleep(2)
        before, victim = restarts(heard, victim, seconds)
        found = running.status()["watches"]
        pids = [one["pid"] for one in found if one["name"] != "victim"]
        size = running.memory()["PSS"]
        failing = threading.Thread(target=fail, args=(pids,))
        failing.start()
        meanwhile, _ = restarts(heard, victim, seconds)
        failing.join()
        told = await_mails(running, mails)
        grown = running.memory()["PSS"] - size
    ratio = median(meanwhile) / median(before)
    print(f"restart latency before      p50 {median(before) * 1000:6.2f} ms")
    print(
        f"while {count} fail and for {seconds:.0f} s  p50 {median(meanwhile) * 1000:6.2f} ms",
        end="",
    )
    print(f"   ratio {ratio:.2f}   longest {max(meanwhile) * 1000:.1f} ms")
    print(f"mails                       {told} (of {FIRST_AND_REST})")
    print(f"memory                      {size:.1f} MB, {grown:+.1f} MB")


def await_mails(running: Daemon, mails: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        count = mails.read_bytes().count(b"\nSubject: ")
        if count >= FIRST_AND_REST:
            time.sleep(2)  # is that all?
            return mails.read_bytes().count(b"\nSubject: ")
        time.sleep(0.2)
    return mails.read_bytes().count(b"\nSubject: ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3.0)
    args = parser.parse_args()
    with births() as heard:
        measure(heard, args.watches, args.seconds)


if __name__ == "__main__":
    main()
