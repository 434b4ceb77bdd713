"""overseer wait NAME..."""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import NAMES, patience
from overseer.errors import UsageError

EXAMPLES = {
    "wait": """examples:
  overseer wait web --timeout 60s        until it is up, also by others
  overseer wait @mail --for down
  overseer wait migrate --for completed  a one-shot, also by others
  overseer wait web --for gave_up        any word that `status` has for where a watch is

It ends when all of them are so at the same time. Exit code 0: they are; 3: not up in time; 1: not
so in time, or a one-shot has failed that is to be completed; without --timeout it waits for
ever."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=NAMES)
    parser.add_argument("--all", action="store_true", help="every watch")
    parser.add_argument(
        "--for",
        dest="what",
        default="up",
        metavar="WHAT",
        help="up, down (nothing of it runs), or a phase: stopped, completed, failed ...",
    )
    parser.add_argument("--timeout", metavar="S", help="give up after that, e.g. 60s")


def run(args: Namespace, context: Context) -> int:
    if not (args.names or args.all):
        raise UsageError("wait for whom? name a watch, a tag or a glob, or write --all")
    fields = {
        "names": args.names,
        "all": args.all,
        "for": args.what,
        "timeout": patience(args.timeout),
    }
    return int(context.ask("wait", fields)["code"])
