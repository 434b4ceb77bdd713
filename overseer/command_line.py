"""Command lines: a parser whose errors are ours, and what programs read of a failure."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from overseer.errors import OverseerError, UsageError

ERRNO = re.compile(r"\[Errno \d+\] ([^:]*): '(.*)'")


class BadCommandLine(UsageError):
    """The usage has been printed."""

    def __init__(self, prog: str, message: str) -> None:
        super().__init__(message)
        self.prog = prog


class CommandParser(argparse.ArgumentParser):
    """Raises where argparse would leave the process."""

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        """A word of a few is called by them in messages, and any number may be none."""
        if names and not names[0].startswith(tuple(self.prefix_chars)):
            if "choices" in options and "metavar" not in options:
                options["metavar"] = f"{{{','.join(options['choices'])}}}"
            if options.get("nargs") == "*":
                options.setdefault("default", [])
        return super().add_argument(*names, **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        plain = ERRNO.sub(lambda found: f"{found[2]}: {found[1].lower()}", message)
        raise BadCommandLine(self.prog, plain)


def wants_json(words: Sequence[str]) -> bool:
    """Also of a command line that cannot be read."""
    own = words[: words.index("--")] if "--" in words else words
    return "--json" in own


def sentence(error: OverseerError) -> str:
    """As people get it on standard error."""
    if isinstance(error, BadCommandLine):
        return f"{error.prog}: error: {error}"
    return f"overseer: {error}"


def failure(code: int, text: str, **more: object) -> str:
    """As programs get it on standard output."""
    return json.dumps({"code": code, "error": text, **more})
