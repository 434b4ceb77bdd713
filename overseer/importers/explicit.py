"""Any other god graph: row by row, as it stands there."""

from collections.abc import Iterable, Iterator, Sequence

from overseer.config.node import series, table, text
from overseer.importers.page import Item, Remark
from overseer.importers.ways import Way

RUNNING = table({"process_running": text("true")})
FROM_INIT = Item(
    key="-",
    node=table({"from": text("init"), "when": RUNNING, "to": text("up"), "else": text("start")}),
    remarks=(Remark("god took it for up without a look"),),
)
TRAP = Remark("god could not come out of this state when the process was running; overseer has to")


def items(ways: Sequence[Way]) -> Iterator[Item]:
    rows = [way for way in ways if way.states]
    children = [way.row() for way in rows]
    if not any("init" in way.states for way in rows if way.asked):
        children.insert(0, FROM_INIT)
    if trapped := list(_trapped(rows)):
        states = text(trapped[0]) if len(trapped) == 1 else series(trapped)
        node = table({"from": states, "when": RUNNING, "to": text("up")})
        children.append(Item(key="-", node=node, remarks=(TRAP,)))
    yield Item(key="transitions", children=tuple(children))
    lifecycle = tuple(way.row() for way in ways if not way.states)
    yield Item(key="lifecycle", children=lifecycle)


def _trapped(rows: Iterable[Way]) -> Iterator[str]:
    """start and restart, where every row leads back to where it began."""
    for state in ("start", "restart"):
        ends = [
            {end for end in (way.to, way.otherwise) if end}
            for way in rows
            if way.asked and state in way.states
        ]
        if ends and not set().union(*ends) - {state}:
            yield state
