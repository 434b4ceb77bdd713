"""Which files are loaded: what each root led to, and what a word on the command line means."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from glob import glob, has_magic
from typing import NamedTuple

from overseer.config.lenient import Leniency
from overseer.control.chronicle import Wishes
from overseer.control.wanted import ALL, Config, Start
from overseer.errors import Problem, Refused, UnknownName, UsageError
from overseer.model.watch import Watch


class Part(NamedTuple):
    """What some of the roots of a Config say of watches."""

    watches: Mapping[str, Watch]
    sources: Mapping[str, Sequence[str]]
    warnings: Sequence[Problem]


def part(whole: Config, roots: Sequence[str], lost: Iterable[str] = ()) -> Part:
    """*lost*: roots of which nothing is left."""
    sources = {root: files for root, files in whole.sources.items() if root in roots}
    sources |= dict.fromkeys(lost, ())
    own = {file for files in sources.values() for file in files}
    return Part(
        {name: watch for name, watch in whole.watches.items() if watch.origin.file in own},
        sources,
        [problem for problem in whole.warnings if problem.file in own],
    )


class Roots:
    """The files given to `run` and `load`, and those that each of them includes."""

    def __init__(self, wishes: Wishes, is_there: Callable[[str], bool]) -> None:
        self._wishes = wishes
        self._is_there = is_there
        self._sources: dict[str, tuple[str, ...]] = {}
        self._given: frozenset[str] = frozenset()
        self._left_out: dict[str, None] = {}
        self._notices: dict[str, str] = {}
        self._problems: tuple[Problem, ...] = ()
        self._only_contacts: frozenset[str] = frozenset()
        self._missing: dict[str, str] = {}
        self._refused: dict[str, str] = {}

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._sources, *self._left_out)))

    @property
    def in_force(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def overlook(self, named: Iterable[str]) -> bool:
        """Whether others than those that are *named* do not fit together, or are left out: so it
        was when the daemon began, and is in nobody's way."""
        others = set(self.all) - set(named)
        return bool(others) and not (others | {ALL}).isdisjoint({*self._left_out, *self._notices})

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Of each root: the files that were read because of it; none of one that is left out."""
        return {root: self._sources.get(root, ()) for root in self.all}

    @property
    def files(self) -> tuple[str, ...]:
        """Those that were read because of them."""
        return tuple(dict.fromkeys(self.led_to(list(self._sources))))

    def led_to(self, roots: Iterable[str]) -> Iterator[str]:
        return (file for root in roots for file in self._sources.get(root, ()))

    @property
    def notices(self) -> list[str]:
        return [*self._notices.values(), *dict.fromkeys(self._refused.values())]

    def refused(self, roots: Iterable[str], notice: str) -> None:
        """They were to be loaded again when nobody was there to hear why not."""
        self._refused = dict.fromkeys(roots, notice)

    def why_none(self) -> dict[str, str]:
        """Of each watch that is left out."""
        return {
            name: f"{name} is left out: {file} has problems; mend them, then `overseer load {file}`"
            for name, file in self._missing.items()
        }

    @property
    def left_out(self) -> Mapping[str, str]:
        """Watches that are not in force as they have a problem, each with its file."""
        return self._missing

    def is_troubled(self, root: str) -> bool:
        """Something was wrong with it when the daemon began, and has not been loaded since."""
        return root in self._notices

    def lenient(self, named: Iterable[str], watches: Mapping[str, Watch]) -> Leniency:
        """How the others are read, with the problems that they had when the daemon began. *watches*
        are in force, and stand for what is broken."""
        read_anew = set(self.led_to(named))
        return Leniency(
            tolerated=[one for one in self._problems if one.file not in read_anew],
            instead=watches,
            only_contacts=self._only_contacts - read_anew,
        )

    def began(self, start: Start) -> None:
        self._given = frozenset(start.given)
        self._left_out = dict.fromkeys(start.left_out)
        self._notices = dict(start.notices)
        self._problems = tuple(start.problems)
        self._only_contacts = frozenset(start.only_contacts)
        self._missing = dict(start.missing)

    def took(self, config: Part) -> None:
        """It is in force; files that `load` was given are remembered for the next daemon."""
        for root, files in config.sources.items():
            self._left_out.pop(root, None)
            self._sources[root] = tuple(files)
        for root, files in config.sources.items():
            if not files:
                del self._sources[root]
            for file in files:
                if file != root:  # loaded by itself before, included now
                    self._sources.pop(file, None)
        loaded = tuple(root for root in self.all if root not in self._given)
        if tuple(self._wishes.loaded()) != loaded:
            self._wishes.remember_loaded(loaded)

    def mended(self, config: Part) -> None:
        """After a load: what was wrong with these files is so no longer."""
        whole = set(self.all) <= config.sources.keys()
        for root in (*config.sources, *([ALL] if whole else ())):
            self._notices.pop(root, None)
            self._refused.pop(root, None)
        files = {*self.led_to(config.sources)}.union(*config.sources.values())
        self._problems = tuple(one for one in self._problems if one.file not in files)
        self._only_contacts -= files
        self._missing = {name: one for name, one in self._missing.items() if one not in files}

    def know(self, config: Part) -> bool:
        """Its roots, and that they led to these files; and nothing was wrong with them."""
        found = config.sources.items()
        known = all(self._sources.get(root) == tuple(files) for root, files in found)
        return known and not (self._notices | self._refused).keys() & config.sources.keys()

    def meant(self, words: Sequence[str], cwd: str) -> tuple[str, ...]:
        """The roots that these words mean, seen from *cwd*; without words those we have."""
        if not words:
            if not self.all:
                raise UsageError("load what? name a watch file")
            return self.all
        paths = [path for word in words for path in _paths(word, cwd)]
        return tuple(dict.fromkeys(self._root_of(path) for path in paths))

    def known(self, words: Sequence[str], cwd: str) -> tuple[str, ...]:
        """The same of what is to be forgotten. UnknownName for what is not loaded."""
        if not words:
            raise UsageError("unload what? name a watch file")
        roots = []
        for path in (path for word in words for path in _paths(word, cwd)):
            root = self._root_of(path)
            if root not in self.all:
                loaded = ", ".join(self.all) or "nothing"
                raise UnknownName(f"{path} is not loaded; what is loaded: {loaded}")
            if root != path:
                said = f"{path} is included by {root}: take it out there and `overseer load {root}`"
                raise Refused(f"{said}, or `overseer unload {root}`")
            roots.append(root)
        return tuple(dict.fromkeys(roots))

    def gone(self, roots: Iterable[str]) -> tuple[str, ...]:
        """Those that were there, and are no more."""
        known = [root for root in roots if root in self.all and os.path.isabs(root)]
        return tuple(root for root in known if not self._is_there(root))

    def owned(self, watches: Mapping[str, Watch], config: Part) -> dict[str, Watch]:
        """The watches that came from the files of *config*, as they were or as they are."""
        files = {file for found in config.sources.values() for file in found}
        files.update(self.led_to(config.sources))
        return {name: watch for name, watch in watches.items() if watch.origin.file in files}

    def _root_of(self, path: str) -> str:
        """An included file stands for the file that includes it."""
        if path in self._sources:
            return path
        return next((root for root, files in self._sources.items() if path in files), path)


def not_in_force(left_out: Mapping[str, str]) -> list[str]:
    """`left out, nothing is started for: web, db (/etc/overseer.yml)`; a line for each file."""
    return [
        f"left out, nothing is started for: {', '.join(names)} ({file})"
        for file in dict.fromkeys(left_out.values())
        if (names := [name for name, origin in left_out.items() if origin == file])
    ]


def _paths(word: str, cwd: str) -> list[str]:
    path = os.path.normpath(os.path.join(cwd, word))
    if os.path.exists(path):
        return [path]
    if has_magic(word):
        if found := sorted(glob(path)):
            return found
        raise UsageError(f"{word}: no file matches")
    return [path] if os.sep in word or word.endswith((".yml", ".yaml", ".j2")) else [word]
