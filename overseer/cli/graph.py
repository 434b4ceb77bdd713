"""overseer graph [FILE...]"""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from overseer.cli.context import Context
from overseer.cli.tree import drawing, mermaid
from overseer.control.protocol import Answer
from overseer.errors import DONE

EXAMPLES = {
    "graph": """examples:
  overseer graph                       of what overseer runs
  overseer graph web.yml               of these files, without a daemon
  overseer graph --mermaid > deps.mmd  for documents

`overseer status --tree` shows the same with the state of each."""
}
Needs = Mapping[str, Mapping[str, str]]


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch file or folder")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--mermaid", action="store_true", help="as a Mermaid flowchart")
    how.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    if args.files:
        needs = of_files(args.files, context)
    else:
        answer = context.client.ask("status", {})
        if "status" not in answer:
            context.conclude(answer)
            return int(answer["code"])
        needs = of_daemon(answer["status"]["watches"])
    tied = {name: found for name, found in needs.items() if found}
    if args.json:
        context.print(json.dumps(needs, indent=2))
    elif args.mermaid:
        context.print("\n".join(mermaid(needs, tied)))
    elif not tied:
        context.print("nothing depends on anything; see depends_on in the docs of watch files")
    else:
        context.print("\n".join(drawing(list(needs), tied)))
    return DONE


def of_daemon(watches: list[Answer]) -> Needs:
    return {
        watch["name"]: {one["on"]: one["need"] for one in watch["depends_on"]} for watch in watches
    }


def of_files(files: list[str], context: Context) -> Needs:
    from overseer import config
    from overseer.core.ties import ties

    roots = config.find(files, context.where.config, os.getcwd())
    found = config.load(roots, check_host=False, elsewhere=None, forgiving=True)
    needs = ties(found.watches).needs
    return {name: {tie.on: tie.need.value for tie in needs.get(name, ())} for name in found.watches}
