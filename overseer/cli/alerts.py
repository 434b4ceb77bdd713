"""overseer alerts"""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from overseer.cli.context import Context
from overseer.cli.tables import clock, columns, cut

EXAMPLES = {
    "alerts": """examples:
  overseer alerts            what waits, for whom, why, and when it is tried again
  overseer alerts --json

Lost is what a server refused for good within the last day, or what nobody took for five.""",
}
NARROW = 20
"""Columns that a headline has at least, however narrow the terminal is."""
HEADS = ("CONTACT", "WATCH", "ALERT", "OF", "NEXT TRY", "WHY")


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("--json", action="store_true", help="one object: alerts, silences, trouble")


def run(args: Namespace, context: Context) -> int:
    answer = context.ask("alerts", {})
    if answer["code"]:
        return int(answer["code"])
    if args.json:
        shown = {name: answer.get(name) for name in ("alerts", "silences", "trouble")}
        context.print(json.dumps(shown, indent=2))
        return 0
    for line in lines(answer, context.width):
        context.print(line)
    return 0


def lines(answer: dict[str, Any], width: int | None) -> list[str]:
    found = columns(HEADS, [cells(one, width) for one in answer["alerts"]], width)
    found = found if answer["alerts"] else ["no alert waits"]
    if trouble := answer.get("trouble"):
        found.append(f"what is new is in memory only, and not told yet: {trouble}")
    for one in answer["silences"]:
        why = f" ({one['reason']})" if one["reason"] else ""
        said = f"silenced until {clock(one['until'])}: {' '.join(one['words'])}"
        found.append(f"{said}, by {one['by']}{why}")
    return found


def cells(one: dict[str, Any], width: int | None) -> tuple[str, ...]:
    headline = one["headline"] if width is None else cut(one["headline"], max(NARROW, width // 4))
    lost = one["stage"] == "lost"
    following = "never" if lost else clock(one["next"]) if one["next"] else "-"
    return (
        one["contact"],
        one["watch"] or "overseer",
        headline,
        clock(one["at"]),
        following,
        f"lost: {one['why']}" if lost else one["why"],
    )
