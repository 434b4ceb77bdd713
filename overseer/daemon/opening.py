"""What is in force when the daemon starts: everything that can be, even with a broken file.

What is wrong within one watch costs that watch. What is wrong around them (defaults, contacts, no
YAML at all) is answered by the last applied version of the file; where there is none, a contact or
a setting costs itself, and anything else the watches of its file. Contacts are taken wherever they
can be read: somebody has to be told. What this machine lacks is no problem of the file: the watch
fails to start, and is tried again.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from overseer.config import Config
from overseer.config.files import Texts
from overseer.config.lenient import ALL_TOLERATED, STRICT, Fault, hard
from overseer.control.forgetting import how_to_forget
from overseer.control.wanted import ALL, Start
from overseer.daemon.load_files import Load
from overseer.errors import ConfigError, Problem
from overseer.model.watch import Watch

log = logging.getLogger("overseer")

LEFT_OUT = "it is left out"
AS_APPLIED = "its last applied version is used"
MOST_NAMED = 30  # problems of one file in a notice


class Copies(Protocol):
    def find(self, root: str) -> Texts | None:
        """The last applied version of a watch file, and of what it includes."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the watch files say, and what had to be replaced or left out of them."""

    config: Config
    start: Start

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(self.start.notices.values())


def read(
    given: Sequence[str],
    loaded: Sequence[str],
    load: Load,
    copies: Copies,
    *,
    strict: bool,
    texts: Texts | None = None,
) -> Wanted:
    """Of files with problems what can be had; *strict* raises ConfigError for one that was
    *given*. *texts*: of files that are not to be read again."""
    files = tuple(dict.fromkeys((*given, *loaded)))
    try:
        return Wanted(load(files, {}, texts, STRICT, strict), Start(given=given))
    except ConfigError as error:
        if strict and not (loaded and stands(given, load)):
            raise
        together = error.problems
    found = Salvage(load, copies, texts or Texts())
    for file in files:
        found.take(file)
    if not found.notices:
        said = named(problem for problem in together if not problem.warning)
        found.notices[ALL] = f"the files do not fit together: {said}"
        log.error("%s", found.notices[ALL])
    start = Start(
        given=given,
        left_out=tuple(found.left_out),
        notices=found.notices,
        problems=tuple(fault.problem for fault in found.config.faults),
        only_contacts=frozenset(found.only_contacts),
        missing=found.config.left_out,
    )
    return Wanted(found.config, start)


def stands(given: Sequence[str], load: Load) -> bool:
    """By itself. Raises ConfigError where it does not."""
    load(given, None, None, STRICT, True)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way of reading a file with problems, and in words what it costs."""

    texts: Texts
    cost: str
    only_contacts: frozenset[str] = frozenset()


class Salvage:
    """What can be had of files that have problems: one after another, beside those before."""

    def __init__(self, load: Load, copies: Copies, texts: Texts) -> None:
        self._load = load
        self._copies = copies
        self._known = texts
        self._texts = Texts()
        self._instead: dict[str, Watch] = {}
        self.only_contacts: set[str] = set()
        self.config = load([], None, None, STRICT, False)
        self.left_out: list[str] = []
        self.notices: dict[str, str] = {}

    def take(self, file: str) -> None:
        alone = self._alone(file, self._known.without((), ()))
        copies = self._copies.find(file) if alone.faults else None
        if copies:
            self._instead |= self._alone(file, copies).watches
        before = {fault.problem for fault in self.config.faults}
        offer = self._best(file, alone, copies)
        both = self._beside(file, offer)
        clash = [one for one in both.faults if one.problem not in before]
        clash = [one for one in clash if one.problem not in {f.problem for f in alone.faults}]
        if any(not one.is_beside for one in hard(clash)):  # it does not fit beside the others
            offer = left_out(file, alone)
            both = self._beside(file, offer)
        self._texts, self.config = both.texts, both
        self.only_contacts |= offer.only_contacts
        faults = (*alone.faults, *clash)
        if faults:
            self._notice(file, faults, offer, alone.sources.get(file, ()))

    def _notice(
        self, file: str, faults: Sequence[Fault], offer: Offer, led_to: Sequence[str]
    ) -> None:
        cost = self._cost_of(file, faults, offer)
        if cost == LEFT_OUT:
            self.left_out.append(file)
        said = named(one.problem for one in faults)
        problems, sources = [fault.problem for fault in faults], {file: led_to}
        hints = "".join(f"; {hint}" for hint in how_to_forget(problems, sources).values())
        self.notices[file] = f"{file} has problems, {cost}: {said}{hints}"
        log.error("%s", self.notices[file])

    def _cost_of(self, file: str, faults: Sequence[Fault], offer: Offer) -> str:
        """Of its watches, of files that it includes, and of what stands beside the watches."""
        if offer.cost in (LEFT_OUT, AS_APPLIED):
            return offer.cost
        files = self.config.sources.get(file, ())
        own = [watch for watch in self.config.watches.values() if watch.origin.file in files]
        if not own:
            return LEFT_OUT
        as_applied = [watch for watch in own if self._instead.get(watch.name) is watch]
        if len(as_applied) == len(own):
            return AS_APPLIED
        broken = dict.fromkeys(fault.definition for fault in faults if fault.is_local)
        alive = {word for watch in as_applied for word in (watch.name, *watch.tags)}
        gone = [name for name, origin in self.config.left_out.items() if origin in files]
        costs = []
        if gone:
            costs.append(f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} left out")
        if instead := [name for name in broken if name in alive]:
            costs.append(f"of {listed(instead)} the last applied version is used")
        if offer.cost:
            costs.append(offer.cost)
        elif sections := list(dict.fromkeys(fault.section for fault in faults if fault.is_beside)):
            costs.append(f"what is wrong in {listed(sections)} is left out")
        return ", ".join(costs)

    def _best(self, file: str, alone: Config, copies: Texts | None) -> Offer:
        """The way that costs least."""
        bad = hard(alone.faults)
        if not bad:
            return Offer(texts=alone.texts, cost="")
        if copies and (offer := self._mended(file, alone, bad, copies)):
            return offer
        if all(one.is_beside for one in bad):
            return Offer(texts=alone.texts, cost="")
        files = {one.problem.file for one in bad if not one.is_beside}
        whole = alone.sources.get(file, ())
        if any(alone.texts.includes(one) for one in files) or files >= set(whole):
            return left_out(file, alone)
        cost = f"{' and '.join(sorted(files))} {'is' if len(files) == 1 else 'are'} left out"
        return Offer(texts=alone.texts, cost=cost, only_contacts=frozenset(files))

    def _mended(
        self, file: str, alone: Config, bad: Sequence[Fault], copies: Texts
    ) -> Offer | None:
        """With the last applied version of the files that are broken, else of all of them."""
        broken = {one.problem.file for one in bad}
        if len(alone.sources.get(file, ())) > 1:
            try:
                mixed = alone.texts.replaced({one: copies.read(one) for one in broken})
            except (OSError, UnicodeDecodeError):
                mixed = None
            if mixed and not hard(self._alone(file, mixed).faults):
                files = " and ".join(sorted(broken))
                return Offer(texts=mixed, cost=f"the last applied version of {files} is used")
        if not hard(self._alone(file, copies).faults):
            return Offer(texts=copies, cost=AS_APPLIED)
        return None

    def _alone(self, file: str, texts: Texts) -> Config:
        return self._load([file], None, texts, ALL_TOLERATED, False)

    def _beside(self, file: str, offer: Offer) -> Config:
        """The files before, and this one."""
        alone = self._alone(file, offer.texts)
        files = [one for found in alone.sources.values() for one in found]
        texts = self._texts.renewed(alone.texts, [file], files) if files else self._texts
        lenient = replace(
            ALL_TOLERATED,
            instead=self._instead,
            only_contacts=self.only_contacts | offer.only_contacts,
        )
        roots = [*self.config.sources, *([file] if files else ())]
        return self._load(roots, None, texts, lenient, False)


def left_out(file: str, alone: Config) -> Offer:
    """Nothing of it but its contacts."""
    files = frozenset(alone.sources.get(file, ()))
    return Offer(texts=alone.texts, cost=LEFT_OUT, only_contacts=files)


def listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return " and ".join([*names[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def named(problems: Iterable[Problem]) -> str:
    """One in the line, several below it."""
    lines = list(dict.fromkeys(map(str, problems)))
    if len(lines) == 1:
        return lines[0]
    more = len(lines) - MOST_NAMED
    rest = [f"and {more} more, which `overseer check` names"] if more > 0 else []
    return "\n  ".join(["", *lines[:MOST_NAMED], *rest])
