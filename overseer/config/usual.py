"""The rows of a watch that says nothing about them, and how a row is written."""

from overseer.config.node import (
    DEFAULT,
    Entry,
    Node,
    Series,
    Spot,
    Table,
    is_null,
    series,
    table,
    text,
)
from overseer.model.state import INIT, RESTART, START, UNMONITORED, UP

LAUNCHING = (START, RESTART)
GODS_WORDS = {"failures": "times", "seconds": "within", "notifier": "notify"}
FLAPPING = {"times": text("8"), "within": text("5m"), "retry_in": text("5m")}


def row(spot: Spot, states: tuple[str, ...], when: Node, to: str | None, **more: str) -> Table:
    entries: dict[str, Node] = {}
    if states:
        entries["from"] = series(states, spot) if len(states) > 1 else text(states[0], spot)
    entries["when"] = when
    if to is not None:
        entries["to"] = text(to, spot)
    entries |= {key.rstrip("_"): text(value, spot) for key, value in more.items()}
    return table(entries, spot)


def flapping_row(own: Table, spot: Spot) -> Table:
    """What is not written is as usual, what is null is not there at all."""
    usual: dict[str, Node] = {"to_state": series(LAUNCHING), **FLAPPING}
    if "from_state" in own.entries:
        del usual["to_state"]
    limit = table(usual, spot).with_entries(own.entries)
    kept = {key: one for key, one in limit.entries.items() if not is_null(one.node)}
    return row(spot, (), table({"flapping": Table(kept, limit.spot)}, spot), UNMONITORED)


def told_by_behavior(behaviors: Node | None) -> Entry | None:
    """`notify_when_flapping` is `flapping` in god's words."""
    for item in behaviors.items if isinstance(behaviors, Series) else (behaviors,):
        given = item.entries.get("notify_when_flapping") if isinstance(item, Table) else None
        if given and isinstance(given.node, Table):
            own = given.node.entries
            meant = {ours: own[gods] for gods, ours in GODS_WORDS.items() if gods in own}
            return Entry(given.spot, Table(meant, given.node.spot))
    return None


RUNNING = table({"process_running": text("true")})
FROM_INIT = row(DEFAULT, (INIT,), RUNNING, UP, else_=START)
TO_UP = row(DEFAULT, LAUNCHING, RUNNING, UP)
ON_EXIT = row(DEFAULT, (UP,), text("process_exits"), START)
HELD_BACK = flapping_row(Table({}, DEFAULT), DEFAULT)
FLAPPING_HINT = "write off, or {times: 8, within: 5m, retry_in: 5m}"
