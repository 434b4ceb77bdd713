"""What is in force when the daemon starts: everything that can be, even with a broken file."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from overseer import config
from overseer.config import Config
from overseer.config.files import Texts
from overseer.control.applied import Applied
from overseer.errors import ConfigError
from overseer.model.copies import Scale
from overseer.model.watch import Watch
from overseer.system.moments import check

log = logging.getLogger("overseer")

Load = Callable[[Sequence[str], Mapping[str, Watch] | None], Config]
"""These files, and the watches of others that theirs may depend on; see config.load."""


class Copies(Protocol):
    def find(self, root: str) -> str | None:
        """The last applied version of a watch file."""
        ...


TOGETHER = "the files do not fit together"


class Reader:
    """Reads watch files as they are to be on this machine, or as they are in *applied*."""

    def __init__(self, applied: Applied) -> None:
        self._original = applied.original

    def __call__(
        self,
        roots: Sequence[str],
        elsewhere: Mapping[str, Watch] | None,
        scales: Mapping[str, Scale],
        texts: Texts | None = None,
    ) -> Config:
        return config.load(
            roots,
            check_host=True,
            calendar=check,
            original=self._original,
            elsewhere=elsewhere,
            scales=scales,
            texts=texts,
            forgiving=elsewhere is None,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the watch files say, and what had to be replaced or left out of them."""

    config: Config
    notices: tuple[str, ...] = ()


def read(files: Sequence[str], load: Load, copies: Copies, *, strict: bool) -> Wanted:
    """A file with problems is replaced by its last applied version, or left out; *strict* raises
    ConfigError instead."""
    try:
        return Wanted(load(files, {}))
    except ConfigError as error:
        if strict:
            raise
        together = error.problems[0]
    notices: list[str] = []
    usable: list[str] = []
    for file in files:
        try:
            load([file], None)
        except ConfigError as error:
            copy = copies.find(file)
            what = "its last applied version is used" if copy else "it is left out"
            log.error("%s has problems, %s:\n%s", file, what, error)
            notices.append(f"{file} has problems, {what}: {error.problems[0]}")
            usable += [copy] if copy else []
        else:
            usable.append(file)
    if not notices:
        log.error("the files do not fit together: %s", together)
        notices.append(f"{TOGETHER}: {together}")
    return Wanted(load(usable, None), tuple(notices))
