"""overseer config show NAME [FILE...]"""

import os
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE, UnknownName

EXAMPLES = {
    "config": """examples:
  overseer config show web overseer.yml              as its file has it, defaults filled in
  overseer config show web --explicit overseer.yml   as transitions, with the origin of each value
"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=("show",), help="print the watch in its explicit form")
    parser.add_argument("name", metavar="NAME", help="a watch")
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")
    parser.add_argument(
        "--explicit", action="store_true", help="with the origin of every value as a comment"
    )


def run(args: Namespace, context: Context) -> int:
    from overseer import config
    from overseer.config import explicit

    files = config.find(args.files, context.where.config, os.getcwd())
    found = config.load(files, check_host=False, elsewhere=None if args.files else {})
    if args.name not in found.watches:
        known = ", ".join(found.watches) or "none"
        raise UnknownName(f"no watch is called {args.name!r} there; there are: {known}")
    text = explicit.render(args.name, found)
    if not args.explicit:
        text = "\n".join(line.split("  # ")[0] for line in text.splitlines())
    context.print(text.rstrip())
    return DONE
