"""overseer doctor"""

import json
from argparse import ArgumentParser, Namespace

from overseer import VERSION
from overseer.cli.context import Context
from overseer.cli.show import GREEN, PLAIN, RED, YELLOW
from overseer.doctor.finding import Finding, Level
from overseer.errors import DONE, FAILED
from overseer.units import show_count

EXAMPLES = {
    "doctor": """examples:
  overseer doctor           the daemon, its files, folders and contacts, and this machine
  overseer doctor --json    for programs

Every line is ok, warning or problem, with what to do. Nothing is changed and no alert is sent.
It works without a daemon too; that none answers is a problem. Exit code 1: a problem was found."""
}
COLOURS = {Level.OK: GREEN, Level.WARNING: YELLOW, Level.PROBLEM: RED}
WIDTH = 17


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    from overseer.doctor.visit import visit

    findings: list[Finding] = []
    for one in visit(context.client, context.where, VERSION):
        findings.append(one)
        if not args.json:
            context.print(line(one, context.coloured))
    count = {level: sum(one.level is level for one in findings) for level in Level}
    problems, warnings = count[Level.PROBLEM], count[Level.WARNING]
    if args.json:
        every = [one._asdict() for one in findings]
        context.print(
            json.dumps({"problems": problems, "warnings": warnings, "findings": every}, indent=2)
        )
    else:
        counts = f"{show_count(problems, 'problem')}, {show_count(warnings, 'warning')}"
        context.print(f"\n{counts}, {count[Level.OK]} ok")
    return FAILED if problems else DONE


def line(one: Finding, coloured: bool) -> str:
    level = f"{one.level:<7}"
    if coloured:
        level = f"{COLOURS[one.level]}{level}{PLAIN}"
    return f"{level}  {one.check:<{WIDTH}}  {one.said}" + (f"; {one.do}" if one.do else "")
