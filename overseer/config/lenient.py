"""What becomes of a problem that is put up with: what it costs, and what stands in its place."""

from bisect import bisect_right
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from overseer.config.node import Node, Spot, Table
from overseer.errors import Problem
from overseer.model.watch import Watch

WATCHES = "watches"
PEOPLE = frozenset({"contacts", "contact_groups", "contact_defaults", "mail"})
BESIDE = PEOPLE | {"settings", "include"}
"""Sections that a watch can do without; what is wrong in an included file is said there."""


class Everything(Container[Any]):
    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = Everything()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """*tolerated* problems cost what they stand in, and no more. *instead*: watches as they were,
    each in the place of one with a problem. *only_contacts*: files of which no watch is taken."""

    tolerated: Container[Problem] = ()
    instead: Mapping[str, Watch] = field(default_factory=dict)
    only_contacts: Collection[str] = ()


STRICT = Leniency()
ALL_TOLERATED = Leniency(tolerated=EVERYTHING)


class Fault(NamedTuple):
    """A problem, and what it stands in: a section of the file, and within `watches` a definition;
    "" where that cannot be told."""

    problem: Problem
    section: str
    definition: str

    @property
    def is_local(self) -> bool:
        """It is one watch's alone."""
        return bool(self.definition)

    @property
    def is_beside(self) -> bool:
        return self.section in BESIDE


class Blocks:
    """Where in each file a section begins, and a watch."""

    def __init__(self) -> None:
        self._begin: dict[str, list[tuple[tuple[int, int], str, str]]] = {}

    def learn(self, path: str, node: Table) -> None:
        found = []
        for key, entry in node.entries.items():
            found.append((_place(entry.spot), key, ""))
            if key == WATCHES and isinstance(entry.node, Table):
                found += [
                    (_place(inner.spot), key, name)
                    for name, inner in entry.node.entries.items()
                    if inner.spot.file == path and not name.startswith("x-")
                ]
        self._begin[path] = sorted(found)

    def fault(self, problem: Problem) -> Fault:
        if problem.only_notify:
            return Fault(problem, "contacts", "")
        begin = self._begin.get(problem.file, [])
        index = bisect_right(begin, ((problem.line, problem.column), chr(0x10FFFF), ""))
        _, section, name = begin[index - 1] if index else ((0, 0), "", "")
        return Fault(problem, section, name)


def _place(spot: Spot) -> tuple[int, int]:
    return spot.line, spot.column


def as_it_was(
    broken: Collection[tuple[str, str]], instead: Mapping[str, Watch], known: Container[str]
) -> dict[str, Watch]:
    """Of *instead* the watches of these definitions, by file and name: one, or its copies."""
    return {
        name: watch
        for name, watch in (instead.items() if broken else ())
        if name not in known
        and any((watch.origin.file, word) in broken for word in (name, *watch.tags))
    }


def hard(faults: Iterable[Fault]) -> list[Fault]:
    """Those that are more than one watch's."""
    return [one for one in faults if not one.is_local]


def people_of(node: Node | None) -> Table | None:
    """What a file that ends in an error has said of contacts before."""
    if not isinstance(node, Table):
        return None
    kept = {key: entry for key, entry in node.entries.items() if key in PEOPLE}
    return Table(kept, node.spot) if kept else None
