"""Hands the environment of a watch to its program, and to nothing that runs before it.

The helpers that put on user and limits (`exec_chain.py`) run as root. What a watch adds to the
environment may be written by others (`env_file`), and the loader of each program obeys it
(LD_PRELOAD). So the helpers see overseer's own variables only. The rest is read from standard
input by the last of them, which by then has the rights of the watch's user.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from overseer.system import enter
from overseer.system.users import Identity

SHELL = "/bin/sh"
BY_SHELL = (SHELL, "-s", "--")
"""Reads its script from standard input; a start of it costs a twentieth of one of Python."""
BY_PYTHON = (sys.executable, "-I", "-S", str(Path(enter.__file__).resolve()))
"""Where there may be no shell, or no words for what is to be said to it."""
FOR_A_SHELL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
ITS_OWN = frozenset(
    {
        *("_", "SHLVL", "PPID", "UID", "EUID", "LINENO", "OPTIND", "IFS"),
        *("RANDOM", "SECONDS", "BASHOPTS", "SHELLOPTS", "GROUPS", "FUNCNAME", "DIRSTACK"),
    }
)
"""Variables that a shell sets, or lets nobody set."""
BEGIN = b"unset PWD OLDPWD SHLVL _\n"
RUN = b'exec "$@" </dev/null\n'


def suits_a_shell(variables: Mapping[str, str]) -> bool:
    return all(FOR_A_SHELL.fullmatch(name) and name not in ITS_OWN for name in variables)


def script(variables: Mapping[str, str]) -> bytes:
    """For BY_SHELL, before the words of the program."""
    lines = (f"export {name}={quoted(value)}\n" for name, value in variables.items())
    return BEGIN + os.fsencode("".join(lines)) + RUN


def quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def entering(who: Identity | None, root: str, folder: str) -> Sequence[str]:
    """The helper that becomes *who* (None: nobody else), in a folder below *root*."""
    ids = ("", "", "")
    if who is not None:
        ids = (str(who.uid), str(who.gid), ",".join(map(str, who.groups)))
    return (*BY_PYTHON, *ids, root, folder)


def listing(variables: Mapping[str, str]) -> bytes:
    """For `entering`."""
    return b"".join(os.fsencode(f"{name}={value}\0") for name, value in variables.items())


@contextmanager
def readable(content: bytes) -> Iterator[int]:
    """A descriptor from which just that can be read. It is of no file system."""
    descriptor = os.memfd_create("overseer", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
