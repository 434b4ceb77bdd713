"""Rows that are legal and hardly meant: a warning each, for they move a watch for nothing."""

from collections.abc import Iterator, Mapping, Sequence

from overseer.conditions.always import Always
from overseer.conditions.flapping import Flapping
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.conditions.tries import Tries
from overseer.config.node import Spot, Table
from overseer.config.trouble import Troubles
from overseer.core.flapping import SHORTEST_HOLD
from overseer.model.state import INIT, RESTART, START, STOP, UNMONITORED, UP
from overseer.model.transition import Transition
from overseer.model.watch import RestartDelay

TWICE = "twice a second at most"


def warn(
    name: str,
    node: Table,
    rows: Sequence[Transition],
    lifecycle: Sequence[Transition],
    delay: RestartDelay,
    interval: float,
    troubles: Troubles,
) -> None:
    spot = spot_of(node, "transitions")
    for said in (*nowhere_new(rows), *circle(rows), *too_few_polls(rows, interval)):
        troubles.warn(spot, f"{name}: {said}")
    for said in nowhere_new_from_anywhere(lifecycle):
        troubles.warn(spot_of(node, "lifecycle"), f"{name}: {said}")
    for said in without_delay(delay, lifecycle):
        troubles.warn(spot_of(node, "restart_delay"), f"{name}: {said}")
    for row in lifecycle:
        if isinstance(row.when, Flapping) and (said := of_flapping(row, row.when)):
            troubles.warn(spot_of(node, "flapping", "lifecycle"), f"{name}: flapping: {said}")


def spot_of(node: Table, *keys: str) -> Spot:
    return next((node.entries[key].spot for key in keys if key in node.entries), node.spot)


def of_flapping(row: Transition, limit: Flapping) -> str:
    """What a row says that does not follow."""
    if row.to not in (None, UNMONITORED, STOP):
        return f"to: {row.to} holds nothing back, it only tells; write to: unmonitored or to: stop"
    if limit.retry_in is None:
        return ""
    if row.to is None:
        return RETRIES_NOTHING
    return "retry_in: it is tried again at once; write 1m or more" if too_soon(limit) else ""


RETRIES_NOTHING = (
    "retry_in: a row without `to` holds nothing back, so nothing is tried again; write"
    " to: unmonitored, or leave retry_in out"
)


def too_soon(limit: Flapping) -> bool:
    return limit.retry_in is not None and limit.retry_in < SHORTEST_HOLD


def without_delay(rule: RestartDelay, lifecycle: Sequence[Transition]) -> Iterator[str]:
    """What keeps ending is launched again and again, and nothing holds it back."""
    grows = min(rule.next, rule.max, rule.factor) > 0
    counts = rule.reset_after > 0
    holding = (UNMONITORED, STOP)
    held = any(isinstance(row.when, Flapping) and row.to in holding for row in lifecycle)
    if held or (grows and counts) or (not counts and rule.first > 0):
        return
    yield (
        f"restart_delay: without a delay and without flapping a program that keeps ending is"
        f" launched for ever, {TWICE}; write {{next: 1s}}, or flapping: {{times: 8, within: 5m}}"
    )


def nowhere_new(rows: Sequence[Transition]) -> Iterator[str]:
    """Each row by itself: where it leads is where the watch is already."""
    for row in rows:
        if isinstance(row.when, ProcessExits | Tries):
            continue
        down = isinstance(row.when, ProcessRunning) and not row.when.running
        for state in row.states:
            if state == row.to and state in (INIT, UP, STOP):
                yield f"{state} -> {row.to} leads nowhere new; write to: restart, or leave to out"
            elif state == UP and row.to in (START, INIT) and not down:
                said = "starts nothing, as it runs already; write to: restart"
                yield f"{state} -> {row.to} {said}"
            elif state in (INIT, START, RESTART) and row.to == UP and isinstance(row.when, Always):
                yield f"{state} -> up is only for what runs; write when: {{process_running: true}}"


def nowhere_new_from_anywhere(lifecycle: Sequence[Transition]) -> Iterator[str]:
    """A lifecycle row holds in every state, also in that where it leads."""
    for row in lifecycle:
        if row.to in (INIT, START, UP) and not isinstance(row.when, ProcessExits | Flapping):
            yield f"lifecycle: to: {row.to} moves what is up already; write to: restart or to: stop"


def circle(rows: Sequence[Transition]) -> Iterator[str]:
    """States that lead to each other whatever happens, as long as the program runs, or does not."""
    for running in (True, False):
        ways = {}
        for row in rows:
            if (to := leads(row, running)) is not None:
                ways.update({state: to for state in row.states if state not in ways})
        ways = {state: to for state, to in ways.items() if state != to}
        if found := turning(ways):
            path = " -> ".join((*found, found[0]))
            while_ = "while it runs" if running else "while it does not run"
            yield f"{path} turns in a circle {while_}; give one of these rows a condition"
            return


def leads(row: Transition, running: bool) -> str | None:
    """Where the row leads at once; None where it waits for something, or starts a program."""
    to = None
    if isinstance(row.when, ProcessRunning):
        to = row.to if row.when.running is running else row.otherwise
    elif isinstance(row.when, Always):
        to = row.to if row.when.what else row.otherwise
    return to


def turning(ways: Mapping[str, str]) -> list[str]:
    """The states of a circle, the usual first one first."""
    for begin in (INIT, START, UP, RESTART, STOP):
        path: list[str] = []
        state: str | None = begin
        while state is not None and state not in path:
            path.append(state)
            state = ways.get(state)
        if state is not None:
            return path[path.index(state) :]
    return []


def too_few_polls(rows: Sequence[Transition], interval: float) -> Iterator[str]:
    """`tries` counts polls: so many do not come within that time."""
    for row in rows:
        if not isinstance(row.when, Tries) or row.when.within is None:
            continue
        every = row.when.interval or interval
        if (row.when.times.of - 1) * every >= row.when.within:
            yield (
                f"tries: {row.when.times.of} polls, {every:g}s apart, never come within"
                f" {row.when.within:g}s; write a longer within, or leave it out"
            )


def ways_to_up(rows: Sequence[Transition]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Where each state may lead while nothing runs, and while the program runs."""
    down: dict[str, set[str]] = {}
    up: dict[str, set[str]] = {}
    for row in rows:
        for ways, running in ((down, False), (up, True)):
            if row.when.needs_process and not running:
                continue
            ends = {row.to, row.otherwise}
            if isinstance(row.when, ProcessRunning | Always):
                ends = {leads(row, running)}
            for state in row.states:
                ways.setdefault(state, set()).update(end for end in ends if end)
    return down, up
