"""One of several watches of a definition, with what tells it from the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from overseer.config.node import Entry, Series, Table, Text
from overseer.config.render import Scope


@dataclass(frozen=True, slots=True)
class Copy:
    """One watch: its name, what is added to its variables, and what it wears for that."""

    name: str
    scope: Scope
    tags: tuple[str, ...] = ()
    instance: str | None = None
    is_watch: bool = True  # False: it is read only for the problems of its definition
    is_run: bool = True  # False: nor is this machine asked for what it needs


def dressed(table: Table, copy: Copy) -> Table:
    """With the name of the definition as a tag, and the instance in the environment."""
    more: dict[str, Entry] = {}
    if copy.tags:
        more["tags"] = with_tags(table, copy.tags)
    if copy.instance is not None:
        more["env"] = with_instance(table, copy.instance)
    return table.with_entries(more) if more else table


def with_tags(table: Table, tags: Iterable[str]) -> Entry:
    entry = table.entries.get("tags")
    spot = entry.spot if entry else table.spot
    node = entry.node if entry else None
    own = node.items if isinstance(node, Series) else (node,) if node else ()
    return Entry(spot, Series((*own, *(Text(tag, spot) for tag in tags)), spot))


def with_instance(table: Table, instance: str) -> Entry:
    entry = table.entries.get("env")
    spot = entry.spot if entry else table.spot
    number = Entry(spot, Text(instance, spot, True))
    if entry is not None and not isinstance(entry.node, Table):
        return entry  # it is blamed where it is read
    own: Mapping[str, Entry] = entry.node.entries if entry else {}  # type: ignore[union-attr]
    return Entry(spot, Table({"OVERSEER_INSTANCE": number, **own}, spot))
