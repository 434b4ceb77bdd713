"""The rows of a god watch, one condition each, with what could not be carried over in its place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from overseer.config.node import Node, Series, Text, series, table, text
from overseer.importers.conditions import STATES, UNPOLLED, Asked, asked
from overseer.importers.notify import NOBODY, People, Told, told
from overseer.importers.page import Item, Remark
from overseer.importers.recording import Condition, Row, Watch
from overseer.importers.values import NotCarried, interval, number, partition

TREE = Remark("what is watched is a shell, so it is measured with its children (god: the shell)")
MEASURED = frozenset({"memory_usage", "cpu_usage"})
PROCESS = MEASURED | {"process_running", "process_exits"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """*states* is empty in a lifecycle. *asked* is None where nothing could be carried over:
    then *lost* says why."""

    states: tuple[str, ...]
    to: str | None
    otherwise: str | None = None
    asked: Asked | None = None
    notify: Told = NOBODY
    lost: Remark | None = None

    @property
    def remarks(self) -> tuple[Remark, ...]:
        if self.lost:
            return (self.lost,)
        return (*(self.asked.remarks if self.asked else ()), *self.notify.remarks)

    def row(self) -> Item:
        """As one of `transitions`, or of `lifecycle`."""
        if self.asked is None:
            return Item(remarks=self.remarks)
        entries: dict[str, Node] = {}
        if self.states:
            entries["from"] = text(self.states[0]) if len(self.states) == 1 else series(self.states)
        entries["when"] = self.asked.node
        if self.to:
            entries["to"] = text(self.to)
        if self.otherwise:
            entries["else"] = text(self.otherwise)
        if self.notify.node:
            entries["notify"] = self.notify.node
        return Item(key="-", node=table(entries), remarks=self.remarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a way is read in: whom there is to tell, which states, and whether children count.
    *environment*: the variables that the files set for all."""

    people: People
    states: tuple[str, ...] = STATES
    tree: bool = False
    task: bool = False
    environment: frozenset[str] = frozenset()


def ways(watch: Watch, setting: Setting) -> tuple[Way, ...]:
    return tuple(
        _way(condition, row, watch, setting) for row in watch.rows for condition in row.conditions
    )


def keepalive(options: Mapping[str, Any], setting: Setting) -> tuple[Way, ...]:
    """The rows that it stands for in god."""
    limits = []
    for name, kind in (("memory", "memory_usage"), ("cpu", "cpu_usage")):
        if (above := options.get(f"{name}_max")) is not None:
            times = options.get(f"{name}_times", [3, 5])
            limits.append(Condition(kind=kind, options={"above": above, "times": times}))
    here = Condition(kind="process_running", options={"running": True})
    rows = (
        Row(states=("init",), to={"true": "up", "false": "start"}, at="", conditions=(here,)),
        Row(states=("start", "restart"), to={"true": "up"}, at="", conditions=(here,)),
        Row(states=("up",), to={"true": "start"}, at="", conditions=(GONE,)),
        Row(states=("up",), to={"true": "restart"}, at="", conditions=tuple(limits)),
    )
    return ways(Watch(options={}, at="", rows=rows), setting)


FROM_NOWHERE = "left out, as nothing is asked in a state that is not there"
GONE = Condition(kind="process_exits", options={})


def _way(condition: Condition, row: Row, watch: Watch, setting: Setting) -> Way:
    to = condition.options.get("transition") or row.to.get("true")
    otherwise = row.to.get("false")
    here, strange = partition(row.states or (), set(setting.states) - {"unmonitored"})
    states = tuple(here) or row.states or ()
    bare = Way(states=states, to=str(to) if to else None, otherwise=otherwise)
    try:
        _check_states(bare, setting)
        if setting.task:
            _check_task(condition)
        found = asked(condition)
        if found.name == "flapping" and row.states is not None:
            raise NotCarried("flapping outside a lifecycle was never met in god")
    except NotCarried as error:
        said = f"not carried over ({condition.at}, {_place(bare)}): {error}"
        return replace(bare, lost=Remark(said, error.code))
    if here and strange:
        also = Remark(f"from {', '.join(strange)}, too, in god: {FROM_NOWHERE}")
        found = replace(found, remarks=(also, *found.remarks))
    found = _measured(_paced(found, condition, watch), setting)
    if otherwise and counts(found):
        said = f"god went to {otherwise} where this was not met; with times, not met says nothing"
        found = replace(found, remarks=(*found.remarks, Remark(said)))
        bare = replace(bare, otherwise=None)
    return replace(bare, asked=found, notify=told(condition.options.get("notify"), setting.people))


def _place(way: Way) -> str:
    if not way.states:
        return f"lifecycle to {way.to}" if way.to else "lifecycle"
    return f"{', '.join(way.states)} to {way.to or way.otherwise}"


def _check_states(way: Way, setting: Setting) -> None:
    if "unmonitored" in way.states:
        raise NotCarried("nothing is asked while unmonitored")
    for state in (*way.states, way.to, way.otherwise):
        if state and state not in setting.states:
            raise NotCarried(f"there is no state {state}; god came to a standstill there")


def _check_task(condition: Condition) -> None:
    """What is about a process says nothing in a task."""
    if condition.kind in PROCESS:
        raise NotCarried(f"{condition.kind} is about a process, and a task has none")
    for part in condition.operands:
        _check_task(part)


def counts(found: Asked) -> bool:
    """More than one answer is needed."""
    match found.options.get("times"):
        case Series():
            return True
        case Text(value):
            return value != "1"
    return False


def _paced(found: Asked, condition: Condition, watch: Watch) -> Asked:
    """With an interval of its own, where that is not the watch's."""
    if found.name in UNPOLLED:
        return found
    own = condition.options.get("interval", condition.then)
    usual = watch.options.get("interval")
    try:
        if own is None or number(own) == 0 or (usual is not None and number(own) == number(usual)):
            return found
        return replace(found, options={**found.options, "interval": interval(own)})
    except NotCarried as error:
        said = Remark(f"{found.name}: interval is left out: {error}")
        return replace(found, remarks=(*found.remarks, said))


def _measured(found: Asked, setting: Setting) -> Asked:
    if not setting.tree or found.name not in MEASURED:
        return found
    options = {**found.options, "tree": text("true")}
    return replace(found, options=options, remarks=(TREE, *found.remarks))
