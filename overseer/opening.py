"""What is in force when the daemon starts: everything that can be, even with a broken file."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from overseer.config import Config
from overseer.errors import ConfigError

log = logging.getLogger("overseer")

Load = Callable[[Sequence[str]], Config]


class Copies(Protocol):
    def find(self, root: str) -> str | None:
        """The last applied version of a watch file."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the watch files say, and what had to be replaced or left out of them."""

    config: Config
    notices: tuple[str, ...] = ()


def read(files: Sequence[str], load: Load, copies: Copies, *, strict: bool) -> Wanted:
    """A file with problems is replaced by its last applied version, or left out; *strict* raises
    ConfigError instead."""
    try:
        return Wanted(load(files))
    except ConfigError:
        if strict:
            raise
    notices: list[str] = []
    usable: list[str] = []
    for file in files:
        try:
            load([file])
        except ConfigError as error:
            copy = copies.find(file)
            what = "its last applied version is used" if copy else "it is left out"
            log.error("%s has problems, %s:\n%s", file, what, error)
            notices.append(f"{file} has problems, {what}: {error.problems[0]}")
            usable += [copy] if copy else []
        else:
            usable.append(file)
    return Wanted(load(usable), tuple(notices))
