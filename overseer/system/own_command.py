"""The command that this process was started with, for the program that is to replace it."""

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from overseer.safe_files import read_file

LONGEST_FIRST_LINE = 4096
PYTHON_ALONE = "-P"
"""No module is taken from the folder of the script, or from the working folder: python(1)."""


class OwnCommand(NamedTuple):
    """*program*: the words before those of the command line, full paths. *args*: the rest. *dir*:
    where it was started; relative paths among the words mean something only there. *env*: as it
    was then."""

    program: tuple[str, ...]
    args: tuple[str, ...]
    dir: str
    env: dict[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        """What is executed: who may write these decides what runs."""
        return tuple(word for word in self.program if os.path.isabs(word))


def own_command() -> OwnCommand:
    """To be asked before anything changes the folder or the environment."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # removed: nothing can be relative to it
        folder = "/"
    args = tuple(sys.argv[1:])
    head = sys.orig_argv[: len(sys.orig_argv) - len(args)]
    return OwnCommand(program_of(head, folder), args, folder, dict(os.environ))


def program_of(head: Sequence[str], folder: str) -> tuple[str, ...]:
    """*head*: the interpreter, its options, and the script or `-m` and a module."""
    options, script = list(head[1:]), ""
    if options and options[-2:-1] != ["-m"]:
        script = os.path.join(folder, options.pop())
    if script and not options and (found := by_its_first_line(script)):
        return found
    if PYTHON_ALONE not in options and "-I" not in options:
        options.insert(0, PYTHON_ALONE)
    return (sys.executable, *options, *((script,) if script else ()))


def by_its_first_line(script: str) -> tuple[str, ...]:
    """Of a script that names its interpreter: an installation that has moved to another one names
    that. Empty where it names none."""
    try:
        first = read_file(script, LONGEST_FIRST_LINE).split(b"\n", 1)[0]
    except OSError:
        return ()
    if not first.startswith(b"#!") or not os.access(script, os.X_OK):
        return ()
    words = os.fsdecode(first[2:]).split()
    if words and os.path.basename(words[0]).startswith("python"):
        alone = () if {PYTHON_ALONE, "-I"} & set(words[1:]) else (PYTHON_ALONE,)
        return (words[0], *words[1:], *alone, script)
    return (script,)
