"""overseer version"""

from argparse import ArgumentParser, Namespace

from overseer import VERSION
from overseer.cli.context import Context
from overseer.errors import DONE, OverseerError

EXAMPLES = {"version": "examples:\n  overseer version      this command's, and the daemon's"}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    try:
        daemon = context.client.ask("version")
    except OverseerError:  # no daemon, or not ours to ask: then this is all there is to say
        daemon = None
    if args.json:
        import json

        running = daemon and {"version": daemon["version"], "pid": daemon["pid"]}
        context.print(json.dumps({"version": VERSION, "daemon": running}))
        return DONE
    context.print(f"overseer {VERSION}")
    if daemon and daemon["version"] != VERSION:
        context.print(f"the daemon (pid {daemon['pid']}) is {daemon['version']}")
    return DONE
