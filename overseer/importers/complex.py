"""god's complex conditions: operators from left to right, as groups within each other."""

from collections.abc import Callable, Mapping

from overseer.config.node import Node, Series, Table, table
from overseer.importers.recording import Condition
from overseer.importers.values import NotCarried

GROUPS = frozenset({"any", "all", "not"})


def whole(condition: Condition, ask: Callable[[Condition], Node]) -> Mapping[str, Node]:
    """NotCarried where one part cannot be: the others would say something else."""
    expression: Node | None = None
    for part in condition.operands:
        try:
            one = ask(part)
        except NotCarried as error:
            kind = "" if str(error).startswith(part.kind) else f"{part.kind}: "
            raise NotCarried(f"complex: its part {kind}{error}", error.code) from None
        member = table({"not": one}) if part.operator.endswith("_not") else one
        group = "any" if part.operator.startswith("or") else "all"
        expression = member if expression is None else joined(group, expression, member)
    if expression is None:
        raise NotCarried("complex: it has no parts")
    if isinstance(expression, Table) and expression.entries.keys() <= GROUPS:
        return {key: entry.node for key, entry in expression.entries.items()}
    return {"all": expression}


def joined(group: str, before: Node, member: Node) -> Table:
    """`{all: [A, B]}` and C is `{all: [A, B, C]}`; or C is `{any: [{all: [A, B]}, C]}`."""
    inner = before.get(group) if isinstance(before, Table) else None
    if isinstance(inner, Series):
        return table({group: Series((*inner.items, member), inner.spot)})
    return table({group: Series((before, member), before.spot)})
