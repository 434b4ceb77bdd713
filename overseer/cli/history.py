"""overseer history [NAME...]"""

import json
import time
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import patience
from overseer.control.protocol import Answer

EXAMPLES = {
    "history": """examples:
  overseer history                  the last lines about all watches
  overseer history web --since 2h
  overseer history web -f --json    a line of JSON for each, as it happens"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--since", metavar="AGO", help="not older than this, e.g. 2h")
    parser.add_argument("-n", "--lines", type=int, default=50, help="at most so many")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(args: Namespace, context: Context) -> int:
    ago = patience(args.since)

    def hear(one: Answer) -> None:
        if "entry" in one:
            context.print(json.dumps(one["entry"]) if args.json else one["say"])

    fields = {
        "names": args.names,
        "since": None if ago is None else time.time() - ago,
        "limit": args.lines,
        "follow": args.follow,
    }
    answer = context.client.ask("history", fields, hear)
    context.conclude(answer)
    return int(answer["code"])
