"""The usual god watch in few words: what its rows say is mostly what overseer does by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from overseer.config.node import Node, Series, Text, table, text
from overseer.importers.notify import Told
from overseer.importers.page import Item, Remark, said
from overseer.importers.values import NotCarried, interval, share, shown, size, times
from overseer.importers.ways import Way

LAUNCHING = ({"start", "restart"}, {"start"}, {"restart"})
NEVER_STARTED = Remark(
    "in god no condition started it again when it had died; overseer does (on_exit: stop leaves it)"
)


@dataclass(slots=True, kw_only=True)
class Graph:
    """The rows of a watch, sorted by the key that stands for them."""

    exits: list[Way] = field(default_factory=list)
    tries: list[Way] = field(default_factory=list)
    checks: dict[str, list[Way]] = field(default_factory=dict)
    flapping: list[Way] = field(default_factory=list)
    lifecycle: list[Way] = field(default_factory=list)
    lost: list[Way] = field(default_factory=list)  # on the way from init to up


def sort(ways: Iterable[Way]) -> Graph | None:
    """None where one of them is not among the usual."""
    graph = Graph()
    for way in ways:
        if not (_of_a_check(way, graph) or _of_a_lifecycle(way, graph) or _of_a_start(way, graph)):
            return None
    usual = len(graph.flapping) <= 1 and len(graph.tries) <= 1 and len(graph.exits) <= 1
    return graph if usual else None


def _is_running(way: Way) -> bool | None:
    if way.asked is None or way.asked.name != "process_running":
        return None
    return way.asked.options["running"] == text("true")


def _of_a_start(way: Way, graph: Graph) -> bool:
    """How it comes from init to up: that needs no key."""
    states = set(way.states)
    if way.asked is None and states <= {"init", "start", "restart"}:
        graph.lost.append(way)
        return True
    if way.asked is None or way.notify.node:
        return False
    running = _is_running(way)
    if states == {"init"}:
        ends = (way.to, way.otherwise)
        return (running is True and ends == ("up", "start")) or (
            running is False and ends == ("start", "up")
        )
    if states not in LAUNCHING or way.otherwise:
        return False
    if running:
        return way.to == "up"
    if way.asked.name == "tries" and way.to == "start" and len(states) == 2:
        graph.tries.append(way)
        return True
    return False


def _of_a_check(way: Way, graph: Graph) -> bool:
    if way.states != ("up",) or way.otherwise:
        return False
    name = way.asked.name if way.asked else ""
    if name == "process_exits" or _is_running(way) is False:
        graph.exits.append(way)
        return way.to in ("start", "restart")
    key = {"restart": "restart_if", "stop": "stop_if"}.get(way.to or "")
    if way.asked is None and way.to == "start":
        key = "start_if"
    if key is None or name == "process_running":
        return False
    graph.checks.setdefault(key, []).append(way)
    return True


def _of_a_lifecycle(way: Way, graph: Graph) -> bool:
    if way.states:
        return False
    if way.asked and way.asked.name == "flapping" and way.to == "unmonitored":
        graph.flapping.append(way)
    else:
        graph.lifecycle.append(way)
    return True


def items(graph: Graph, keepalive: Mapping[str, Any] | None) -> Iterator[Item]:
    if not graph.exits and keepalive is None:
        yield Item(remarks=(NEVER_STARTED,))
    yield from _exits(graph.exits)
    yield from (Item(remarks=way.remarks) for way in graph.lost)
    yield from map(_tries, graph.tries)
    yield from _keepalive(keepalive or {})
    usual = graph.exits[0].notify.node if graph.exits else None
    for key, found in graph.checks.items():
        yield from _checks(key, [_unless(usual, way) for way in found])
    for way in (_unless(usual, one) for one in graph.flapping):
        yield Item(key="flapping", node=_flapping(way), remarks=way.remarks)
    yield Item(key="lifecycle", children=tuple(way.row() for way in graph.lifecycle))


def _unless(usual: Node | None, way: Way) -> Way:
    """Whoever is told of the watch anyway need not be named again."""
    if way.notify.node is None or way.notify.node != usual:
        return way
    return replace(way, notify=Told(None, way.notify.remarks))


def _exits(found: list[Way]) -> Iterator[Item]:
    """Whoever was told of every end is told of the watch."""
    for way in found:
        yield Item(key="notify", node=way.notify.node, remarks=way.remarks)


def _tries(way: Way) -> Item:
    assert way.asked is not None
    options = way.asked.options
    node = options["times"] if options.keys() == {"times"} else table(options)
    return Item(key="start_tries", node=node, remarks=way.remarks)


def _checks(key: str, found: list[Way]) -> Iterator[Item]:
    """A mapping, or a list where a kind is there twice. What the whole tree is measured by has
    keys of its own."""
    rest = []
    for way in found:
        whole = _whole_tree(way) if key == "restart_if" else None
        if whole:
            yield whole
        else:
            rest.append(way)
    kinds = [way.asked.name for way in rest if way.asked]
    listed = len(set(kinds)) < len(kinds)
    children = tuple(_check(way, listed=listed) for way in rest)
    if children:
        yield Item(key=key, children=children)


def _check(way: Way, *, listed: bool) -> Item:
    if way.asked is None:
        return Item(remarks=way.remarks)
    options = table(_with_notify(way))
    if listed:
        return Item(key="-", node=table({way.asked.name: options}), remarks=way.remarks)
    return Item(key=way.asked.name, node=options, remarks=way.remarks)


def _with_notify(way: Way) -> dict[str, Node]:
    assert way.asked is not None
    options = dict(way.asked.many)
    if way.notify.node:
        options["notify"] = way.notify.node
    return options


def _whole_tree(way: Way) -> Item | None:
    names = {"memory_usage": "memory", "cpu_usage": "cpu"}
    if way.asked is None or way.asked.name not in names or "tree" not in way.asked.options:
        return None
    options = {key: node for key, node in _with_notify(way).items() if key != "tree"}
    if is_three_of_five(options["times"]):
        del options["times"]
    node = options["above"] if options.keys() == {"above"} else table(options)
    return Item(key=names[way.asked.name], node=node, remarks=way.remarks)


def is_three_of_five(node: Node) -> bool:
    return isinstance(node, Series) and words(node) == ["3", "5"]


def words(node: Series) -> list[str]:
    return [one.value for one in node.items if isinstance(one, Text)]


def _flapping(way: Way) -> Node:
    assert way.asked is not None
    options = dict(way.asked.options)
    states = options.get("to_state")
    words = (
        [one.value for one in states.items if isinstance(one, Text)]
        if isinstance(states, Series)
        else []
    )
    if sorted(words) == ["restart", "start"]:
        del options["to_state"]
    if "retry_in" not in options:
        options["retry_in"] = text("null")  # god: never again by itself
    if way.notify.node:
        options["notify"] = way.notify.node
    return table(options)


def _keepalive(options: Mapping[str, Any]) -> Iterator[Item]:
    readers = {
        "interval": interval,
        "memory_max": size,
        "memory_times": times,
        "cpu_max": share,
        "cpu_times": times,
    }
    found: dict[str, Node] = {}
    for key, value in options.items():
        try:
            if key not in readers:
                yield said(f"keepalive: {key} = {shown(value)} is left out; god has no such option")
            elif value is not None:
                found[key] = readers[key](value)
        except NotCarried as error:
            yield said(f"keepalive: {key} is left out: {error}")
    if found.keys() & {"memory_max", "cpu_max"}:
        yield Item(key="keepalive", node=table(found))
