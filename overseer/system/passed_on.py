"""What goes over to the program that replaces this one in the same process: open descriptors, and
a description of them in a file without a name, whose number stands in the environment."""

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from overseer.system import identity

VARIABLE = "OVERSEER_HANDOVER"
FORMAT = 1
"""Of the description. What is only added does not change it: unknown keys are passed over."""
NAME = "overseer-handover"

Facts = Mapping[str, Any]


def describe(facts: Facts) -> int:
    """A descriptor of the description, for `replace_program`."""
    stat = identity.stat(os.getpid())
    about = {"format": FORMAT, "pid": os.getpid(), "ticks": stat.ticks if stat else 0}
    text = json.dumps({**facts, **about, "boot": identity.boot_id()}).encode("ascii")
    descriptor = os.memfd_create(NAME, os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(text)
    return descriptor


def received() -> Facts | None:
    """What the program before has left to this one. Anything else that the variable names was not
    written by this process: it is passed over."""
    word = os.environ.pop(VARIABLE, "")
    if not word.isdigit():
        return None
    descriptor = int(word)
    try:
        if not os.readlink(f"/proc/self/fd/{descriptor}").startswith(f"/memfd:{NAME} "):
            return None
        with os.fdopen(descriptor, "rb") as file:
            file.seek(0)
            facts = json.loads(file.read())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and is_ours(facts) else None


def is_ours(facts: Facts) -> bool:
    stat = identity.stat(os.getpid())
    own = {"pid": os.getpid(), "ticks": stat.ticks if stat else 0, "boot": identity.boot_id()}
    return facts.get("format") == FORMAT and all(facts.get(key) == own[key] for key in own)


def descriptors_in(facts: Facts | None) -> frozenset[int]:
    return frozenset(facts["descriptors"]) if facts else frozenset()


def keep_from_children(descriptors: Collection[int]) -> None:
    """They were inheritable for one execve."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.set_inheritable(descriptor, False)


@contextlib.contextmanager
def inheritable(descriptors: Collection[int]) -> Iterator[None]:
    """While nothing else is launched; as before when it is over, which is where exec has failed."""
    try:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        yield
    finally:
        keep_from_children(descriptors)


def replace_program(
    argv: list[str], env: Mapping[str, str], facts: Facts, descriptors: Collection[int]
) -> None:
    """execve(2). Returns only by raising OSError, with everything as it was."""
    every = sorted(set(descriptors))
    description = describe({**facts, "descriptors": every})
    try:
        with inheritable([*every, description]):
            whole = {**env, VARIABLE: str(description)}
            os.execve(argv[0], argv, whole)  # noqa: S606 - our own command, which is trusted
    finally:
        os.close(description)
