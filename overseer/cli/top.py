"""overseer top [NAME...]"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

from overseer.cli.context import Context
from overseer.cli.show import Watch, known, tint, word
from overseer.cli.tables import Grid, cut
from overseer.control.protocol import Answer
from overseer.errors import DONE, OverseerError, UsageError
from overseer.units import show_bytes, show_count, show_percent, show_seconds

EXAMPLES = {
    "top": """examples:
  overseer top                   what uses most CPU, live; m: memory, c: CPU, n: names, q: leave
  overseer top @web --sort memory
  overseer top | head            one table, where the output is no terminal

Numbers are those of whole trees: a process with all its descendants."""
}
HEADS = ("WATCH", "STATE", "PID", "PROCS", "UP", "RST", "CPU", "MEM")
SPARE = ("RST", "UP", "PROCS", "PID")
"""Columns that a narrow terminal does without, the first first."""
FIRST = 1.0
"""Seconds between the first two looks: of one look alone there is no CPU to tell."""
SORTS = {"cpu": "cpu_percent", "memory": "memory_bytes", "name": "name"}
KEYS = {"c": "cpu", "m": "memory", "n": "name"}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--sort", choices=tuple(SORTS), default="cpu", help="what stands first")
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    parser.add_argument("--every", metavar="S", default="2s", help="how often to look, e.g. 5s")


def run(args: Namespace, context: Context) -> int:
    from overseer.cli.verbs import duration

    every = duration("--every", args.every) or 0.0
    if every < 0.5:
        raise UsageError(f"--every: {args.every} is too often; write 1s or more")
    answer = ask(args, context)
    if "status" not in answer:
        context.conclude(answer)
        return int(answer["code"])
    if context.out.isatty() and not args.json:
        return live(args, context, answer, every)
    if any(watch["pid"] and watch["cpu_percent"] is None for watch in answer["status"]["watches"]):
        time.sleep(FIRST)
        answer = ask(args, context)
    if args.json:
        import json

        status = answer["status"]
        context.print(json.dumps(status | {"watches": ordered(status["watches"], args.sort)}))
    else:
        context.print("\n".join(table(answer["status"], args.sort, None, coloured=False)))
    return DONE


def live(args: Namespace, context: Context, answer: Answer, every: float) -> int:
    from overseer.cli.screen import QUIT, Screen

    pause = FIRST
    try:
        with Screen(context.out).open() as screen:
            while True:
                screen.draw(lines(answer, args.sort, context.width, context.coloured))
                key = screen.key(pause)
                if key == QUIT:
                    return DONE
                args.sort = KEYS.get(key, args.sort)
                if not key:
                    answer, pause = ask_again(args, context), every
    except KeyboardInterrupt:
        return DONE


def lines(answer: Answer, sort: str, width: int | None, coloured: bool) -> list[str]:
    if "status" not in answer:
        return [str(answer.get("error", "no answer")), "trying again"]
    return table(answer["status"], sort, width, coloured)


def ask(args: Namespace, context: Context) -> Answer:
    return context.client.ask("status", {"names": args.names, "tree": True})


def ask_again(args: Namespace, context: Context) -> Answer:
    try:
        return ask(args, context)
    except OverseerError as error:
        return {"error": str(error)}


def table(status: dict[str, Any], sort: str, width: int | None, coloured: bool) -> list[str]:
    watches = ordered(status["watches"], sort)
    rows = [[*cells(watch), ""] for watch in watches]
    grid = Grid((*HEADS, ""), rows, width, SPARE)
    headline = header(status, sort)
    lines = [headline if width is None else cut(headline, width), "", grid.head()]
    for watch, row in zip(watches, rows, strict=True):
        first, *under = grid.lines(row)
        lines += [tint(first, watch, grid.name, coloured), *under]
    return lines


def ordered(watches: Sequence[Watch], sort: str) -> list[Watch]:
    if sort == "name":
        return sorted(watches, key=lambda watch: str(watch["name"]))
    return sorted(watches, key=lambda watch: watch[SORTS[sort]] or 0.0, reverse=True)


def header(status: dict[str, Any], sort: str) -> str:
    watches, daemon = status["watches"], status["daemon"]
    cpu = sum(watch["cpu_percent"] or 0.0 for watch in watches)
    memory = sum(watch["memory_bytes"] or 0 for watch in watches)
    count = sum(watch["processes"] for watch in watches)
    return (
        f"{daemon['host']}: {show_count(len(watches), 'watch', 'es')},"
        f" {show_count(count, 'process', 'es')}, cpu {show_percent(cpu)},"
        f" memory {show_bytes(memory)}; by {sort}"
    )


def cells(watch: Watch) -> list[str]:
    return [
        watch["name"],
        word(watch),
        known(watch["pid"], str),
        str(watch["processes"]),
        known(watch["uptime_s"], show_seconds),
        str(watch["restarts"]),
        known(watch["cpu_percent"], show_percent),
        known(watch["memory_bytes"], show_bytes),
    ]
