"""overseer adopt NAME PID"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context

EXAMPLES = {
    "adopt": """examples:
  overseer adopt web 4711         from now on pid 4711 is what `web` keeps up"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("name", metavar="NAME", help="a watch whose process is down")
    parser.add_argument("pid", metavar="PID", type=int, help="a running process")


def run(args: Namespace, context: Context) -> int:
    return int(context.ask("adopt", {"name": args.name, "pid": args.pid})["code"])
