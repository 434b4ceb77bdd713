"""overseer remove NAME..."""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import NAMES

EXAMPLES = {
    "remove": """examples:
  overseer remove web --stop      stop it, and forget it
  overseer remove web --leave     forget it, its process runs on

It stays away until `overseer load FILE` names its file; `overseer unload FILE`
forgets all that a file has."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help=NAMES)
    how = parser.add_mutually_exclusive_group()
    ending, leaving = "end its processes first", "let its processes run on"
    how.add_argument("--stop", dest="how", action="store_const", const="stop", help=ending)
    how.add_argument("--leave", dest="how", action="store_const", const="leave", help=leaving)


def run(args: Namespace, context: Context) -> int:
    return int(context.ask("remove", {"names": args.names, "how": args.how})["code"])
