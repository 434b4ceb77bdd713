"""Until all is up: so many watches that depend on each other at random, beside the same without.

    python benchmarks/dependencies.py [--watches 1000] [--most 3] [--rounds 3]

Each watch depends on up to so many of those before it. The order of the file is shuffled.
"""

import argparse
import os
import random
import sys
import time
from statistics import median

from daemon import daemon

ALLOWED = 1.5
"""Times as long as without dependencies."""
COMMAND = "/bin/sleep 100000"


def graph(count: int, most: int, seed: int) -> dict[str, list[str]]:
    """What each depends on, in the order of the file."""
    chance = random.Random(seed)
    names = [f"w{number}" for number in range(count)]
    needs = {
        name: chance.sample(names[:place], min(place, chance.randint(0, most)))
        for place, name in enumerate(names)
    }
    return {name: needs[name] for name in chance.sample(names, count)}


def depth(needs: dict[str, list[str]]) -> int:
    """Watches of the longest chain."""
    deep: dict[str, int] = {}
    for name in sorted(needs, key=lambda name: int(name[1:])):
        deep[name] = 1 + max((deep[one] for one in needs[name]), default=0)
    return max(deep.values())


def watch_file(needs: dict[str, list[str]], *, free: bool) -> str:
    lines = [
        f"defaults: {{user: '{os.geteuid()}', command: {COMMAND}, start_grace: 0s}}",
        "watches:",
    ]
    for name, on in needs.items():
        lines.append(f"  {name}: {{}}" if free or not on else f"  {name}: {{depends_on: {on}}}")
    return "\n".join(lines) + "\n"


def measure(needs: dict[str, list[str]], *, free: bool) -> tuple[float, float]:
    """Seconds until all are up, and of CPU that the daemon used."""
    began = time.monotonic()
    with daemon(watch_file(needs, free=free)) as running:
        running.ready(len(needs))
        return time.monotonic() - began, running.cpu()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, default=1000)
    parser.add_argument("--most", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    shares = []
    for seed in range(args.rounds):
        needs = graph(args.watches, args.most, seed)
        ties = sum(map(len, needs.values()))
        free, free_cpu = measure(needs, free=True)
        bound, bound_cpu = measure(needs, free=False)
        shares.append(bound / free)
        print(
            f"{args.watches} watches: without {free:.2f} s ({free_cpu:.2f} s of CPU);"
            f" {ties} dependencies, {depth(needs)} deep: {bound:.2f} s ({bound_cpu:.2f} s),"
            f" {bound / free:.2f} times as long",
            flush=True,
        )
    share = median(shares)
    print(f"median {share:.2f}; allowed {ALLOWED}")
    return 0 if share <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
