"""overseer check [FILE...]"""

import os
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE

EXAMPLES = {
    "check": """examples:
  overseer check                    the usual watch file
  overseer check web.yml conf.d/    these

Nothing is run and no daemon is asked. Users, groups and folders that this machine does not have
are warnings here, and errors in `load`. Exit code 6: problems."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")


def run(args: Namespace, context: Context) -> int:
    from overseer import config

    files = config.find(args.files, context.where.config, os.getcwd())
    # What these files depend on may be in others.
    found = config.load(files, check_host=False, elsewhere=None if args.files else {})
    for warning in found.warnings:
        context.print(str(warning))
    counted = f"{count(len(found.watches), 'watch', 'es')}, {count(len(found.contacts), 'contact')}"
    context.print(f"{counted}: no errors" if found.warnings else f"{counted}: fine")
    return DONE


def count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
