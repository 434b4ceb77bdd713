"""From a crash to the first instruction of the new process; beside a bare loop of posix_spawn.

    python benchmarks/restart_latency.py [--rounds 100] [--others 1000] [--mass 1000]

Needs a C compiler: the program that is killed is a few lines of C, so that what is measured is the
supervisor and not the start of an interpreter.
"""

import argparse
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon import daemon, watches

SOURCE = """
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
    struct timespec t;
    char line[64];
    clock_gettime(CLOCK_MONOTONIC, &t);
    int n = snprintf(line, sizeof line, "%d %ld.%09ld\\n", getpid(), (long)t.tv_sec, t.tv_nsec);
    int out = open(argv[1], O_WRONLY);
    if (write(out, line, n) != n) return 1;
    close(out);
    for (;;) pause();
}
"""
GAP = 0.6  # overseer launches a watch twice a second at most
"""Seconds between two kills: what the daemon does afterwards is not measured twice."""


class Births:
    """Hears of every birth: pid, and the moment of its first instruction."""

    def __init__(self, folder: Path) -> None:
        self.program, self.fifo = folder / "born", folder / "births"
        (folder / "born.c").write_text(SOURCE)
        subprocess.run(["cc", "-O2", "-o", self.program, folder / "born.c"], check=True)
        os.mkfifo(self.fifo)
        os.chmod(self.fifo, 0o666)
        os.chmod(folder, 0o755)
        self._lines = os.fdopen(os.open(self.fifo, os.O_RDWR), "r")

    @property
    def command(self) -> str:
        return f"{self.program} {self.fifo}"

    def next(self) -> tuple[int, float]:
        pid, moment = self._lines.readline().split()
        return int(pid), float(moment)


@contextmanager
def births() -> Iterator[Births]:
    with tempfile.TemporaryDirectory(prefix="overseer-bench-") as name:
        yield Births(Path(name))


def floor(heard: Births, rounds: int) -> list[float]:
    """A bare loop: a pidfd tells of the death, posix_spawn makes the next."""

    def spawn() -> int:
        argv = [str(heard.program), str(heard.fifo)]
        return os.posix_spawn(argv[0], argv, dict(os.environ), setsid=True)

    import select
    import threading

    pid, waits = spawn(), []
    heard.next()
    for _ in range(rounds):
        pidfd = os.pidfd_open(pid)
        began = [0.0]

        def kill(victim: int = pid, began: list[float] = began) -> None:
            began[0] = time.monotonic()
            os.kill(victim, signal.SIGKILL)

        killer = threading.Timer(GAP, kill)
        killer.start()
        select.select([pidfd], [], [])
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
        os.close(pidfd)
        pid = spawn()
        waits.append(heard.next()[1] - began[0])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return waits


def kills(heard: Births, victim: int, rounds: int) -> list[float]:
    waits = []
    for _ in range(rounds):
        time.sleep(GAP)
        began = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        victim, moment = heard.next()
        waits.append(moment - began)
    return waits


QUICK = "start_grace: 0\nrestart_delay: 0s"


def one(heard: Births, rounds: int, more: str = QUICK) -> list[float]:
    with daemon(watches(1, heard.command, more)) as running:
        victim, _ = heard.next()
        running.ready(1)
        return kills(heard, victim, rounds)


def among(heard: Births, rounds: int, others: int) -> list[float]:
    """The same, with so many others polled every 5 s."""
    polled = f"{QUICK}\nrestart_if: {{memory_usage: 1GB, cpu_usage: 99%}}"
    file = watches(1, heard.command, QUICK)
    file += (
        watches(others, "/bin/sleep 100000", polled).replace("watches:\n", "").replace(" w", " o")
    )
    with daemon(file) as running:
        victim, _ = heard.next()
        running.ready(others + 1)
        time.sleep(6)
        return kills(heard, victim, rounds)


def mass(heard: Births, count: int) -> float:
    """All killed at once: seconds until all are back."""
    with daemon(watches(count, heard.command, QUICK)) as running:
        victims = [heard.next()[0] for _ in range(count)]
        running.ready(count)
        time.sleep(1)
        began = time.monotonic()
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        return max(heard.next()[1] for _ in range(count)) - began


def show(name: str, waits: list[float]) -> None:
    ordered = sorted(waits)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"{name:<44} p50 {p50 * 1000:6.2f} ms   p99 {p99 * 1000:6.2f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--others", type=int, default=1000)
    parser.add_argument("--mass", type=int, default=1000)
    args = parser.parse_args()
    measures: list[tuple[str, Callable[[Births], list[float]]]] = [
        ("floor: pidfd and posix_spawn in Python", lambda it: floor(it, args.rounds)),
        ("overseer, one watch", lambda it: one(it, args.rounds)),
    ]
    if os.geteuid() == 0:
        other = f"{QUICK}\nuser: nobody"
        measures.append(("overseer, user: nobody", lambda it: one(it, args.rounds, other)))
    if args.others:
        name = f"overseer, among {args.others} others"
        measures.append((name, lambda it: among(it, args.rounds, args.others)))
    for name, measure in measures:
        with births() as heard:
            show(name, measure(heard))
    if args.mass:
        with births() as heard:
            print(f"{f'{args.mass} killed at once, all back':<44} {mass(heard, args.mass):.2f} s")


if __name__ == "__main__":
    main()
