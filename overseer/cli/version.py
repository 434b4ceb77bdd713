"""overseer version"""

from argparse import ArgumentParser, Namespace

from overseer import VERSION
from overseer.cli.context import Context
from overseer.errors import DONE, OverseerError

EXAMPLES = {"version": "examples:\n  overseer version      this command's, and the daemon's"}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    pass


def run(args: Namespace, context: Context) -> int:
    context.print(f"overseer {VERSION}")
    try:
        answer = context.client.ask("version")
    except OverseerError:  # no daemon, or not ours to ask: then this is all there is to say
        return DONE
    if answer["version"] != VERSION:
        context.print(f"the daemon (pid {answer['pid']}) is {answer['version']}")
    return DONE
