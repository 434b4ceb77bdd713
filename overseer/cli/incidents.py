"""overseer incidents [NAME...], and the story of one: overseer history --incident ID"""

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from overseer.cli import lines
from overseer.cli.context import Context
from overseer.cli.tables import clock, columns, cut
from overseer.cli.verbs import NAMES, duration
from overseer.errors import DONE
from overseer.units import show_seconds

EXAMPLES = {
    "incidents": """examples:
  overseer incidents                 what went wrong of late, and what still does
  overseer incidents web --since 7d
  overseer incidents @db --json      one object a line
  overseer history --incident ID     one of them whole: samples, exits, lines of the log

An incident begins with the first alarm of a watch and ends with its recovery, or when somebody
stops the watch. The mails about it carry its ID in X-Overseer-Incident."""
}
MOST = 5_000
LEAST = 0.1
"""Seconds: what has run for less has not run."""
NARROW = 24
"""Columns that a sentence has on a terminal, before the last one."""
HEADS = ("INCIDENT", "WATCH", "BEGAN", "LASTED", "FIRST", "LAST")


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=NAMES)
    parser.add_argument("--since", metavar="AGO", help="in which something happened since, e.g. 7d")
    parser.add_argument("-n", "--lines", type=int, default=20, metavar="N", help="how many at most")
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(args: Namespace, context: Context) -> int:
    ago = duration("--since", args.since)
    since = None if ago is None else time.time() - ago
    fields = {"names": args.names, "since": since, "limit": max(0, args.lines)}
    answer = context.ask("incidents", fields)
    found = answer.get("incidents", [])
    if args.json:
        for one in found:
            context.print(json.dumps(one))
    elif found:
        rows = [cells(one, context.width) for one in found]
        for text in columns(HEADS, rows, context.width):
            context.print(text)
    elif not answer["code"]:
        context.print("no incident")
    return int(answer["code"])


def cells(one: dict[str, Any], width: int | None) -> tuple[str, ...]:
    lasted = "open" if one["open"] else show_seconds(one["lasted_s"])
    first = one["first"] if width is None else cut(one["first"], NARROW)
    last = one["last"]
    if error := one.get("error_line"):
        last += f" ({lines.harmless(error)})"
    return (one["incident"], one["watch"] or "overseer", clock(one["began"]), lasted, first, last)


def tell(args: Namespace, context: Context) -> int:
    """The story of one, from its beginning."""
    entries: list[lines.Entry] = []

    def hear(one: dict[str, Any]) -> None:
        if "entry" in one:
            entries.append(one["entry"])

    fields = {"incident": args.incident, "limit": MOST}
    answer = context.client.ask("history", fields, hear)
    context.conclude(answer)
    if answer["code"] == DONE:
        told = map(json.dumps, entries) if args.json else story(entries, context.coloured)
        for text in told:
            context.print(text)
    return int(answer["code"])


def story(entries: Sequence[lines.Entry], coloured: bool) -> Iterator[str]:
    """What repeats itself is folded; what shows something stands under it."""
    for one in lines.fold(entries):
        yield from lines.told(one, coloured)
        yield from (text for entry in one.entries for text in shown(entry))


def shown(entry: lines.Entry) -> Iterator[str]:
    from overseer.cli.page import ended

    if entry["samples"]:
        yield f"    samples: {', '.join(entry['samples'])}"
    how = "" if entry["exit"] is None else ended(entry["exit"])
    ran = entry["ran_for_s"] or 0.0
    said = [how] if how and how not in entry["message"] else []
    said += [f"after {show_seconds(ran)}"] if how and ran >= LEAST else []
    if said:
        yield f"    {', '.join(said)}"
    if entry["lines"] and entry.get("lines_at"):
        yield f"    the end of {entry['log']} at {lines.moment(entry['lines_at'])}:"
    elif entry.get("note"):
        yield f"    ({lines.harmless(entry['note'])})"
    yield from (f"    | {lines.harmless(text)}" for text in entry["lines"])
