"""overseer check [FILE...]"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Container, Sequence
from typing import NamedTuple

from overseer.cli.context import Context, add_untrusted, add_variables, allowed
from overseer.errors import (
    BAD_FILE,
    DONE,
    ConfigError,
    NoDaemon,
    OverseerError,
    Problem,
    Refused,
    in_parts,
)
from overseer.options import variables
from overseer.units import show_count

EXAMPLES = {
    "check": """examples:
  overseer check                    what the daemon has loaded, else the usual file
  overseer check web.yml conf.d/    these, beside what is loaded

  overseer check --here web.yml     as `load` would on this machine
  overseer check --alone web.yml    as if nothing else were loaded
  overseer check --json web.yml     one object, for programs

Nothing is run and nothing is changed. Where a daemon answers it is asked: contacts, tags and
watches of other files that are loaded are known, and their names taken. Without one the files that
the last daemon was given by `load` are read too. Users, groups and folders that this machine does
not have are warnings, as the files may be another machine's; with --here they are errors, as they
are in `load`. Exit code 6: problems."""
}


class Verdict(NamedTuple):
    problems: Sequence[Problem]
    watches: int
    contacts: int | None  # None: the daemon has read them

    @property
    def is_fine(self) -> bool:
        return all(problem.warning for problem in self.problems)


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")
    add_variables(parser)
    add_untrusted(parser)
    parser.add_argument(
        "--here", action="store_true", help="what this machine lacks is a problem, as in `load`"
    )
    parser.add_argument(
        "--alone", action="store_true", help="ask no daemon; what else is loaded is nothing to it"
    )
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    verdict = None if args.alone else asked(args, context)
    if verdict is None:
        verdict = read(args, context)
    code = DONE if verdict.is_fine else BAD_FILE
    if args.json:
        whole = {
            "code": code,
            "error": "\n".join(map(str, verdict.problems)) if code else None,
            "watches": verdict.watches,
            "problems": [in_parts(problem) for problem in verdict.problems],
        }
        context.print_object(whole)
    elif code:
        context.complain("\n".join(map(str, verdict.problems)))
    else:
        for problem in verdict.problems:
            context.print(str(problem))
        context.print(summary(verdict))
    return code


def summary(verdict: Verdict) -> str:
    numbers = show_count(verdict.watches, "watch", "es")
    if verdict.contacts is not None:
        numbers += f", {show_count(verdict.contacts, 'contact')}"
    return f"{numbers}: {'no errors' if verdict.problems else 'fine'}"


def asked(args: Namespace, context: Context) -> Verdict | None:
    """By the daemon, as it would load them; None where none answers, or we may not ask it."""
    fields = {"files": args.files, "cwd": os.getcwd(), "here": args.here, "vars": args.var or []}
    fields["allowed"] = allowed(args)
    try:
        if not args.files and not context.client.ask("files").get("files"):
            return None
        answer = context.client.ask("check", fields)
    except (NoDaemon, Refused):
        return None
    if answer["code"] not in (DONE, BAD_FILE):  # not ours to ask, or an older daemon
        return None
    problems = [Problem(**problem) for problem in answer["problems"]]
    return Verdict(problems, answer.get("watches", 0), None)


def read(args: Namespace, context: Context) -> Verdict:
    """By ourselves, beside what the last daemon had loaded."""
    from overseer import config
    from overseer.config.lenient import Leniency
    from overseer.system.moments import check as calendar

    files = config.find(args.files, context.where.config, os.getcwd())
    given = variables(args.var)
    others, own = ((), ()) if args.alone else beside(files, context)
    try:
        loaded = config.load(
            [*files, *others],
            check_host=files if args.here else (),
            host=config.Host(allowed=tuple(allowed(args))),
            judged=files,
            calendar=calendar,
            # What these files depend on may be in others.
            elsewhere=None if args.files else {},
            lenient=Leniency(tolerated=OfOthers(own)) if others else Leniency(),
            variables=dict.fromkeys(files, given),
            named=given,
        )
    except ConfigError as error:
        problems = [problem for problem in error.problems if not others or problem.file in own]
        return Verdict(problems, 0, 0)
    if not others:
        return Verdict(loaded.warnings, len(loaded.watches), len(loaded.contacts))
    watches = sum(watch.origin.file in own for watch in loaded.watches.values())
    warnings = [warning for warning in loaded.warnings if warning.file in own]
    return Verdict(warnings, watches, None)


class OfOthers(Container[Problem]):
    """Problems that do not stand in these files."""

    def __init__(self, own: Collection[str]) -> None:
        self._own = own

    def __contains__(self, problem: object) -> bool:
        return isinstance(problem, Problem) and problem.file not in self._own


def beside(files: Sequence[str], context: Context) -> tuple[Sequence[str], Collection[str]]:
    """The watch files that the next daemon has too, as `load` had named them; and all that *files*
    lead to."""
    others = [file for file in remembered(context.where.state_dir) if file not in files]
    if not others:
        return (), ()
    own = led_to(files)
    return [file for file in others if own.isdisjoint(led_to([file]))], own


def led_to(roots: Sequence[str]) -> frozenset[str]:
    from overseer import config
    from overseer.config.lenient import ALL_TOLERATED

    loaded = config.load(roots, check_host=False, elsewhere=None, lenient=ALL_TOLERATED)
    return frozenset(file for files in loaded.sources.values() for file in files)


def remembered(state_dir: str) -> tuple[str, ...]:
    """Nothing where that folder is not ours to read."""
    import sqlite3
    from pathlib import Path

    from overseer.store.state import StateStore
    from overseer.store.wishes import Wishes
    from overseer.system.loop import Clock

    try:
        return Wishes(StateStore(Path(state_dir), Clock())).loaded()
    except (OSError, ValueError, sqlite3.Error, OverseerError):
        return ()
