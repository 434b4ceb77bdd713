"""overseer status [NAME...]"""

import json
import time
from argparse import ArgumentParser, Namespace

from overseer.cli import show
from overseer.cli.context import Context
from overseer.control.protocol import Answer
from overseer.errors import OverseerError

EXAMPLES = {
    "status": """examples:
  overseer status                   every watch, a line each
  overseer status web               one in full: checks, last exit, history, output
  overseer status web --lines 100   with more of what it printed
  overseer status @mail --json      for programs
  overseer status --tree            what depends on what, and for whom it waits
  overseer status --watch           live, until q or Ctrl-C

Exit code 0: every watch that is wanted up is up (with names: each of them is), and no incident is
open; 3: not so; 4: no such name; 5: no daemon."""
}
EVERY = 2.0
HANG = " " * 13
"""Before the rest of a line of the page that is too long for the terminal."""
LINES = 10


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    parser.add_argument("--tree", action="store_true", help="under each what it depends on")
    parser.add_argument("--watch", action="store_true", help=f"again every {EVERY:.0f} s")
    parser.add_argument(
        "--lines", type=int, default=LINES, metavar="N", help="of its log, with one NAME"
    )


def run(args: Namespace, context: Context) -> int:
    if args.watch and context.out.isatty() and not args.json:
        return live(args, context)
    code = once(args, context)
    while args.watch:
        time.sleep(EVERY)
        code = once(args, context)
    return code


def once(args: Namespace, context: Context) -> int:
    answer = ask(args, context)
    context.conclude(answer)
    if status := answer.get("status"):
        text = (
            json.dumps(status, indent=2)
            if args.json
            else "\n".join(lines(answer, args.tree, context))
        )
        context.print(text)
    return int(answer["code"])


def live(args: Namespace, context: Context) -> int:
    """The same on a screen of its own. The code is that of the last look."""
    from overseer.cli.context import size
    from overseer.cli.screen import QUIT, Screen

    answer = ask(args, context)
    if "status" not in answer:
        context.conclude(answer)
        return int(answer["code"])
    try:
        with Screen(context.out).open() as screen:
            while True:
                shown = lines(answer, args.tree, context)
                screen.draw(show.shortened(shown, size(context.out)[1]))
                if screen.key(EVERY) == QUIT:
                    return int(answer["code"])
                answer = ask_again(args, context)
    except KeyboardInterrupt:
        return int(answer["code"])


def ask(args: Namespace, context: Context) -> Answer:
    if args.tree and not args.json:
        return ask_for_tree(args, context)
    return context.client.ask(
        "status",
        {
            "names": args.names,
            "full": len(args.names) == 1 and not args.tree,
            "lines": max(0, args.lines),
        },
    )


def ask_for_tree(args: Namespace, context: Context) -> Answer:
    """Of all, as those named may depend on any."""
    named = context.client.ask("status", {"names": args.names})
    if not args.names or "status" not in named:
        return named | {"chosen": ()}
    chosen = [watch["name"] for watch in named["status"]["watches"]]
    whole = context.client.ask("status", {})
    return whole | {"chosen": chosen, "code": named["code"]}


def ask_again(args: Namespace, context: Context) -> Answer:
    """A daemon that has gone may come back: an upgrade is worth watching."""
    try:
        return ask(args, context)
    except OverseerError as error:
        return {"code": error.exit_code, "error": str(error)}


def lines(answer: Answer, tree: bool, context: Context) -> list[str]:
    status = answer.get("status")
    if status is None:
        return [str(answer.get("error", "no answer")), "trying again"]
    watches = status["watches"]
    if tree:
        from overseer.cli.tree import states

        return states(status, answer["chosen"], context.width, context.coloured)
    if len(watches) == 1 and "full" in watches[0]:
        from overseer.cli.page import page

        found = page(watches[0], context.coloured)
        return [text for one in found for text in show.folded(one, context.width, HANG)]
    return show.table(status, context.width, context.coloured)
