"""overseer config show NAME [FILE...]"""

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from overseer.cli.context import Context
from overseer.errors import DONE, OverseerError, UnknownName
from overseer.model.copies import Scale
from overseer.model.watch import Watch

if TYPE_CHECKING:
    from overseer.config import Config

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
    elsewhere: dict[str, Watch] | None = None if args.files else {}
    found = config.load(files, check_host=False, elsewhere=elsewhere)
    if scales := scaled(found, context):
        found = config.load(files, check_host=False, elsewhere=elsewhere, scales=scales)
    if args.name not in found.watches:
        known = ", ".join(found.watches) or "none"
        raise UnknownName(f"no watch is called {args.name!r} there; there are: {known}")
    for one in found.copies.values():
        if one.scale and args.name in one.names:
            context.print(f"# {one}")
    text = explicit.render(args.name, found)
    if not args.explicit:
        text = "\n".join(line.split("  # ")[0] for line in text.splitlines())
    context.print(text.rstrip())
    return DONE


def scaled(found: "Config", context: Context) -> dict[str, Scale]:
    """What the daemon, where one answers, was asked for of definitions in these files."""
    if not found.copies:
        return {}
    try:
        known = context.client.ask("copies").get("copies", ())
    except OverseerError:
        return {}
    return {
        one["name"]: Scale(
            name=one["name"],
            instances=one["instances"],
            written=one["in_file"],
            by=one["scaled_by"],
        )
        for one in known
        if one["scaled_by"]
        and one["name"] in found.copies
        and os.path.abspath(found.copies[one["name"]].file) == one["file"]
    }
