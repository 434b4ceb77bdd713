"""The conditions that `complex` is made of: each is read as that of a row is."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from overseer import plugins
from overseer.conditions.base import Check, Condition, Polled, Times
from overseer.conditions.complex import Complex, Join, Part
from overseer.config.forms import wrong
from overseer.config.node import Broken, Entry, Node, Series, Spot, Table, Text, is_null
from overseer.config.record import build, options, unknown
from overseer.config.trouble import UNREAD, Troubles, Unread

GROUPS = {"any": Join.OR, "all": Join.AND, "not": Join.AND_NOT}
CHAIN = {
    "this": Join.AND,
    "and": Join.AND,
    "and_not": Join.AND_NOT,
    "or": Join.OR,
    "or_not": Join.OR_NOT,
}
"""god's form: in the order of the file, but `this` is always the first."""
EXAMPLE = "{all: [{memory_usage: 100MB}, {not: {cpu_usage: 50%}}]}"

Ask = Callable[[str, Node, Spot], Condition | Unread]
"""Makes the condition of that name of its options."""


class MemberReader:
    def __init__(self, ask: Ask, troubles: Troubles) -> None:
        self._ask = ask
        self._troubles = troubles

    def read(self, node: Node, name: str) -> Complex | Unread:
        if not isinstance(node, Table):
            return wrong(node, name, EXAMPLE, self._troubles)
        known = (*GROUPS, *CHAIN, *options(Complex))
        strange = [key for key in node.entries if key not in known and not key.startswith("x-")]
        for key in strange:
            unknown(key, known, name, node.entries[key].spot, self._troubles)
        frame = build(Complex, node.without((*GROUPS, *CHAIN, *strange)), name, self._troubles)
        parts = UNREAD if strange else self._parts(node, name)
        if isinstance(frame, Unread) or isinstance(parts, Unread):
            return UNREAD
        if "timeout" not in node.entries:
            frame = replace(frame, timeout=max(frame.timeout, patience(parts)))
        whole = replace(frame, parts=parts)
        return self._checked(whole, node, name)

    def _parts(self, node: Table, name: str) -> tuple[Part, ...] | Unread:
        groups = [key for key in GROUPS if key in node.entries]
        chain = [key for key in node.entries if key in CHAIN]
        if groups and chain:
            said = f"{name}: {chain[0]} stands beside {groups[0]}; put one of them into the other"
            return self._troubles.error(node.entries[chain[0]].spot, said)
        if not groups and not chain:
            said = f"{name}: says nothing; write {EXAMPLE}"
            return self._troubles.error(node.spot, said)
        if chain:
            chain.sort(key=lambda key: key != "this")
            found = [self._group(CHAIN[key], node.entries[key], key) for key in chain]
        else:
            found = [self._group(GROUPS[key], node.entries[key], key) for key in groups]
            if groups[0] == "any" and len(groups) > 1:  # as a whole it is one of those that must be
                found[0] = [Part(Join.AND, Complex(parts=tuple(found[0])))] if found[0] else []
        # A group without a part has been blamed.
        return UNREAD if not all(found) else tuple(part for group in found for part in group)

    def _group(self, join: Join, entry: Entry, key: str) -> list[Part]:
        """Empty where something is wrong with one of them."""
        members = list(self._members(entry.node))
        conditions = [self._member(name, inner) for name, inner in members]
        if not members and not isinstance(entry.node, Broken):
            self._troubles.error(entry.node.spot, f"{key}: is empty; write {EXAMPLE}")
        good = [one for one in conditions if not isinstance(one, Unread)]
        return [joined(join, one) for one in good] if len(good) == len(conditions) else []

    def _members(self, node: Node) -> Iterator[tuple[str, Entry]]:
        """Names, mappings of names to options, and lists of these."""
        for item in node.items if isinstance(node, Series) else (node,):
            if isinstance(item, Table) and item.entries and item.entries.keys() <= CHAIN.keys():
                yield "complex", Entry(item.spot, item)
            elif isinstance(item, Table):
                yield from item.entries.items()
            elif isinstance(item, Text) and not is_null(item):
                yield item.value, Entry(item.spot, Text("", item.spot))
            elif not is_null(item):
                yield "complex", Entry(item.spot, item)

    def _member(self, name: str, entry: Entry) -> Polled | Unread:
        if name in GROUPS:
            return self.read(Table({name: entry}, entry.spot), "complex")
        condition = self._ask(name, entry.node, entry.spot)
        if isinstance(condition, Unread):
            return UNREAD
        if not isinstance(condition, Polled):
            said = f"{name}: is answered when it happens, not when it is asked; it needs a row"
            return self._troubles.error(entry.spot, f"{said} of its own, outside complex")
        if condition.interval is not None:
            said = f"{name}: the parts of complex are asked together; write interval beside them"
            return self._troubles.error(entry.spot, said)
        return condition

    def _checked(self, whole: Complex, node: Table, name: str) -> Complex | Unread:
        looks = {one.tree for one in leaves(whole) if hasattr(one, "tree")}
        if len(looks) > 1:
            said = f"{name}: one part measures the process and another its tree; "
            return self._troubles.error(node.spot, said + "write tree: true in both, or in none")
        return whole


def joined(join: Join, condition: Polled) -> Part:
    """`not: X` among others is a part that is denied, not a whole of one part."""
    if not isinstance(condition, Complex) or len(condition.parts) > 1 or condition.times != Times():
        return Part(join, condition)
    inner = condition.parts[0]
    if inner.join.denies is join.denies:
        return Part(Join.AND if join.narrows else Join.OR, inner.condition)
    return Part(Join.AND_NOT if join.narrows else Join.OR_NOT, inner.condition)


def leaves(whole: Complex) -> Iterator[Polled]:
    for part in whole.parts:
        if isinstance(part.condition, Complex):
            yield from leaves(part.condition)
        else:
            yield part.condition


def patience(parts: tuple[Part, ...]) -> float:
    """Seconds it may take to ask one after another."""
    return sum(part.condition.timeout for part in parts if isinstance(part.condition, Check))


def counts_itself(kind: type[Condition], node: Node) -> bool:
    """Three of five would be wrong: one hit is enough, or its parts say how often."""
    return kind.sudden or (issubclass(kind, Complex) and says_times(node))


def says_times(node: Node) -> bool:
    match node:
        case Series(items):
            return any(map(says_times, items))
        case Table():
            found = node.entries.items()
            return any(
                key == "times" or is_sudden(key) or says_times(one.node) for key, one in found
            )
    return False


def is_sudden(name: str) -> bool:
    """Of other people's conditions it is not asked: they would have to be looked for."""
    plugin = plugins.ours("conditions").get(name)
    return plugin is not None and plugins.load(plugin, Condition).sudden
