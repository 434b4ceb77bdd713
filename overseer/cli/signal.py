"""overseer signal NAME... SIGNAL"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import NAMES
from overseer.errors import UsageError

EXAMPLES = {
    "signal": """examples:
  overseer signal nginx HUP
  overseer signal @web USR1
  overseer signal --all USR2"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=NAMES)
    parser.add_argument("signal", metavar="SIGNAL", help="HUP, SIGHUP or 1")
    parser.add_argument("--all", action="store_true", help="every watch; never by omission")


def run(args: Namespace, context: Context) -> int:
    if not (args.names or args.all):
        raise UsageError("signal whom? name a watch, then the signal: overseer signal web HUP")
    fields = {"names": args.names, "all": args.all, "signal": args.signal}
    return int(context.ask("signal", fields)["code"])
