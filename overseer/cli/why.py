"""overseer why NAME..."""

import json
import time
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import NAMES
from overseer.control.protocol import Answer
from overseer.control.why import why
from overseer.errors import DONE

EXAMPLES = {
    "why": """examples:
  overseer why web          what happened to it, what shows it, what follows, what to type
  overseer why @front       a paragraph each
  overseer why web --json   for programs

Exit code 0 whatever is so: ask `overseer status web` whether it is up."""
}
ENTRIES = 200
"""Lines of the history that are looked through."""


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help=NAMES)
    parser.add_argument("--json", action="store_true", help="one object a watch, a line each")


def run(args: Namespace, context: Context) -> int:
    fields = {"names": args.names, "full": True, "entries": ENTRIES, "lines": 0}
    answer = context.client.ask("status", fields)
    context.conclude(answer)
    if "status" not in answer:
        return int(answer["code"])
    for place, watch in enumerate(answer["status"]["watches"]):
        if args.json:
            context.print(json.dumps(told(watch)))
        else:
            text = why(watch, time.strftime("%Y-%m-%d"))
            context.print("\n" * bool(place) + folded(text, context.width))
    return DONE


def told(watch: Answer) -> Answer:
    return {"watch": watch["name"], "phase": watch["phase"], "why": why(watch)}


def folded(text: str, width: int | None) -> str:
    """Within the terminal, and never wider than is good to read."""
    if width is None:
        return text
    import textwrap

    return textwrap.fill(text, min(width, 100), break_on_hyphens=False)
