"""What overseer costs while nothing happens: CPU and memory; beside a bare loop of /proc reads.

python benchmarks/idle_cost.py [--watches 1000] [--seconds 20]
"""

import argparse
import os
import subprocess
import sys
import time

from daemon import daemon, watches

LIMITS = "interval: 5s\nrestart_if: {memory_usage: 1GB, cpu_usage: 99%}"
TREES = "interval: 5s\nmemory: 1GB"
FLOOR = """
import os, sys, time
pids, seconds = sys.argv[2].split(','), float(sys.argv[1])
files = [os.open(f'/proc/{pid}/stat', os.O_RDONLY) for pid in pids]
began, end = time.process_time(), time.monotonic() + seconds
while time.monotonic() < end:
    due = time.monotonic() + 5
    for file in files:
        line = os.pread(file, 1024, 0)
        fields = line[line.rfind(b')') + 2:].split()
        int(fields[21]), int(fields[11]) + int(fields[12])
    time.sleep(max(0, min(due, end) - time.monotonic()))
print(time.process_time() - began)
"""
IMPORTS = "import yaml, jinja2, sqlite3, apscheduler.schedulers.background, time; time.sleep(9)"


def cost(count: int, more: str, seconds: float) -> tuple[float, dict[str, float], float]:
    """Percent of a core; MB; and the floor's percent for the same processes."""
    with daemon(watches(count, "/bin/sleep 100000", more)) as running:
        running.ready(count)
        time.sleep(7)  # first samples, and whatever the start has left to do
        before = running.cpu()
        time.sleep(seconds)
        used = running.cpu() - before
        pids = ",".join(str(watch["pid"]) for watch in running.status()["watches"])
        argv = [sys.executable, "-c", FLOOR, str(seconds), pids]
        bare = subprocess.run(argv, capture_output=True, text=True, check=True)
        return 100 * used / seconds, running.memory(), 100 * float(bare.stdout) / seconds


def imports() -> float:
    """PSS in MB of an interpreter that has imported what the daemon is given."""
    process = subprocess.Popen([sys.executable, "-c", IMPORTS])
    time.sleep(1.5)
    with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
        pss = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    process.kill()
    process.wait()
    return pss / 1024


def show(name: str, count: int, more: str, seconds: float) -> None:
    used, memory, bare = cost(count, more, seconds)
    sizes = ", ".join(f"{kind} {size:.1f} MB" for kind, size in memory.items())
    print(f"{name:<40} {used:5.2f} % of a core (floor {bare:.2f} %), {sizes}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    print(f"{'floor: imports alone':<40} PSS {imports():.1f} MB, on {os.cpu_count()} cores")
    show("10 watches, limits every 5 s", 10, LIMITS, args.seconds)
    show(f"{args.watches} watches, limits every 5 s", args.watches, LIMITS, args.seconds)
    show(f"{args.watches} watches, trees every 5 s", args.watches, TREES, args.seconds)


if __name__ == "__main__":
    main()
