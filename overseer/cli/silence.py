"""overseer silence NAME... --for 2h, and what is silenced now"""

import json
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.tables import clock, columns
from overseer.cli.verbs import NAMES, duration
from overseer.errors import UsageError

EXAMPLES = {
    "silence": """examples:
  overseer silence web --for 2h --reason "disk is being replaced"
  overseer silence @db --for 30m
  overseer silence --list
  overseer silence --end web

Nobody is told of these watches meanwhile; the history says what happened. An incident that is
still open at the end is told then. Whoever had been told before hears that it is over.""",
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=NAMES)
    parser.add_argument("--all", action="store_true", help="every watch; never by omission")
    parser.add_argument("--for", dest="length", metavar="TIME", help="how long, e.g. 2h")
    parser.add_argument("--reason", metavar="TEXT", help="for whoever looks at status")
    parser.add_argument("--list", action="store_true", help="what is silenced now")
    parser.add_argument("--end", action="store_true", help="end the silence of these words")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: Namespace, context: Context) -> int:
    if args.list or not (args.names or args.all or args.length or args.end):
        return show(args, context)
    if not (args.names or args.all):
        raise UsageError("silence what? name a watch, a tag or a glob, or write --all")
    who: dict[str, object] = {"names": args.names, "all": args.all}
    fields = {**who, "for": duration("--for", args.length), "reason": args.reason}
    do, fields = ("silence_end", who) if args.end else ("silence", fields)
    if not args.json:
        return int(context.ask(do, fields)["code"])
    answer = context.client.ask(do, fields)
    kept = {key: answer.get(key) for key in ("code", "error", "silence", "ended", "watches")}
    context.print_object(kept)
    return int(answer["code"])


def show(args: Namespace, context: Context) -> int:
    answer = context.ask("silences", {})
    silences = answer.get("silences", [])
    if answer["code"]:
        return int(answer["code"])
    if args.json:
        context.print(json.dumps(silences, indent=2))
    elif silences:
        rows = [
            (" ".join(one["words"]), clock(one["until"]), one["by"], one["reason"])
            for one in silences
        ]
        for line in columns(("SILENCED", "UNTIL", "BY", "REASON"), rows, context.width):
            context.print(line)
    else:
        context.print("nothing is silenced")
    return int(answer["code"])
