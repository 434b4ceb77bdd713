"""What is in force when the daemon starts: everything that can be, even with a broken file."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from overseer import config
from overseer.config import Config
from overseer.config.files import Texts
from overseer.control.wanted import ALL, Start
from overseer.errors import ConfigError
from overseer.model.copies import Scale
from overseer.model.watch import Watch
from overseer.system.moments import check

log = logging.getLogger("overseer")

Load = Callable[[Sequence[str], Mapping[str, Watch] | None, Texts | None], Config]
"""These files, the watches of others that theirs may depend on, and what has been read before; see
config.load."""


class Copies(Protocol):
    def find(self, root: str) -> Texts | None:
        """The last applied version of a watch file, and of what it includes."""
        ...


def load(
    roots: Sequence[str],
    elsewhere: Mapping[str, Watch] | None,
    scales: Mapping[str, Scale],
    texts: Texts | None = None,
) -> Config:
    """Watch files as they are to be on this machine."""
    return config.load(
        roots,
        check_host=True,
        calendar=check,
        elsewhere=elsewhere,
        forgiving=elsewhere is None,
        scales=scales,
        texts=texts,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the watch files say, and what had to be replaced or left out of them."""

    config: Config
    start: Start

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(self.start.notices.values())


def read(
    given: Sequence[str], loaded: Sequence[str], load: Load, copies: Copies, *, strict: bool
) -> Wanted:
    """A file with problems is replaced by its last applied version, or left out; *strict* raises
    ConfigError for one that was *given*."""
    files = tuple(dict.fromkeys((*given, *loaded)))
    try:
        return Wanted(load(files, {}, None), Start(given=given))
    except ConfigError as error:
        if strict and not (loaded and stands(given, load)):
            raise
        together = error.problems[0]
    found = Salvage(load, copies)
    for file in files:
        found.take(file, forgettable=file not in given)
    if not found.notices:
        log.error("the files do not fit together: %s", together)
        found.notices[ALL] = f"the files do not fit together: {together}"
    start = Start(given=given, left_out=tuple(found.left_out), notices=found.notices)
    return Wanted(found.config, start)


def stands(given: Sequence[str], load: Load) -> bool:
    """By itself. Raises ConfigError where it does not."""
    load(given, None, None)
    return True


class Salvage:
    """What can be had of files that have problems: one after another, beside those before."""

    def __init__(self, load: Load, copies: Copies) -> None:
        self._load = load
        self._copies = copies
        self._texts = Texts()
        self.config = load([], None, None)
        self.left_out: list[str] = []
        self.notices: dict[str, str] = {}

    def take(self, file: str, *, forgettable: bool) -> None:
        try:
            return self._add(file, Texts())
        except ConfigError as error:
            problems = error
        copy, what = self._copies.find(file), "its last applied version is used"
        try:
            if copy is None:
                raise problems
            self._add(file, copy)
        except ConfigError:
            what = "it is left out"
            self.left_out.append(file)
        log.error("%s has problems, %s:\n%s", file, what, problems)
        gone = forgettable and not os.path.exists(file)
        forget = f"; `overseer load {file}` forgets it" if gone else ""
        self.notices[file] = f"{file} has problems, {what}: {problems.problems[0]}{forget}"

    def _add(self, file: str, texts: Texts) -> None:
        alone = self._load([file], None, texts)
        files = [one for found in alone.sources.values() for one in found]
        both = self._texts.renewed(alone.texts, [file], files)
        self.config = self._load([*self.config.sources, file], None, both)
        self._texts = both
