"""overseer quit and overseer terminate"""

import os
import select
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import patience
from overseer.errors import DONE, FAILED

EXAMPLES = {
    "quit": """examples:
  overseer quit         the next `overseer run` finds the processes and goes on with them""",
    "terminate": """examples:
  overseer terminate    what is wanted is kept: the next `overseer run` brings it back

Exit code 1 if something survived; it is named.""",
}
GOING = 10_000
"""Milliseconds that a daemon which has said it ends may take for it."""


def add_arguments(parser: ArgumentParser, word: str) -> None:
    if word == "terminate":
        parser.add_argument("--timeout", metavar="S", help="how long to wait for all, e.g. 90s")


def run(args: Namespace, context: Context) -> int:
    fields: dict[str, object] = {}
    if args.command == "terminate":
        fields["timeout"] = patience(args.timeout)
    daemon = watch(int(context.client.ask("ping")["pid"]))
    answer = context.ask(args.command, fields)
    if answer["code"] not in (DONE, FAILED):
        return int(answer["code"])
    if not gone(daemon):
        context.complain("it has not ended yet; see its log")
        return FAILED
    context.print(
        "overseer has ended; "
        + (
            "its processes run on"
            if args.command == "quit" or answer.get("observes")
            else "so have its processes"
            if answer["code"] == DONE
            else "some processes live on"
        )
    )
    return int(answer["code"])


def watch(pid: int) -> int | None:
    """A pidfd, so that the end of the daemon is seen and no other process is taken for it."""
    try:
        return os.pidfd_open(pid)
    except OSError:  # in another pid namespace
        return None


def gone(daemon: int | None) -> bool:
    if daemon is None:
        return True
    poll = select.poll()
    poll.register(daemon, select.POLLIN)
    try:
        return bool(poll.poll(GOING))
    finally:
        os.close(daemon)
