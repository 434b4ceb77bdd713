"""overseer quit and overseer terminate"""

import os
import select
import subprocess
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import patience
from overseer.control.protocol import Answer
from overseer.errors import DONE, FAILED

EXAMPLES = {
    "quit": """examples:
  overseer quit         the next `overseer run` finds the processes and goes on with them

With --terminate-on-shutdown, which the systemd unit uses, it is `overseer terminate`
while the machine goes down: `systemctl is-system-running` says stopping.""",
    "terminate": """examples:
  overseer terminate    what is wanted is kept: the next `overseer run` brings it back

A process that is unmonitored, or whose watch was removed while it ran, is left
as it is and named; `overseer stop` before ends what is unmonitored.

Exit code 0: nothing that overseer has launched lives any more, but for what its
file has live on (leftovers: leave). Exit code 1: something lives; it is named,
and `--json` has it in `survivors`.""",
}
SYSTEMD_ANSWERS = 5.0
"""Seconds in which systemctl is to answer."""
GOING = 10_000
"""Milliseconds that a daemon which has said it ends may take for it."""


def add_arguments(parser: ArgumentParser, word: str) -> None:
    if word == "terminate":
        parser.add_argument("--timeout", metavar="S", help="how long to wait for all, e.g. 90s")
    else:
        parser.add_argument(
            "--terminate-on-shutdown",
            action="store_true",
            help="terminate instead while the machine goes down",
        )
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    fields: dict[str, object] = {}
    verb = args.command
    if verb == "terminate":
        fields["timeout"] = patience(args.timeout)
    elif args.terminate_on_shutdown and shutting_down():
        verb = "terminate"
    daemon = watch(int(context.client.ask("ping")["pid"]))
    answer = context.client.ask(verb, fields) if args.json else context.ask(verb, fields)
    code, error = int(answer["code"]), answer.get("error")
    if code in (DONE, FAILED) and not gone(daemon):
        code, error = FAILED, "it has not ended yet; see its log"
    if args.json:
        lists = {key: answer.get(key, []) for key in ("survivors", "left")}
        more = {"verb": verb, "pid": answer.get("pid"), **lists}
        context.print_object({"code": code, "error": error, **more})
        return code
    if error != answer.get("error"):
        context.complain(str(error))
    elif code in (DONE, FAILED):
        context.print(f"overseer has ended; {what_of_its_processes(verb, answer)}")
    return code


def what_of_its_processes(verb: str, answer: Answer) -> str:
    if verb == "quit" or answer.get("observes"):
        return "its processes run on"
    if left := answer.get("left"):
        return f"left as it is: {', '.join(left)}"
    return "so have its processes" if answer["code"] == DONE else "some processes live on"


def shutting_down() -> bool:
    """Whether systemd is on its way down: the machine's, or this user's own."""
    ways = [[]] if os.geteuid() == 0 else [[], ["--user"]]
    return any(manager_state(way) == "stopping" for way in ways)


def manager_state(options: list[str]) -> str:
    """See is-system-running in systemctl(1); empty where systemd does not answer."""
    try:
        asked = subprocess.run(
            ["systemctl", *options, "is-system-running"],
            capture_output=True, text=True, timeout=SYSTEMD_ANSWERS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()


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
