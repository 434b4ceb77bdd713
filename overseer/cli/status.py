"""overseer status [NAME...]"""

import json
import time
from argparse import ArgumentParser, Namespace

from overseer.cli import show
from overseer.cli.context import Context

EXAMPLES = {
    "status": """examples:
  overseer status               every watch, a line each
  overseer status web           one in full: checks, last exit, history, output
  overseer status @mail --json  for programs
  overseer status --watch       again every 2 s, until Ctrl-C

Exit code 0: every watch that is wanted up is up (with names: each of them is); 3: not; 4: no such
name; 5: no daemon."""
}
EVERY = 2.0
CLEAR = "\x1b[H\x1b[2J"


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    parser.add_argument("--watch", action="store_true", help=f"again every {EVERY:.0f} s")


def run(args: Namespace, context: Context) -> int:
    code = once(args, context)
    while args.watch:
        time.sleep(EVERY)
        if context.out.isatty():
            context.out.write(CLEAR)
        code = once(args, context)
    return code


def once(args: Namespace, context: Context) -> int:
    single = len(args.names) == 1
    answer = context.ask("status", {"names": args.names, "full": single})
    code: int = answer["code"]
    status = answer.get("status")
    if status is None:
        return code
    if args.json:
        context.print(json.dumps(status, indent=2))
    elif single and len(status["watches"]) == 1:
        context.print("\n".join(show.page(status["watches"][0])))
    else:
        context.print("\n".join(show.table(status, context.width, context.coloured)))
    return code
