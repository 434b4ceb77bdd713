"""overseer schema"""

import json
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE

EXAMPLES = {
    "schema": """examples:
  overseer schema > overseer.schema.json

In an editor with a YAML language server, the first line of a watch file may then be
  # yaml-language-server: $schema=overseer.schema.json"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    pass


def run(args: Namespace, context: Context) -> int:
    from overseer.config import schema

    context.print(json.dumps(schema.build(), indent=2))
    return DONE
