"""Pages of help: whole sentences wrapped, examples as they are, nothing wider than the page."""

import argparse
import os
import re
from collections.abc import Iterator

WIDEST = 80
"""Columns, on a wider terminal too."""
COMMENT = re.compile(r"(?P<command> +\S.*?\S) {2,}(?P<comment>\S.*)")


class HelpFormatter(argparse.HelpFormatter):
    """Wraps the description and the epilog, but for lines that begin with a space."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(self._filled(text.splitlines(), width))

    def _filled(self, lines: list[str], width: int) -> Iterator[str]:
        from textwrap import wrap

        sentences: list[str] = []
        for line in [*lines, ""]:
            if line and not line.startswith(" ") and not line.endswith(":"):
                sentences.append(line)
                continue
            yield from wrap(" ".join(sentences), width)
            sentences = []
            yield from example(line, width)

    def format_help(self) -> str:
        return super().format_help().rstrip("\n") + "\n"


def example(line: str, width: int) -> Iterator[str]:
    """What it does stands on a line of its own where there is no room beside the command; a long
    command goes on after a backslash, as in a shell."""
    found = COMMENT.fullmatch(line) if len(line) > width else None
    command = found["command"] if found else line
    while len(command) > width and " " in command[6 : width - 2]:
        end = command.rindex(" ", 6, width - 2)
        yield f"{command[:end]} \\"
        command = f"      {command[end + 1 :]}"
    yield command
    if found:
        yield f"      {found['comment']}"


def width() -> int:
    """Columns of the page; argparse would import shutil to ask."""
    chosen = os.environ.get("COLUMNS", "")
    try:
        columns = int(chosen) if chosen.isdigit() else os.get_terminal_size(1).columns
    except OSError:
        columns = WIDEST
    return min(columns or WIDEST, WIDEST)
