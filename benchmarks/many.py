"""Stopping, adopting and ending many at once: what each watch costs, as there are more of them.

    python benchmarks/many.py [--counts 100,1000,10000]

For each count: a start, kill -9 of the daemon and adoption by the next one, `stop --all`, a start
again, `terminate`. The floor is a bare loop on the same machine in the same run that does by hand
what an end cannot do without: a signal by pidfd to each of as many `sleep`s, and a wait for each.
The last column says how much more a watch costs with the most than with the fewest.
"""

import argparse
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from daemon import watches

from overseer.control.client import Client
from overseer.errors import OverseerError

PATIENCE = 900.0
PROGRAM = "/bin/sleep 100000"


class Trial:
    """One state folder, and the daemons that follow each other in it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self.file = folder / "many.yml"
        self.file.write_text(watches(count, PROGRAM))
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        argv = [sys.executable, "-m", "overseer", "run", "--no-strict", "--log-level", "warning"]
        argv += ["--state-dir", str(self.folder), str(self.file)]
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def all_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                found = self.ask("status")["status"]["watches"]
            except OverseerError:
                found = []
            if sum(watch["phase"] == "up" for watch in found) == self.count:
                return
            time.sleep(0.02 + self.count / 20_000)
        raise SystemExit(f"{self.count} watches did not come up in {PATIENCE:.0f} s")

    def ask(self, do: str, fields: dict[str, object] | None = None) -> dict[str, object]:
        with Client(str(self.folder / "overseer.sock")) as client:
            answer: dict[str, object] = client.ask(do, fields)
            return answer

    def killed(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(PATIENCE)

    def adopted(self) -> None:
        self.begin()
        self.all_up()

    def stopped(self) -> None:
        answer = self.ask("stop", {"all": True})
        assert answer["code"] == 0, answer

    def started(self) -> None:
        answer = self.ask("start", {"all": True})
        assert answer["code"] == 0, answer

    def terminated(self) -> None:
        assert self.process
        answer = self.ask("terminate")
        assert answer["code"] == 0, answer
        self.process.wait(PATIENCE)


def pids(trial: Trial) -> set[int]:
    found = trial.ask("status")["status"]["watches"]
    return {watch["pid"] for watch in found}


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def floor(count: int) -> float:
    """Seconds to signal so many by pidfd and to collect each."""
    sleeps = [subprocess.Popen(PROGRAM.split(), close_fds=False) for _ in range(count)]
    poll = select.epoll()
    opened = {os.pidfd_open(one.pid): one for one in sleeps}
    for pidfd in opened:
        poll.register(pidfd, select.EPOLLIN)

    def end() -> None:
        for pidfd in opened:
            signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        left = set(opened)
        while left:
            for pidfd, _ in poll.poll():
                os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
                poll.unregister(pidfd)
                os.close(pidfd)
                left.discard(pidfd)

    took = seconds(end)
    for one in sleeps:
        one.returncode = 0
    return took


def measure(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="overseer-many-") as name:
        trial = Trial(Path(name), count)
        found = {"floor": floor(count)}
        trial.begin()
        found["start"] = seconds(trial.all_up)
        before = pids(trial)
        trial.killed()
        found["adoption"] = seconds(trial.adopted)
        assert pids(trial) == before, "adopted others than there were"
        found["stop --all"] = seconds(trial.stopped)
        trial.started()
        found["terminate"] = seconds(trial.terminated)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="100,1000,10000")
    counts = [int(word) for word in parser.parse_args().counts.split(",")]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = {}
    for count in counts:
        found[count] = measure(count)
        print(f"{count}: " + ", ".join(f"{k} {v:.2f} s" for k, v in found[count].items()))
    head = "".join(f"{count:>14,}" for count in counts)
    print(f"\nms a watch  {head}    most / fewest")
    for what in found[counts[0]]:
        each = [1000 * found[count][what] / count for count in counts]
        row = "".join(f"{one:>14.3f}" for one in each)
        print(f"{what:<12}{row}{each[-1] / each[0]:>14.2f}")


if __name__ == "__main__":
    main()
