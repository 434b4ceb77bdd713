"""overseer contacts test NAME"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context

EXAMPLES = {
    "contacts": """examples:
  overseer contacts test ops      send one alert now, and show the dialogue; secrets are masked"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=("test",), help="send one, past the queue")
    parser.add_argument("name", metavar="NAME", help="a contact")


def run(args: Namespace, context: Context) -> int:
    return int(context.ask("contacts_test", {"name": args.name})["code"])
