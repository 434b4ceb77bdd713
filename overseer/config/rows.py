"""The graph of a concise watch: which transitions its keys stand for."""

from collections.abc import Iterator

from overseer.config import healthy
from overseer.config.catalogue import Catalogue
from overseer.config.concise import GRAPH, Keepalive, OnExit
from overseer.config.members import counts_itself
from overseer.config.merge import extends
from overseer.config.node import (
    DEFAULT,
    Broken,
    Entry,
    Node,
    Series,
    Spot,
    Table,
    Text,
    describe,
    is_null,
    series,
    table,
    text,
)
from overseer.config.record import build, options, unknown
from overseer.config.trouble import Troubles, Unread
from overseer.config.usual import (
    FLAPPING_HINT,
    FROM_INIT,
    HELD_BACK,
    LAUNCHING,
    ON_EXIT,
    TO_UP,
    flapping_row,
    row,
    told_by_behavior,
)
from overseer.model.state import RESTART, START, STOP, UP
from overseer.model.transition import RELOAD

ENDING = (START, RESTART, UP)
CHECKS = {  # concise key: from, to, whether three of five are the usual times
    "restart_if": ((UP,), RESTART, True),
    "stop_if": ((UP,), STOP, True),
    "start_if": ((STOP,), START, False),
    "reload_if": ((UP,), RELOAD, True),
    "alert_if": ((UP,), None, False),
}
OF_THE_PROCESS = frozenset({"process_running", "process_exits"})  # start_if asks them in `up`


def expand(watch: Table, catalogue: Catalogue, troubles: Troubles) -> Table:
    """*watch* with all of its graph in `transitions` and `lifecycle`."""
    given = [key for key in GRAPH if key in watch.entries]
    if "transitions" in watch.entries and not extends(watch):
        for key in given:
            troubles.error(watch.entries[key].spot, f"{key} stands beside transitions; {EXTEND}")
        return watch.without(given)
    graph = _Graph(watch, catalogue, troubles)
    found = {"transitions": Series(tuple(graph.rows()), watch.spot)}
    found["lifecycle"] = Series(tuple(graph.lifecycle()), watch.spot)
    more = {key: Entry(node.spot, node) for key, node in found.items()}
    return watch.without(given).with_entries(more)


EXTEND = "write it as a row, or write transitions: {extend: default, add: [...]}"


class _Graph:
    def __init__(self, watch: Table, catalogue: Catalogue, troubles: Troubles) -> None:
        self._watch = watch
        self._catalogue = catalogue
        self._troubles = troubles

    def rows(self) -> Iterator[Node]:
        yield FROM_INIT
        yield TO_UP
        yield from self._tries()
        yield from self._exits()
        yield from self._limit("memory", "memory_usage")
        yield from self._limit("cpu", "cpu_usage")
        yield from self._keepalive()
        yield from self._healthy()
        for key in CHECKS:
            yield from self._checks(key)
        yield from self._added()

    def lifecycle(self) -> Iterator[Node]:
        node = self._watch.get("lifecycle")
        own = node.items if isinstance(node, Series) else (node,) if node else ()
        named = any(_names_flapping(item) for item in own)
        entry = self._watch.entries.get("flapping")
        if told := told_by_behavior(self._watch.get("behaviors")):
            if entry or named:
                said = "notify_when_flapping stands beside flapping; write `notify` there instead"
                self._troubles.error(told.spot, said)
            entry = told
        if entry and named:
            said = "flapping stands here and in lifecycle; write it once"
            self._troubles.error(entry.spot, said)
        if entry or not named:
            yield from self._flapping(entry)
        yield from own

    def _tries(self) -> Iterator[Node]:
        if entry := self._watch.entries.get("start_tries"):
            self._troubles.call(entry, "tries", "start_tries")
            yield row(entry.spot, LAUNCHING, table({"tries": entry.node}, entry.spot), START)

    def _exits(self) -> Iterator[Node]:
        entry = self._watch.entries.get("on_exit")
        if entry is None:
            yield ON_EXIT
            return
        spot = entry.spot
        how = GRAPH["on_exit"].read(entry.node, "on_exit", self._troubles)
        if how is OnExit.STOP:
            yield row(spot, ENDING, text("process_exits", spot), STOP)
        elif how is OnExit.RESTART_ON_FAILURE:
            yield row(spot, ENDING, _exit("true", spot), STOP)
            yield row(spot, (UP,), _exit("false", spot), START)
        elif how is OnExit.RESTART:
            yield row(spot, (UP,), text("process_exits", spot), START)

    def _limit(self, key: str, condition: str) -> Iterator[Node]:
        """memory: and cpu: measure the whole tree."""
        entry = self._watch.entries.get(key)
        if entry is None or isinstance(entry.node, Broken):
            return
        if not isinstance(entry.node, Table):
            value = GRAPH[key].read(entry.node, key, self._troubles)
            if isinstance(value, Unread):
                return
        self._troubles.call(entry, condition, key)
        when = self._with_times(condition, entry, many=True)
        if isinstance(when, Table) and "tree" not in when.entries:
            when = when.with_entries({"tree": Entry(DEFAULT, text("true"))})
        yield row(entry.spot, (UP,), table({condition: when}, entry.spot), RESTART)

    def _keepalive(self) -> Iterator[Node]:
        entry = self._watch.entries.get("keepalive")
        if entry is None:
            return
        if not isinstance(entry.node, Table):
            if GRAPH["keepalive"].read(entry.node, "keepalive", self._troubles) is False:
                self._troubles.error(entry.spot, "keepalive: false is written on_exit: stop")
            return
        if isinstance(build(Keepalive, entry.node, "keepalive", self._troubles), Unread):
            return
        for name, condition in (("memory", "memory_usage"), ("cpu", "cpu_usage")):
            above = entry.node.get(f"{name}_max")
            if above is None or is_null(above):
                continue
            times = entry.node.get(f"{name}_times") or series(("3", "5"))
            when = {"above": above, "times": times}
            if interval := entry.node.get("interval"):
                when["interval"] = interval
            options = table(when, above.spot)
            yield row(above.spot, (UP,), table({condition: options}, above.spot), RESTART)

    def _checks(self, key: str) -> Iterator[Node]:
        states, to, many = CHECKS[key]
        for name, entry in self._conditions(key):
            here = (UP,) if key == "start_if" and name in OF_THE_PROCESS else states
            when = self._with_times(name, entry, many=many)
            yield row(entry.spot, here, table({name: when}, entry.spot), to)

    def _healthy(self) -> Iterator[Node]:
        """up -> restart, when what must be so is not."""
        entry = self._watch.entries.get("healthy")
        for name, one in healthy.items(entry.node, "healthy", self._troubles) if entry else ():
            found = healthy.turned(name, one, self._troubles, so=False)
            if found:
                kind, when = found[0], self._with_times(*found, many=True)
                yield row(one.spot, (UP,), table({kind: when}, one.spot), RESTART)

    def _conditions(self, key: str) -> Iterator[tuple[str, Entry]]:
        """Of a mapping, or of a list of mappings and bare names."""
        entry = self._watch.entries.get(key)
        if entry is None:
            return
        node = entry.node
        for item in node.items if isinstance(node, Series) else (node,):
            if isinstance(item, Table) and (item.entries or item is node):
                yield from item.entries.items()
            elif isinstance(item, Text):
                yield item.value, Entry(item.spot, Text("", item.spot))
            elif not isinstance(item, Broken):
                said = f"{key}: {describe(item)} is not understood; write {GRAPH[key].example}"
                self._troubles.error(item.spot, said)

    def _with_times(self, name: str, entry: Entry, *, many: bool) -> Node:
        """Three of five, where a condition that is polled does not say how often."""
        kind = self._catalogue.condition(name, entry.spot)
        node = entry.node
        if isinstance(kind, Unread) or isinstance(node, Series | Broken):
            return node
        usual = options(kind).get("times")
        if not many or usual is None or usual.required or not kind.polled or kind.sudden:
            return node
        if counts_itself(kind, node):
            return node
        if isinstance(node, Text) and not is_null(node):
            if not kind.brief:
                return node
            node = table({kind.brief: node}, node.spot)
        entries = node.entries if isinstance(node, Table) else {}
        return Table({"times": Entry(DEFAULT, series(("3", "5"))), **entries}, node.spot)

    def _added(self) -> Iterator[Node]:
        node = self._watch.get("transitions")
        if not isinstance(node, Table):
            return
        for key, entry in node.entries.items():
            if key == "extend":
                if not isinstance(entry.node, Text) or entry.node.value != "default":
                    self._troubles.error(entry.node.spot, "extend: write extend: default")
            elif key == "add":
                added = entry.node
                yield from added.items if isinstance(added, Series) else (added,)
            else:
                unknown(key, ("extend", "add"), "transitions", entry.spot, self._troubles)
        if "extend" not in node.entries:
            said = "transitions: a mapping needs extend: default; else write a list of rows"
            self._troubles.error(node.spot, said)

    def _flapping(self, entry: Entry | None) -> Iterator[Node]:
        node = entry.node if entry else text("true")
        word = node.value if isinstance(node, Text) else ""
        if word == "true":
            yield HELD_BACK
        elif isinstance(node, Table) and entry:
            yield flapping_row(node, entry.spot)
        elif word not in ("off", "false") and not isinstance(node, Broken):
            said = f"flapping: {describe(node)} is not understood; {FLAPPING_HINT}"
            self._troubles.error(node.spot, said)


def _exit(expected: str, spot: Spot) -> Node:
    return table({"process_exits": table({"expected": text(expected, spot)}, spot)}, spot)


def _names_flapping(node: Node) -> bool:
    when = node.get("when") if isinstance(node, Table) else None
    if isinstance(when, Table):
        return "flapping" in when.entries
    return isinstance(when, Text) and when.value == "flapping"
