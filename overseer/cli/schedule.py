"""overseer schedule [NAME...]"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from overseer.cli.context import Context
from overseer.cli.show import DIM, GREEN, PLAIN, RED
from overseer.cli.tables import clock, columns
from overseer.errors import UsageError
from overseer.units import show_seconds

EXAMPLES = {
    "schedule": """examples:
  overseer schedule                   all that goes by the calendar: next, left, last, result
  overseer schedule backup            its last runs: when, how long, exit, what they printed
  overseer schedule backup -n 1 --lines 1000
  overseer schedule @nightly --json   for programs

What has `schedule:` or `restart_at:`. Of what a run prints the last 16KB are kept with it;
`overseer logs NAME` has all of it. `overseer trigger NAME` runs one now."""
}
HEADS = ("WATCH", "NEXT", "LEFT", "LAST", "TOOK", "RESULT")
LINES = 10
RUNS = 5
FAR = 300 * 86_400.0
GOOD = ("ok",)
BAD = ("failed", "timed_out")


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument(
        "-n", "--runs", type=int, default=RUNS, metavar="N", help="how many runs of one watch"
    )
    parser.add_argument(
        "--lines",
        type=int,
        default=LINES,
        metavar="N",
        help="how many lines of what each printed",
    )
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    for option, number in (("--runs", args.runs), ("--lines", args.lines)):
        if number < 0:
            raise UsageError(f"{option}: {number} is not understood; write 5, or 0")
    answer = context.ask("schedule", {"names": args.names, "runs": max(1, args.runs)})
    if answer["code"]:
        return int(answer["code"])
    found = answer["schedule"]
    if args.json:
        context.print(json.dumps({"schedule": found}, indent=2))
        return 0
    if args.names and len(found) == 1:
        shown = page(found[0], max(0, args.lines), context.coloured)
    elif found:
        shown = iter(columns(HEADS, [cells(one) for one in found], context.width))
    else:
        shown = iter(["nothing goes by the calendar: no watch has `schedule` or `restart_at`"])
    for line in shown:
        context.print(line)
    return 0


def cells(one: dict[str, Any]) -> tuple[str, ...]:
    last = one["last"] or {}
    left, took = one["left_s"], last.get("ran_for_s")
    return (
        one["name"],
        next_run(one) if one["next"] else "-",
        "-" if left is None else show_seconds(round(left)),
        clock(last["began"] or last["ended"]) if last else "-",
        "-" if took is None else show_seconds(took),
        "; ".join(now(one)),
    )


def next_run(one: dict[str, Any]) -> str:
    """With its year where months and days alone would be taken for those of this year."""
    if one["left_s"] is not None and one["left_s"] > FAR:
        return str(one["next"])[:19].replace("T", " ")
    return clock(one["next"])


def now(one: dict[str, Any]) -> Iterator[str]:
    """How the last run went, and what is so now."""
    if one["running"]:
        yield f"runs since {show_seconds(one['running']['for_s'])}"
    if one["waiting"]:
        yield "a run waits"
    if one["phase"] in ("stopped", "unmonitored"):
        yield str(one["phase"])
    yield outcome(one["last"], one["kind"]) if one["last"] else "never run"


def outcome(last: dict[str, Any], kind: str) -> str:
    if last["result"] in GOOD:
        return "ok" if kind == "scheduled" else "restarted"
    return str(last["message"])


def page(one: dict[str, Any], lines: int, coloured: bool) -> Iterator[str]:
    """Its last runs, the oldest first."""
    how = [f"{word}: {one[word]}" for word in ("missed", "overlap") if one[word]]
    if one["max_run_time_s"]:
        how.append(f"max_run_time: {show_seconds(one['max_run_time_s'])}")
    yield f"{one['name']}: {'; '.join([*one['moments'], *how])}"
    if one["next"]:
        yield f"next {next_run(one)}, in {show_seconds(round(one['left_s']))}"
    else:
        yield f"nothing follows: {one['phase']}"
    for last in one["runs"]:
        yield ""
        yield headline(last, one["kind"], coloured)
        yield from printed(last, lines, coloured)
    if one["running"] or one["waiting"] or not one["last"]:
        yield ""
        yield next(now(one))


def headline(last: dict[str, Any], kind: str, coloured: bool) -> str:
    tone = GREEN if last["result"] in GOOD else RED if last["result"] in BAD else ""
    said = last["message"] if kind == "scheduled" else outcome(last, kind)
    said = f"{tone}{said}{PLAIN}" if tone and coloured else said
    return f"{clock(last['began'] or last['ended'])}  {said}  ({last['by']})"


def printed(last: dict[str, Any], lines: int, coloured: bool) -> Iterator[str]:
    found = (last["output"] or "").splitlines()
    if lines < len(found):
        yield f"    ({len(found) - lines} lines before; --lines {len(found)})"
    for line in found[len(found) - lines :] if lines < len(found) else found:
        yield f"    {DIM}{line}{PLAIN}" if coloured else f"    {line}"
