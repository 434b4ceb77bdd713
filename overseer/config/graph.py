"""The rows of `transitions` and `lifecycle`, and whether together they make a graph."""

from collections.abc import Iterable
from typing import Any

from overseer.conditions.always import Always
from overseer.conditions.base import Condition, Polled
from overseer.conditions.complex import Complex
from overseer.conditions.flapping import Flapping
from overseer.config import circles, doing, limits, task
from overseer.config.catalogue import Catalogue
from overseer.config.forms import wrong
from overseer.config.members import MemberReader
from overseer.config.node import Node, Series, Spot, Table, Text, is_null
from overseer.config.notify import NOTIFY
from overseer.config.record import build, unknown
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.model.state import INIT, RESTART, START, STATES, UNMONITORED, UP
from overseer.model.transition import RELOAD, Notify, Transition

ROW = "{from: up, when: process_exits, to: start}"
KEYS = ("from", "when", "to", "else", "notify", "signal", "run")
SOURCES = tuple(state for state in STATES if state != UNMONITORED)


class RowReader:
    """Reads rows; *calls* gathers whom they name, and where. *states* are a task's own, None for
    those that a program goes through."""

    def __init__(
        self,
        lifecycle: bool,
        states: tuple[str, ...] | None,
        catalogue: Catalogue,
        troubles: Troubles,
    ) -> None:
        self._lifecycle = lifecycle
        self.states = states
        self._is_task = states is not None
        self._sources = SOURCES if states is None else states
        self._targets = (*self._sources, UNMONITORED)
        self._catalogue = catalogue
        self._troubles = troubles
        self._members = MemberReader(self._named, troubles)
        self.calls: list[tuple[Notify, Spot]] = []

    def read(self, node: Node) -> Transition | Unread:
        if not isinstance(node, Table):
            return wrong(
                node, "lifecycle" if self._lifecycle else "transitions", ROW, self._troubles
            )
        known = KEYS[1:] if self._lifecycle else KEYS
        strange = [key for key in node.entries if key not in known and not key.startswith("x-")]
        for key in strange:
            unknown(key, known, "a row", node.entries[key].spot, self._troubles)
        states = self._from(node)
        when, to, notify = self._when(node)
        otherwise = self._state(node.get("else"), "else", self._targets)
        signal = doing.signal(node, to, self._is_task, self._troubles)
        run = doing.run(node, to, self._troubles)
        if strange or UNREAD in (states, when, to, notify, otherwise, signal, run):
            return UNREAD
        self._check_else(node, when)
        if isinstance(when, Flapping) and (to == RELOAD or signal):
            said = "flapping: nothing runs when it is met; write `run` and a program, or `notify`"
            return self._troubles.error(node.spot, said)
        if self._is_task and (why := task.misled(when, to)):
            return self._troubles.error(node.spot, f"flapping: {why}")
        if to == RELOAD:
            return Transition(states, when, None, otherwise, notify, reload=True)
        return Transition(states, when, to, otherwise, notify, signal=signal, run=run)

    def _from(self, node: Table) -> Any:
        if self._lifecycle:
            return ()
        given = node.get("from")
        if given is None:
            usual = UP if UP in self._sources or not self._sources else self._sources[0]
            return self._troubles.error(node.spot, f"from is missing; write from: {usual}")
        items = given.items if isinstance(given, Series) else (given,)
        states = tuple(self._state(item, "from", self._sources) for item in items)
        if not states:
            return self._troubles.error(given.spot, f"from: names no state; write from: {UP}")
        return UNREAD if UNREAD in states else states

    def _state(self, node: Node | None, key: str, known: Iterable[str]) -> Any:
        if node is None or is_null(node):
            return None
        if not isinstance(node, Text):
            return wrong(node, key, "a state like up", self._troubles)
        if node.value in known:
            return node.value
        if node.value == UNMONITORED:
            return self._troubles.error(node.spot, f"{key}: nothing is asked while unmonitored")
        near = suggestion(node.value, known, otherwise=f"there are {', '.join(known)}")
        return self._troubles.error(node.spot, f"{key}: there is no state {node.value}{near}")

    def _when(self, node: Table) -> tuple[Any, Any, Any]:
        """The condition, where to, and whom to tell: the last two may stand in the condition."""
        reload = () if self._is_task else (RELOAD,)
        to = self._state(node.get("to"), "to", (*self._targets, *reload))
        notify = self._notify(node.get("notify"))
        when = node.get("when")
        if when is None:
            return Always(), to, notify
        name, options = self._condition(when)
        if name is None:
            return UNREAD, to, notify
        if isinstance(options, Table):
            if "transition" in options.entries:  # god's override
                to = self._state(options.get("transition"), "transition", self._targets)
            if "notify" in options.entries:
                notify = self._notify(options.get("notify"))
            options = options.without(("transition", "notify"))
        return self._named(name, options, when.spot), to, notify

    def _condition(self, when: Node) -> tuple[str | None, Node]:
        if isinstance(when, Text) and not is_null(when):
            return when.value, Text("", when.spot)
        if isinstance(when, Table) and len(when.entries) == 1:
            ((name, entry),) = when.entries.items()
            return name, entry.node
        if isinstance(when, Table) and when.entries:
            said = "when: has one condition; write one row for each of several"
            self._troubles.error(when.spot, said)
        else:
            wrong(when, "when", "process_exits, or {memory_usage: {above: 100MB}}", self._troubles)
        return None, when

    def condition(self, node: Node) -> Condition | Unread:
        """One that stands by itself: its name, or a mapping of its name and its options."""
        name, options = self._condition(node)
        return UNREAD if name is None else self._named(name, options, node.spot)

    def _named(self, name: str, options: Node, spot: Spot) -> Condition | Unread:
        kind = self._catalogue.condition(name, spot)
        if isinstance(kind, Unread):
            return UNREAD
        if self._is_task and (why := task.misfit(kind)):
            return self._troubles.error(spot, f"{name} {why}")
        if issubclass(kind, Complex):
            condition: Condition | Unread = self._members.read(options, name)
        else:
            condition = build(kind, options, name, self._troubles)
        if isinstance(condition, Unread):
            return UNREAD
        if isinstance(condition, Flapping):
            condition = self._flapping(condition, options)
        if isinstance(condition, Unread):
            return UNREAD
        return limits.check(condition, options, name, self._troubles)

    def _flapping(self, limit: Flapping, options: Node) -> Flapping | Unread:
        said = _fault(limit, self._sources, self._is_task)
        if not self._lifecycle:
            said = "flapping: outside a lifecycle it would never be met; move it to `lifecycle`"
        return self._troubles.error(options.spot, said) if said else limit

    def _notify(self, node: Node | None) -> Any:
        if node is None or is_null(node):
            return None
        notify = NOTIFY.read(node, "notify", self._troubles)
        if isinstance(notify, Notify):
            self.calls.append((notify, node.spot))
        return notify

    def _check_else(self, node: Table, when: Condition) -> None:
        entry = node.entries.get("else")
        if entry is None:
            return
        if isinstance(when, Complex) and when.longest > 1:
            self._troubles.error(entry.spot, "else needs times: 1, in all that complex is made of")
        elif isinstance(when, Polled) and when.times.of > 1:
            said = f"else needs times: 1; {when.times} not met says nothing yet"
            self._troubles.error(entry.spot, said)
        elif isinstance(when, Flapping):
            self._troubles.error(entry.spot, "else: flapping has none; leave it out")


def _fault(limit: Flapping, states: tuple[str, ...], is_task: bool) -> str:
    """What is wrong with the numbers of a flapping limit."""
    known = (*states, UNMONITORED)
    unknown_states = [s for s in (*limit.from_state, *limit.to_state) if s not in known]
    if unknown_states:
        near = suggestion(unknown_states[0], known)
        return f"flapping: there is no state {unknown_states[0]}{near}"
    if not limit.from_state and not limit.to_state:
        usual = "[start, restart]" if not is_task else "and the state that counts"
        return f"flapping: to_state is missing; write to_state: {usual}"
    if limit.times.hits != limit.times.of:
        return "flapping: times is one number; write times: 5"
    if limit.within == 0:
        return "flapping: within: 0 would never be met; write within: 5m"
    if (limit.retry_times is None) is not (limit.retry_within is None):
        return "flapping: retry_times and retry_within go together; write both, or neither"
    if limit.retry_times is not None and (limit.retry_in is None or limit.retry_times < 1):
        return "flapping: retry_times counts retries; write 1 or more, and retry_in: 10m"
    return ""


def check(name: str, node: Table, rows: Iterable[Transition], troubles: Troubles) -> None:
    """`up` can be reached, no state is a trap, and what is to be reloaded says how."""
    rows = tuple(rows)
    if any(row.reload for row in rows) and "reload" not in node.entries:
        said = f"{name}: to: reload needs `reload`; write reload: HUP, or a command"
        troubles.error(node.spot, said)
    entry = node.entries.get("transitions")
    spot = entry.spot if entry else node.spot
    down, up = circles.ways_to_up(rows)
    launching = {START, RESTART} & _reached(down, INIT)
    if not launching:
        said = f"{name}: up cannot be reached from init, as nothing is started; add a row like "
        troubles.error(spot, said + FROM_INIT)
    for state in sorted({START, RESTART} if launching else ()):
        if not any(state in row.states and leads_on(row, state) for row in rows):
            said = f"{name}: there is no way out of {state}; add a row like "
            troubles.error(spot, said + TO_UP.replace("init", state))
        elif UP not in _reached(up, state):
            said = f"{name}: up cannot be reached from {state}; add a row like "
            troubles.error(spot, said + TO_UP.replace("init", state))


def leads_on(row: Transition, state: str) -> bool:
    return bool({row.to, row.otherwise} - {None, state})


FROM_INIT = "{from: init, when: {process_running: true}, to: up, else: start}"
TO_UP = "{from: init, when: {process_running: true}, to: up}"


def _reached(ways: dict[str, set[str]], state: str) -> set[str]:
    found, waiting = {state}, [state]
    while waiting:
        for end in ways.get(waiting.pop(), set()) - found:
            found.add(end)
            waiting.append(end)
    return found
