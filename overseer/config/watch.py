"""From the explicit form of a watch to the Watch."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from overseer import plugins
from overseer.behaviors.base import Behavior
from overseer.behaviors.notify_when_flapping import NotifyWhenFlapping
from overseer.conditions.base import Condition, Polled
from overseer.conditions.flapping import Flapping
from overseer.config import circles, command, graph, keys, limits, scheduled, sections, task
from overseer.config.catalogue import Catalogue
from overseer.config.concise import ATTRIBUTES, GRAPH
from overseer.config.forms import wrong
from overseer.config.node import Broken, Node, Series, Spot, Table, Text, is_null
from overseer.config.record import build
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.core.one_shot import completes
from overseer.model.program import Program
from overseer.model.transition import Notify, Transition
from overseer.model.watch import Origin, RestartDelay, Watch

OF_RESTART = {
    "before_restart": "check_before_restart: CMD, which is asked before a restart stops anything,"
    " or before_stop",
    "after_restart": "after_start",
}
"""Hooks that would never be run where a restart is a stop and a start; and what to write there."""
OF_ONE_WATCH = frozenset({"instances", "each", "use", "with"})
"""Keys that say how many watches a definition is, or where the rest of it stands."""
GRAPHS = frozenset({"transitions", "lifecycle", "states", "initial_state"})
"""Keys of which the graph is made."""
PLACES = frozenset({"chroot", "dir", "env_file", "err_log", "group", "log", "pid_file", "user"}) | {
    "depends_on",
    "runtime_dir",
    "tags",
}
"""Keys that say what a watch needs of the machine and of others."""
READY_EVERY = 1.0
"""Seconds between two looks whether it is ready, where nothing else is written."""


@dataclass(frozen=True, slots=True)
class Call:
    """One `notify:`, or another *key* that names contacts, and where it stands."""

    notify: Notify
    spot: Spot
    key: str = "notify"


def check_keys(watch: Table, name: str, troubles: Troubles) -> Table:
    """Without the keys that there are not, which are blamed: before the expansion."""
    known = {*keys.EXPLICIT, *ATTRIBUTES, *GRAPH}
    strange = [key for key in watch.entries if key not in known]
    for key in strange:
        synonym = keys.SYNONYMS.get(key) or as_a_check(key)
        hint = f"; write {synonym}" if synonym else suggestion(key, known)
        if key in sections.TOP:
            hint = f"; {key} stands at the top of the file"
        if name == "defaults" and key in OF_ONE_WATCH:
            hint = f"; {key} stands in a watch, or in a template"
        troubles.error(watch.entries[key].spot, f"{name}: there is no key {key}{hint}")
    return watch.without(strange)


def as_a_check(key: str) -> str:
    """Where the name of a condition is to stand."""
    if key not in plugins.ours("conditions"):
        return ""
    if key == "heartbeat":
        return "healthy: [heartbeat: …]"
    return f"restart_if: [{key}: …], or alert_if"


class WatchReader:
    """Reads one watch after another; *calls* gathers whom they name."""

    def __init__(self, catalogue: Catalogue, troubles: Troubles) -> None:
        self._catalogue = catalogue
        self._troubles = troubles
        self.calls: list[Call] = []
        self.partial: Watch | None = None
        """Of the last one with a problem: what could be read, where that tells how it runs."""
        self._known: dict[tuple[object, ...], tuple[Node, Transition | Unread]] = {}

    def read(self, name: str, spot: Spot, node: Table, is_whole: bool = True) -> Watch | Unread:
        """A Watch, or UNREAD with its problems told. *is_whole*: all of its keys are spelled out
        in *node*."""
        self.partial = None
        if task.is_task(node):
            good = task.check(name, node, self._troubles)
        else:
            good = check_mode(name, spot, node, self._troubles)
        program = self._values(node, keys.PROGRAM)
        own = self._values(node, keys.WATCH)
        own["behaviors"] = self._behaviors(node.get("behaviors"))
        for key in ("transitions", "lifecycle"):
            own[key] = self._rows(node.get(key), key, task.names(node))
        own["ready"] = self._ready(node.get("ready"))
        self._positive(node, own)
        self._add_hooks(program, own["behaviors"], node)
        unread = {key for both in (program, own) for key, value in both.items() if value is UNREAD}
        is_whole = is_whole and good and "use" not in node.entries
        if is_whole and not unread & GRAPHS:
            self._check_graph(name, node, own, complete=not unread)
        if "notify" not in unread:
            self._call(own.get("notify"), node.get("notify"))
        if "use" not in node.entries and not unread & {"behaviors", "lifecycle"}:
            self._check_told(own, node)
        legible = {key: value for key, value in own.items() if key not in unread}
        runs = Program(**{key: value for key, value in program.items() if key not in unread})
        watch = Watch(name=name, program=runs, origin=Origin(spot.file, spot.line), **legible)
        if unread or not good:
            if "use" not in node.entries and not unread & PLACES:
                self.partial = watch
            return UNREAD
        return self._completed(watch, node)

    def _completed(self, watch: Watch, node: Table) -> Watch | Unread:
        name = watch.name
        if watch.skip_codes and "before_start" not in watch.program.hooks:
            said = f"{name}: skip_codes are those of hooks: {{before_start: CMD}}; write it, or"
            return self._troubles.error(
                node.entries["skip_codes"].spot, f"{said} leave skip_codes out"
            )
        if watch.once is not None and not completes(watch):
            said = f"{name}: once is for what comes to its end, and this is started again whenever"
            said += " it ends; write on_exit: stop, or leave once out"
            return self._troubles.error(node.entries["once"].spot, said)
        if problem := command.capability_problem(watch.program):
            spot = node.entries[problem.partition(":")[0]].spot
            return self._troubles.error(spot, f"{name}: {problem}")
        told = replace(watch.program, notify_socket=watch.listens, watchdog=watch.watchdog)
        return replace(watch, program=told)

    def _check_graph(
        self, name: str, node: Table, own: Mapping[str, Any], *, complete: bool
    ) -> None:
        if task.is_task(node):
            task.check_graph(name, node, own["transitions"], own["lifecycle"], self._troubles)
        elif not scheduled.is_scheduled(node):
            graph.check(name, node, own["transitions"], self._troubles)
            if complete:
                self._warn(name, node, own)

    def _values(self, node: Table, forms: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: forms[key].read(entry.node, key, self._troubles)
            for key, entry in node.entries.items()
            if key in forms
        }

    def _positive(self, node: Table, own: Mapping[str, Any]) -> None:
        for key in keys.MORE_THAN_NOTHING & own.keys():
            if own[key] == 0:
                spot = node.entries[key].node.spot
                self._troubles.error(spot, limits.too_often(key, 0))
        every = own.get("interval")
        if isinstance(every, float) and 0 < every < limits.SHORTEST_INTERVAL:
            spot = node.entries["interval"].node.spot
            self._troubles.error(spot, limits.too_often("interval", every))

    def _warn(self, name: str, node: Table, own: Mapping[str, Any]) -> None:
        delay = own.get("restart_delay", RestartDelay())
        interval = own.get("interval", keys.default("interval"))
        rows = own["transitions"], own["lifecycle"]
        circles.warn(name, node, *rows, delay, interval, self._troubles)

    def _behaviors(self, node: Node | None) -> tuple[Behavior, ...] | Unread:
        """Names, or mappings of a name and its options."""
        found: list[Behavior | Unread] = []
        for name, options in self._named(node):
            kind = self._catalogue.behavior(name, options.spot)
            if isinstance(kind, Unread):
                found.append(UNREAD)
            else:
                found.append(build(kind, options, name, self._troubles))
        good = tuple(item for item in found if not isinstance(item, Unread))
        return good if len(good) == len(found) else UNREAD

    def _add_hooks(self, program: dict[str, Any], behaviors: Any, node: Table) -> None:
        """The commands of behaviors stand beside the watch's own."""
        hooks = own = program.get("hooks", {})
        if UNREAD in (behaviors, hooks):
            return
        for name, argv in (item for one in behaviors for item in one.hooks().items()):
            if name in hooks:
                said = f"behaviors: {name} has a command already; write a script that runs both"
                self._troubles.error(node.entries["behaviors"].spot, said)
            hooks = {**hooks, str(name): argv}
        if hooks:
            program["hooks"] = hooks
        for name in OF_RESTART.keys() & hooks.keys() if "restart" not in program else ():
            key = "hooks" if name in own else "behaviors"
            said = f"{key}: {name} stands beside a `restart:` command, and there is none;"
            self._troubles.error(node.entries[key].spot, f"{said} write {OF_RESTART[name]}")

    def _check_told(self, own: dict[str, Any], node: Table) -> None:
        """With rows of its own a watch says itself what flapping is."""
        told = any(isinstance(one, NotifyWhenFlapping) for one in own["behaviors"])
        if told and not any(isinstance(row.when, Flapping) for row in own["lifecycle"]):
            said = "notify_when_flapping: write a flapping row in lifecycle, with notify in it"
            self._troubles.error(node.entries["behaviors"].spot, said)

    def _named(self, node: Node | None) -> Iterator[tuple[str, Node]]:
        for item in node.items if isinstance(node, Series) else (node,) if node else ():
            if isinstance(item, Text) and not is_null(item):
                yield item.value, Text("", item.spot)
            elif isinstance(item, Table):
                for name, entry in item.entries.items():
                    yield name, entry.node
            elif not isinstance(item, Broken):
                wrong(item, "behaviors", "[clean_pid_file]", self._troubles)

    def _rows(self, node: Node | None, key: str, states: tuple[str, ...] | None) -> Any:
        """The transitions of *key*, in their order."""
        if node is None:
            return ()
        if isinstance(node, Broken):
            return UNREAD
        reader = graph.RowReader(key == "lifecycle", states, self._catalogue, self._troubles)
        nodes = node.items if isinstance(node, Series) else (node,)
        rows = tuple(self._row(item, key, reader) for item in nodes)
        self.calls += [Call(notify, spot) for notify, spot in reader.calls]
        return UNREAD if UNREAD in rows else rows

    def _ready(self, node: Node | None) -> Any:
        """Conditions that are asked until they hold."""
        if node is None or is_null(node):
            return ()
        reader = graph.RowReader(False, None, self._catalogue, self._troubles)
        items = node.items if isinstance(node, Series) else (node,)
        found = [self._readiness(item, reader.condition(item)) for item in items]
        return UNREAD if UNREAD in found else tuple(found)

    def _readiness(self, node: Node, condition: Condition | Unread) -> Condition | Unread:
        if isinstance(condition, Unread):
            return UNREAD
        if not isinstance(condition, Polled):
            said = "ready: what cannot be asked again and again says nothing; write http: {port: …}"
            return self._troubles.error(node.spot, said)
        return replace(condition, interval=condition.interval or READY_EVERY)

    def _row(self, node: Node, key: str, reader: graph.RowReader) -> Transition | Unread:
        """A row of the defaults is read once for all watches, and shared by them."""
        place = (id(node), key, reader.states)
        known = self._known.get(place)
        if known is None:  # the node is kept, or its id could become another's
            known = self._known[place] = (node, reader.read(node))
        return known[1]

    def _call(self, notify: Notify | None, node: Node | None) -> None:
        if notify and node:
            self.calls.append(Call(notify, node.spot))


def check_mode(name: str, spot: Spot, node: Table, troubles: Troubles) -> bool:
    """One that stays in the foreground, or one that daemonizes itself: not both, not neither."""
    has = node.entries.keys()
    entry = node.entries.get("initial_state")
    if entry and "use" not in has:
        said = f"{name}: initial_state is a task's; write states: {{ok: null}} too, or leave it out"
        troubles.error(entry.spot, said)
        return False
    if "command" in has and (other := next((k for k in ("start", "pid_file") if k in has), None)):
        said = f"{name}: command and {other} exclude each other; write command for a program "
        said += "that stays in the foreground, start and pid_file for one that daemonizes itself"
        troubles.error(node.entries[other].spot, said)
    elif "use" in has:  # a template that is not there may have what is missing
        return True
    elif "start" in has and "pid_file" not in has:
        said = f"{name}: start needs pid_file, the file in which the daemon writes its pid; "
        said += "for a program that stays in the foreground write command"
        troubles.error(node.entries["start"].spot, said)
    elif "pid_file" in has and "start" not in has:
        said = f"{name}: pid_file needs start, the command that leaves the daemon behind; "
        said += "for a program that stays in the foreground write command and no pid_file"
        troubles.error(node.entries["pid_file"].spot, said)
    elif "command" not in has and "start" not in has:
        if misspelt(name, troubles):
            return False
        troubles.error(spot, f"{name}: command is missing; write command: {WORKER}")
    else:
        return True
    return False


def misspelt(name: str, troubles: Troubles) -> bool:
    """True where a key that was blamed may have been meant as the command."""
    beginning = f"{name}: there is no key "
    hints = (said.partition("; ")[2] for said in troubles.said(beginning))
    return any(not hint or OF_COMMAND.search(hint) for hint in hints)


OF_COMMAND = re.compile(r"\b(command|start|schedule|states|space after the colon)\b")
WORKER = "/usr/bin/worker --verbose"
