"""docs/commands.md with the help of each command as it is: python -m overseer.cli.commands_page"""

import os
import re
from pathlib import Path

from overseer.cli.main import COMMANDS, module_of, parser_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "commands.md"
BLOCK = re.compile(
    r"(## `overseer (?P<word>[a-z-]+)`\n(?:(?!^## ).*\n)*?```\n)usage: (?:.*\n)*?```\n", re.M
)


def written(text: str) -> str:
    """*text* with the first block of each command's section replaced by its help."""
    return BLOCK.sub(lambda found: f"{found[1]}{help_of(found['word'])}```\n", text)


def help_of(word: str) -> str:
    return parser_of(word, module_of(word)).format_help()


def lacking(text: str) -> list[str]:
    """Commands without a section of their own."""
    sections = {found["word"] for found in BLOCK.finditer(text)}
    return [word for word in COMMANDS if word not in sections and word != "mail"]


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    PAGE.write_text(written(PAGE.read_text()))
