"""overseer reexec"""

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE

EXAMPLES = {
    "reexec": """The daemon executes the installed version in its own process: programs run on
as its children, so the exit code of each is heard; sockets stay open, and
commands that wait for an answer get it from the new version. Before that the
installed version is tried in a process of its own: where it cannot read the
state or the watch files, or cannot be run, nothing is replaced and the reason
is said. Watch files are not read again; that is what `overseer load` does.
SIGUSR2 to the daemon is the same.

examples:
  pip install --upgrade overseer && overseer reexec
  overseer reexec --json                  both versions, and the pid that stays

Exit code 0: the installed version goes on. Exit code 1: it was refused, with
the reason, and the daemon goes on as it was.""",
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    parser.add_argument("--try", action="store_true", dest="trial", help=argparse.SUPPRESS)


def run(args: Namespace, context: Context) -> int:
    if args.trial:  # asked by the daemon that is to be replaced
        from overseer.daemon.trial import tried

        context.print(json.dumps(tried(json.load(sys.stdin))))
        return DONE
    before = context.client.ask("version")
    answer = context.client.ask("reexec") if args.json else context.ask("reexec", {})
    code, error = int(answer["code"]), answer.get("error")
    if args.json:
        versions = {"before": before["version"], "now": answer.get("version")}
        context.print_object({"code": code, "error": error, **versions, "pid": before["pid"]})
    elif code == DONE:
        what = f"{before['version']} was replaced by {answer['version']}"
        context.print(f"overseer {what}; pid {answer['pid']} as before")
    return code
