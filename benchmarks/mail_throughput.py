"""How fast mail is queued, and how long put() waits while a worker drains, beside SQLite's floor.

    python benchmarks/mail_throughput.py [--rounds 4] [--count 3000] [--seconds 2] [--folder /tmp]

The floor: one process, WAL, synchronous=FULL, one row of 1 KB inserted a commit. Rounds take turns,
so that a slow minute of the machine slows all alike. The folder must be on a disk, not in memory.
huey and delayed_job are measured beside it where they are installed.
"""

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from peers import installed

from overseer.outbox import Outbox

BODY = b"x" * 1000
SENDER, RCPT = "app@example.org", "ann@example.org"
FLOOR = "floor: one row a commit"
ENQUEUE_BAR = 0.75
P99_BAR = 5.0
PREFILLED = 60_000

WORKER = """
import sys, threading
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import sent
outbox = Outbox(f"sqlite:///{sys.argv[1]}")
drain = outbox.drain(lambda: plain(lambda job: sent("250 ok", 250)), name="bench")
before = outbox.counts().sent
drain.start()
print("up", flush=True)
sys.stdin.read()
drain.stop(10)
print(outbox.counts().sent - before, flush=True)
"""


def floor(path: Path, count: int) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)")
        begun = time.perf_counter()
        for _ in range(count):
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO row (body) VALUES (?)", (BODY,))
            db.execute("COMMIT")
        return count / (time.perf_counter() - begun)


def enqueue(path: Path, count: int) -> float:
    with closing(Outbox(f"sqlite:///{path}")) as outbox:
        outbox.counts()
        begun = time.perf_counter()
        for _ in range(count):
            outbox.put_mail(BODY, SENDER, RCPT)
        return count / (time.perf_counter() - begun)


def put_while_draining(path: Path, seconds: float) -> tuple[list[float], float]:
    """Milliseconds of each put(), and mails that the worker took off a second."""
    with closing(Outbox(f"sqlite:///{path}")) as outbox:
        fill(outbox, PREFILLED)
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout
        worker.stdout.readline()
        waits = []
        begun = time.perf_counter()
        while time.perf_counter() < begun + seconds:
            before = time.perf_counter()
            outbox.put_mail(BODY, SENDER, RCPT)
            waits.append((time.perf_counter() - before) * 1000)
            time.sleep(0.002)  # a web application, not another flood
        took = time.perf_counter() - begun
        done, _ = worker.communicate("")
        return sorted(waits), int(done) / took


def fill(outbox: Outbox, count: int) -> None:
    for _ in range(count // 1000):
        outbox.put_mail(BODY, SENDER, *[RCPT] * 1000)


def quantile(waits: list[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * share))]


def measure(
    rounds: int, folder: Path, parts: dict[str, Callable[[Path], float]]
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds):
        for name, part in parts.items():
            with tempfile.TemporaryDirectory(dir=folder) as place:
                found[name].append(part(Path(place) / "bench.db"))
    return found


def show(rates: dict[str, list[float]]) -> None:
    """Each beside the floor of its own round."""
    for name, values in rates.items():
        middle = statistics.median(values)
        span = f"{min(values):,.0f}-{max(values):,.0f}"
        ratio = statistics.median(v / base for v, base in zip(values, rates[FLOOR], strict=True))
        print(f"{name:28} {middle:8,.0f}/s ({span})  {ratio:.2f} of the floor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    args = parser.parse_args()

    parts = {
        FLOOR: lambda path: floor(path, args.count),
        "put_mail()": lambda path: enqueue(path, args.count),
    }
    parts |= {peer.name: lambda path, p=peer: p.put(path, args.count) for peer in installed()}
    show(measure(args.rounds, args.folder, parts))
    print(f"{'':28} bar: {ENQUEUE_BAR}")

    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory(dir=args.folder) as place:
            waits, drained = put_while_draining(Path(place) / "bench.db", args.seconds)
        print(
            f"put() while draining: p50 {quantile(waits, 0.5):.2f} ms,"
            f" p99 {quantile(waits, 0.99):.2f} ms, max {waits[-1]:.1f} ms;"
            f" {len(waits) / args.seconds:,.0f} puts/s, {drained:,.0f} taken off/s"
        )
    print(f"bar: p99 {P99_BAR} ms")


if __name__ == "__main__":
    main()
