"""overseer history [NAME...] and overseer events [NAME...]"""

import json
import time
from argparse import ArgumentParser, Namespace

from overseer.cli import lines
from overseer.cli.context import Context
from overseer.cli.verbs import duration
from overseer.control.protocol import Answer

EXAMPLES = {
    "history": """examples:
  overseer history                  the last lines about all watches
  overseer history web --since 2h
  overseer history web --every      what repeats itself too, line by line
  overseer history web -f --json    a line of JSON for each, as it happens
  overseer history --incident ID    one incident whole: samples, exits, lines of the log

What is told three times or more in a row stands there once, with "… 12 times"; -n counts lines
as they are shown. With --json nothing is folded.""",
    "events": """examples:
  overseer events                   what happens from now on, until Ctrl-C
  overseer events @front --json     for programs: one object a line
  overseer events --since 10m -f    with what has happened in the last ten minutes

The objects of --json have a version, `v`, and always the same keys; docs/commands.md lists them.
The first of what is new is `listening`: nothing after it is missed, or an object `left_out` says
how much.""",
}
AHEAD = 40
"""Lines asked for in place of each one that is to be shown, as many may be folded into one."""
MOST = 5_000


def add_arguments(parser: ArgumentParser, word: str) -> None:
    past = word == "history"
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--since", metavar="AGO", help="not older than this, e.g. 2h")
    parser.add_argument(
        "-n",
        "--lines",
        type=int,
        default=50 if past else None,
        metavar="N",
        help=f"the newest N entries (default: {50 if past else 0})",
    )
    parser.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="go on until Ctrl-C" if past else "what it does anyway",
    )
    if past:
        parser.add_argument("--incident", metavar="ID", help="as `overseer incidents` has it")
        parser.add_argument("--every", action="store_true", help="every line; fold nothing")
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(args: Namespace, context: Context) -> int:
    if getattr(args, "incident", None):
        from overseer.cli import incidents

        return incidents.tell(args, context)
    answer = events(args, context) if args.command == "events" else history(args, context)
    context.conclude(answer)
    return int(answer["code"])


def history(args: Namespace, context: Context) -> Answer:
    told = Told(args, context, fold=not (args.json or args.every))
    fields = asked(args, told.limit) | {"follow": args.follow}
    answer = context.client.ask("history", fields, told.hear)
    told.unfold()
    return answer


class Told:
    """What the daemon tells of the past is kept until it can be folded; the rest is shown."""

    def __init__(self, args: Namespace, context: Context, fold: bool) -> None:
        self._args = args
        self._context = context
        self._past: list[lines.Entry] | None = [] if fold else None

    @property
    def limit(self) -> int:
        """Lines to ask for."""
        shown: int = max(0, self._args.lines)
        return shown if self._past is None else min(MOST, shown * AHEAD)

    def hear(self, one: Answer) -> None:
        if "caught_up" in one:
            self.unfold()
        elif "entry" in one and self._past is not None:
            self._past.append(one["entry"])
        elif "entry" in one:
            show(one["entry"], self._args, self._context)
        elif "missing" in one:
            self._context.complain(one["say"])
        elif "about" in one and one["about"] != [self._args.name]:
            self._context.complain(f"the log of {', '.join(one['about'])}")

    def unfold(self) -> None:
        past, self._past = self._past, None
        for text in lines.folded(past or (), self._args.lines, self._context.coloured):
            self._context.print(text)


def events(args: Namespace, context: Context) -> Answer:
    limit = args.lines if args.lines is not None else MOST if args.since else 0

    def hear(one: Answer) -> None:
        if "event" in one:
            show(one["event"], args, context)

    return context.client.ask("events", asked(args, limit), hear)


def asked(args: Namespace, limit: int) -> dict[str, object]:
    ago = duration("--since", args.since)
    since = None if ago is None else time.time() - ago
    return {"names": args.names, "since": since, "limit": max(0, limit)}


def show(entry: lines.Entry, args: Namespace, context: Context) -> None:
    context.print(json.dumps(entry) if args.json else lines.line(entry, context.coloured))
