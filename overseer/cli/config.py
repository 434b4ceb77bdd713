"""overseer config show NAME [FILE...]"""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from overseer.cli.context import Context, add_variables
from overseer.control.protocol import Answer
from overseer.errors import DONE, OverseerError, UnknownName
from overseer.model.copies import Scale
from overseer.model.watch import Watch
from overseer.options import variables

if TYPE_CHECKING:
    from overseer.config import Config

EXAMPLES = {
    "config": """examples:
  overseer config show web overseer.yml              as its file has it, defaults filled in
  overseer config show web --explicit overseer.yml   as transitions, with the origin of each value
"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=("show",), help="print the watch in its explicit form")
    parser.add_argument("name", metavar="NAME", help="a watch")
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")
    add_variables(parser)
    parser.add_argument(
        "--explicit", action="store_true", help="with the origin of every value as a comment"
    )
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    from overseer import config
    from overseer.config import explicit

    words = args.files or loaded(context)
    files = config.find(words, context.where.config, os.getcwd())
    elsewhere: dict[str, Watch] | None = None if args.files else {}
    given = variables(args.var)
    known = in_force(context)
    every = {file: {**known.variables.get(file, {}), **given} for file in files}
    load = partial(config.load, files, check_host=False, elsewhere=elsewhere, variables=every)
    found = load(named=given)
    if scales := scaled(found, known):
        found = load(scales=scales)
    if args.name not in found.watches:
        names = ", ".join(found.watches) or "none"
        raise UnknownName(f"no watch is called {args.name!r} there; there are: {names}")
    text = explicit.render(args.name, found)
    if args.json:
        context.print(json.dumps(as_object(args.name, found.roots[args.name], text), indent=2))
        return DONE
    for one in found.copies.values():
        if one.scale and args.name in one.names:
            context.print(f"# {one}")
    for name, value in {**every.get(found.roots[args.name], {})}.items():
        origin = "--var, here" if name in given else "--var, as the daemon was given it"
        context.print(f"# vars: {name}: {value}  ({origin})")
    if not args.explicit:
        text = "\n".join(line.split("  # ")[0] for line in text.splitlines())
    context.print(text.rstrip())
    return DONE


def as_object(name: str, root: str, text: str) -> dict[str, object]:
    """What is printed, as values."""
    from overseer.config.parse import parse
    from overseer.config.render import plain_value
    from overseer.config.trouble import Troubles

    node = parse(text, root, Troubles())
    plain = plain_value(node) if node is not None else {}
    assert isinstance(plain, dict), "a watch file is a mapping"
    return {"watch": name, "file": root, "definition": plain["watches"][name]}


class InForce(NamedTuple):
    """What the daemon, where one answers, was asked for beside its files."""

    copies: Sequence[Answer] = ()
    variables: Mapping[str, Mapping[str, str]] = {}


def loaded(context: Context) -> Sequence[str]:
    """The files that the daemon was given, where one answers."""
    try:
        answer = context.client.ask("files")
    except OverseerError:
        return ()
    roots: Sequence[str] = answer.get("files", ())
    return roots


def in_force(context: Context) -> InForce:
    try:
        answer = context.client.ask("copies")
    except OverseerError:
        return InForce()
    return InForce(answer.get("copies", ()), answer.get("variables", {}))


def scaled(found: "Config", known: InForce) -> dict[str, Scale]:
    """How many copies operators want of definitions in these files."""
    return {
        one["name"]: Scale(
            name=one["name"],
            instances=one["instances"],
            written=one["in_file"],
            by=one["scaled_by"],
        )
        for one in known.copies
        if one["scaled_by"]
        and one["name"] in found.copies
        and os.path.abspath(found.copies[one["name"]].file) == one["file"]
    }
