"""What a mail queue goes through, and whether any mail is lost or comes twice.

    python benchmarks/mail_storm.py [--only NAME] [--mails 600] [--kills 10] [--url postgresql]

Needs the development extras (aiosmtpd); full-disk and two-hosts need root.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from storms import (
    full_disk,
    killed_application,
    killed_worker,
    outage,
    relay,
    renamed_job,
    two_hosts,
)
from storms.verdict import Skipped, Verdict

STORMS: dict[str, tuple[Callable[[Path, int, int, str], Verdict], str]] = {
    "worker": (killed_worker.storm, "kill -9 of the worker and its process group"),
    "application": (killed_application.storm, "kill -9 of the application while it puts"),
    "full-disk": (full_disk.storm, "no room, not even for the log: for application and worker"),
    "outage": (outage.storm, "a day without the mail server, by a clock that is turned"),
    "421": (relay.says_421, "a server that takes so many mails over one connection"),
    "cut-off": (relay.cuts_off, "connections that end after DATA, before the 250"),
    "two-hosts": (two_hosts.storm, "workers on two hosts of one PostgreSQL, one of them cut off"),
    "renamed-job": (renamed_job.storm, "a job whose function has another name by now"),
}
LIST = "\n".join(f"  {name:12} {what}" for name, (_, what) in STORMS.items())


def blow(name: str, args: argparse.Namespace) -> bool:
    """False: it has not passed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        try:
            verdict = STORMS[name][0](Path(folder), args.mails, args.kills, args.url)
        except Skipped as why:
            print(f"{name:12} skipped: {why}", flush=True)
            return True
    first, *rest = verdict.lines()
    word = "passed" if verdict.passed else "FAILED"
    print(f"{name:12} {word} in {time.monotonic() - began:.0f} s: {first}")
    for line in rest:
        print(f"{'':12} {line}", flush=True)
    return verdict.passed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"storms:\n{LIST}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", action="append", choices=STORMS, metavar="NAME", help="see below")
    parser.add_argument("--mails", type=int, default=600)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument(
        "--url", default="", help="`postgresql`: a server of its own (default: a file)"
    )
    args = parser.parse_args()
    passed = [blow(name, args) for name in args.only or STORMS]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
