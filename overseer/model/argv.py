"""From a command as it is written to the words that are run."""

import re
import shlex

from overseer.model.program import Argv

EASY = re.compile(r"[\w./:=,@%+ -]+")  # what no quoting rule could touch
SHELL_ONLY = re.compile(r"[$|&;<>`]")
SHELL = "/bin/sh"


def split(text: str) -> Argv:
    """Into words as a shell does, and no more; ValueError, which says what to write, where only
    a shell would do."""
    if EASY.fullmatch(text):
        words = text.split()
    else:
        if character := shell_only(text):
            raise ValueError(
                f"an unquoted {character} means something to a shell only; "
                "write shell: true, or put it in single quotes"
            )
        try:
            words = shlex.split(text)
        except ValueError:
            raise ValueError(f"a quote in {text!r} is not closed; close it") from None
    if not words or not words[0]:
        raise ValueError("is empty; write a command, or leave the key out")
    return tuple(words)


def shell_only(text: str) -> str | None:
    """The first character outside quotes that a shell would not pass on."""
    bare = re.sub(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"", "", text, flags=re.DOTALL)
    found = SHELL_ONLY.search(bare)
    return found[0] if found else None
