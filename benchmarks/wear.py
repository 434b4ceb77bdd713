"""What start-up takes, what a program that never stays costs, and what many restarts leave behind.

    python benchmarks/wear.py [--watches 1000] [--restarts 10000] [--seconds 30]

The floor of the start-up is a bare loop of posix_spawn.
"""

import argparse
import os
import signal
import time

from daemon import Daemon, daemon, watches

QUICK = "start_grace: 0\nrestart_delay: 0s"


def floor(count: int) -> float:
    began = time.monotonic()
    pids = [
        os.posix_spawn("/bin/sleep", ["sleep", "100000"], dict(os.environ), setsid=True)
        for _ in range(count)
    ]
    took = time.monotonic() - began
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return took


def start_up(count: int) -> float:
    """Seconds from the command to all of them running, as `status` says."""
    began = time.monotonic()
    with daemon(watches(count, "/bin/sleep 100000", "start_grace: 0")) as running:
        running.ready(count)
        return time.monotonic() - began


def never_stays(seconds: float) -> float:
    """Percent of a core of the daemon, for a program that exits at once, as it is by default."""
    file = watches(1, "/bin/true").replace("    flapping: off\n", "")
    with daemon(file) as running:
        time.sleep(2)
        before = running.cpu()
        time.sleep(seconds)
        return 100 * (running.cpu() - before) / seconds


def restarts(count: int, at_once: int = 50) -> tuple[float, float]:
    """PSS in MB after the first thousand, and after so many."""
    with daemon(watches(at_once, "/bin/sleep 100000", QUICK)) as running:
        running.ready(at_once)
        kill(running, 1000 // at_once, at_once)
        first = running.memory()["PSS"]
        kill(running, (count - 1000) // at_once, at_once)
        return first, running.memory()["PSS"]


def kill(running: Daemon, rounds: int, at_once: int) -> None:
    for _ in range(rounds):
        victims = {watch["name"]: watch["pid"] for watch in running.status()["watches"]}
        for pid in victims.values():
            os.kill(pid, signal.SIGKILL)
        while not is_back(running, victims):
            time.sleep(0.01)


def is_back(running: Daemon, victims: dict[str, int]) -> bool:
    return all(
        watch["phase"] == "up" and watch["pid"] != victims[watch["name"]]
        for watch in running.status()["watches"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, default=1000)
    parser.add_argument("--restarts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    args = parser.parse_args()
    print(f"floor: {args.watches} x posix_spawn                {floor(args.watches):5.2f} s")
    print(f"start-up, {args.watches} watches all running       {start_up(args.watches):5.2f} s")
    print(f"a program that exits at once             {never_stays(args.seconds):5.2f} % of a core")
    before, after = restarts(args.restarts)
    print(f"after {args.restarts} restarts                    {after - before:+5.2f} MB PSS")


if __name__ == "__main__":
    main()
