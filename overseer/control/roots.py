"""Which files are loaded: what each root led to, and what a word on the command line means."""

import os
from collections.abc import Mapping, Sequence
from glob import glob, has_magic
from typing import NamedTuple

from overseer.control.chronicle import Chronicle
from overseer.control.wanted import Config
from overseer.errors import Problem, UsageError
from overseer.model.watch import Watch


class Part(NamedTuple):
    """What some of the roots of a Config say of watches."""

    watches: Mapping[str, Watch]
    sources: Mapping[str, Sequence[str]]
    warnings: Sequence[Problem]


def part(whole: Config, roots: Sequence[str]) -> Part:
    sources = {root: files for root, files in whole.sources.items() if root in roots}
    own = {file for files in sources.values() for file in files}
    return Part(
        {name: watch for name, watch in whole.watches.items() if watch.origin.file in own},
        sources,
        [problem for problem in whole.warnings if problem.file in own],
    )


class Roots:
    """The files given to `run` and `load`, and those that each of them includes."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._sources: dict[str, tuple[str, ...]] = {}

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(self._sources)

    @property
    def files(self) -> tuple[str, ...]:
        """Those that were read because of them."""
        return self.files_of(self.all)

    def files_of(self, roots: Sequence[str]) -> tuple[str, ...]:
        every = (file for root in roots for file in self._sources.get(root, ()))
        return tuple(dict.fromkeys(every))

    def took(self, config: Part) -> None:
        """It is in force; its roots are remembered for the next daemon."""
        self._sources |= {root: tuple(files) for root, files in config.sources.items()}
        for root in config.sources:
            for file in self._sources[root]:
                if file != root:  # loaded by itself before, included now
                    self._sources.pop(file, None)
        if tuple(self._chronicle.roots()) != self.all:
            self._chronicle.remember_roots(self.all)

    def meant(self, words: Sequence[str], cwd: str) -> tuple[str, ...]:
        """The roots that these words mean, seen from *cwd*; without words those we have."""
        if not words:
            if not self._sources:
                raise UsageError("load what? name a watch file")
            return self.all
        paths = [path for word in words for path in _paths(word, cwd)]
        return tuple(dict.fromkeys(self._root_of(path) for path in paths))

    def owned(self, watches: Mapping[str, Watch], config: Part) -> dict[str, Watch]:
        """The watches that came from the files of *config*, as they were or as they are."""
        files = {file for found in config.sources.values() for file in found}
        files.update(file for root in config.sources for file in self._sources.get(root, ()))
        return {name: watch for name, watch in watches.items() if watch.origin.file in files}

    def _root_of(self, path: str) -> str:
        """An included file stands for the file that includes it."""
        if path in self._sources:
            return path
        return next((root for root, files in self._sources.items() if path in files), path)


def _paths(word: str, cwd: str) -> list[str]:
    path = os.path.normpath(os.path.join(cwd, word))
    if os.path.exists(path):
        return [path]
    if has_magic(word):
        if found := sorted(glob(path)):
            return found
        raise UsageError(f"{word}: no file matches")
    return [path] if os.sep in word or word.endswith((".yml", ".yaml", ".j2")) else [word]
