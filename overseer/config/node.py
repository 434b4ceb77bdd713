"""What a watch file is made of, before it means anything: text, series and tables in places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Spot(NamedTuple):
    """Line and column count from 1. Line 0: not from a file, but a default."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


DEFAULT = Spot("default", 0, 0)


class Text(NamedTuple):
    """A scalar as it is written; what it means is for the option to say."""

    value: str
    spot: Spot
    quoted: bool = False


class Series(NamedTuple):
    items: tuple["Node", ...]
    spot: Spot


class Broken(NamedTuple):
    """What stood here has been blamed already. *before*: of a file that ends in an error, the
    mapping that it has begun."""

    spot: Spot
    before: "Table | None" = None


@dataclass(frozen=True, slots=True)
class Entry:
    spot: Spot  # the key's
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    entries: Mapping[str, Entry]
    spot: Spot

    def get(self, key: str) -> "Node | None":
        entry = self.entries.get(key)
        return entry.node if entry else None

    def with_entries(self, more: Mapping[str, Entry]) -> "Table":
        return Table({**self.entries, **more}, self.spot)

    def without(self, keys: Iterable[str]) -> "Table":
        gone = set(keys)
        kept = {key: entry for key, entry in self.entries.items() if key not in gone}
        return Table(kept, self.spot)


Node = Text | Series | Table | Broken

MOST_QUOTED = 80
"""Characters of a value that a message shows."""
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def is_null(node: Node) -> bool:
    """Nothing, or `null`: it removes what `defaults` would give."""
    return isinstance(node, Text) and not node.quoted and node.value in NULLS


def text(value: str, spot: Spot = DEFAULT) -> Text:
    return Text(value, spot)


def series(values: Iterable[str], spot: Spot = DEFAULT) -> Series:
    return Series(tuple(Text(value, spot) for value in values), spot)


def table(entries: Mapping[str, Node], spot: Spot = DEFAULT) -> Table:
    return Table({key: Entry(node.spot, node) for key, node in entries.items()}, spot)


def spots(node: Node) -> Iterator[Spot]:
    """Of all that it holds."""
    yield node.spot
    for inner in node.items if isinstance(node, Series) else ():
        yield from spots(inner)
    for entry in node.entries.values() if isinstance(node, Table) else ():
        yield entry.spot
        yield from spots(entry.node)


def describe(node: Node) -> str:
    """What was found, for a message."""
    match node:
        case Text(value):
            return f"{shortened(value)!r}" if node.quoted or value else "nothing"
        case Series():
            return "a list" if node.items else "an empty list"
        case Table():
            return "a mapping" if node.entries else "an empty mapping"
    return "something wrong"


def shortened(value: str) -> str:
    """A value as a message quotes it."""
    return value if len(value) <= MOST_QUOTED else f"{value[: MOST_QUOTED - 1]}…"


def says_anything(node: Node) -> bool:
    """False for a file of which only comments and `x-` keys are left; `watches: {}` is meant."""
    if is_null(node):
        return False
    return not isinstance(node, Table) or any(
        not key.startswith("x-") and not is_null(entry.node) for key, entry in node.entries.items()
    )
