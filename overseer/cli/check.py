"""overseer check [FILE...]"""

import os
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context, add_variables
from overseer.errors import DONE
from overseer.model.watch import Watch
from overseer.options import variables

EXAMPLES = {
    "check": """examples:
  overseer check                    the usual watch file
  overseer check web.yml conf.d/    these

  overseer check --here web.yml     as `load` would on this machine

Nothing is run and no daemon is asked. Users, groups and folders that this
machine does not have are warnings, as the files may be another machine's; with
--here they are errors, as they are in `load`. Exit code 6: problems."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")
    add_variables(parser)
    parser.add_argument(
        "--here", action="store_true", help="what this machine lacks is a problem, as in `load`"
    )


def run(args: Namespace, context: Context) -> int:
    from overseer import config
    from overseer.system.moments import check as calendar

    files = config.find(args.files, context.where.config, os.getcwd())
    # What these files depend on may be in others.
    elsewhere: dict[str, Watch] | None = None if args.files else {}
    given = variables(args.var)
    found = config.load(
        files,
        check_host=args.here,
        calendar=calendar,
        elsewhere=elsewhere,
        variables=dict.fromkeys(files, given),
        named=given,
    )
    for warning in found.warnings:
        context.print(str(warning))
    counted = f"{count(len(found.watches), 'watch', 'es')}, {count(len(found.contacts), 'contact')}"
    context.print(f"{counted}: no errors" if found.warnings else f"{counted}: fine")
    return DONE


def count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
