"""A task in a watch file: states of its own instead of a process, and what follows from that."""

from collections.abc import Iterable, Mapping, Sequence

from overseer.conditions.base import Condition
from overseer.conditions.flapping import Flapping
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.config import circles, states
from overseer.config.node import Entry, Node, Series, Table, Text, is_null, series
from overseer.config.trouble import Troubles, suggestion
from overseer.model.argv import SHELL
from overseer.model.state import UNMONITORED
from overseer.model.transition import Transition

DRESS = (
    *("user", "group", "dir", "env", "env_file", "pass_env", "umask", "chroot", "rlimits"),
    *("nice", "ionice", "oom_score_adj", "runtime_dir", "log", "err_log"),
    *("no_new_privs", "capabilities", "ambient_capabilities"),
)
KEYS = frozenset(
    {
        *DRESS,
        *("states", "initial_state", "interval", "start_timeout", "transitions", "lifecycle"),
        *("autostart", "tags", "notify", "was", "uid", "gid", "shell"),
    }
)
"""Of the keys of a watch those that a task has too."""
ROWS = frozenset({"restart_if", "stop_if", "start_if", "reload_if", "alert_if", "start_tries"})
PROCESS = "is about a process, and a task has none"


def is_task(watch: Table) -> bool:
    return "states" in watch.entries


def expand(name: str, watch: Table, troubles: Troubles) -> Table:
    """Without what a task cannot have, which is blamed; with its commands as they are run."""
    strange = [key for key in watch.entries if key not in KEYS]
    for key in strange:
        troubles.error(watch.entries[key].spot, f"{name}: {instead(key)}")
    rows = watch.entries.get("transitions")
    if rows and isinstance(rows.node, Table) and "extend" in rows.node.entries:
        said = f"{name}: transitions: a task has no rows but its own; write a list of rows"
        troubles.error(rows.spot, said)
        strange.append("transitions")
    return watch.without(strange)


def instead(key: str) -> str:
    """What to write for a key of a program's."""
    if key in ("command", "start"):
        said = f"{key} for a program that is to run, or states for a task, with commands in them"
        return f"{key} and states exclude each other; write {said}"
    if key in ROWS:
        return f"{key} {PROCESS}; write a row, {{from: ok, when: …, to: …}}"
    if key == "flapping":
        return "flapping is a row of lifecycle in a task; write to_state: and one of its states"
    return f"{key} {PROCESS}; leave it out"


def through_shell(watch: Table) -> Table:
    """`shell: true`: the commands of its states that are text are run by a shell."""
    entry = watch.entries.get("states")
    if entry is None or not isinstance(entry.node, Table):
        return watch
    found = {key: Entry(one.spot, _wrapped(one.node)) for key, one in entry.node.entries.items()}
    return watch.with_entries({"states": Entry(entry.spot, Table(found, entry.node.spot))})


def _wrapped(node: Node) -> Node:
    if isinstance(node, Table) and "command" in node.entries:
        command = node.entries["command"]
        return node.with_entries({"command": Entry(command.spot, _wrapped(command.node))})
    if not isinstance(node, Text) or is_null(node) or not node.value.strip():
        return node
    return Series((*series((SHELL, "-c")).items, node), node.spot)


def names(watch: Table) -> tuple[str, ...] | None:
    """Those of its states; None for a program, which has the usual ones."""
    return tuple(states.named(watch.get("states"))) if is_task(watch) else None


def check(name: str, watch: Table, troubles: Troubles) -> bool:
    """Where it begins has to be said, and to be one of its states."""
    known, entry = names(watch) or (), watch.entries.get("initial_state")
    if entry is None:
        first = known[0] if known else "ok"
        said = f"{name}: initial_state is missing; write initial_state: {first}"
        troubles.error(watch.entries["states"].spot, said)
    elif isinstance(entry.node, Text) and known and entry.node.value not in known:
        near = suggestion(entry.node.value, known, otherwise=f"there are {', '.join(known)}")
        said = f"{name}: initial_state: there is no state {entry.node.value}{near}"
        troubles.error(entry.node.spot, said)
    else:
        return True
    return False


def misfit(kind: type[Condition]) -> str:
    """Why a task cannot ask this; "" where it can."""
    if kind.needs_process or issubclass(kind, ProcessRunning | ProcessExits):
        return f"{PROCESS}; ask the machine, a file or a program: disk_usage, file_mtime, command"
    return ""


def misled(when: Condition, to: str | None) -> str:
    """Flapping leads out of all states, for a while; or to one of them, and that is that."""
    if isinstance(when, Flapping) and to not in (None, UNMONITORED) and when.retry_in is not None:
        return f"retry_in beside to: {to}; leave it out, or write to: {UNMONITORED}"
    return ""


def check_graph(
    name: str,
    watch: Table,
    rows: Iterable[Transition],
    lifecycle: Iterable[Transition],
    troubles: Troubles,
) -> None:
    """A state that nothing leads to is worth a word."""
    entry = watch.entries["initial_state"].node
    ways: dict[str, set[str]] = {}
    above_all = {end for row in lifecycle for end in (row.to, row.otherwise) if end}
    for row in rows:
        for state in row.states:
            ways.setdefault(state, set()).update(end for end in (row.to, row.otherwise) if end)
    found = reached(ways, {entry.value if isinstance(entry, Text) else "", *above_all})
    for row in lifecycle:
        if isinstance(row.when, Flapping) and row.when.retry_in is not None and row.to is None:
            troubles.warn(watch.spot, f"{name}: flapping: {circles.RETRIES_NOTHING}")
    node = watch.get("states")
    for state in names(watch) or ():
        if state not in found:
            spot = states.spot_of(node, state) or watch.spot
            said = f"{name}: nothing leads to the state {state}; add a row with to: {state}"
            troubles.warn(spot, said)


def reached(ways: Mapping[str, set[str]], begin: Iterable[str]) -> set[str]:
    found: set[str] = set(begin)
    waiting: Sequence[str] = list(found)
    while waiting:
        new = {end for state in waiting for end in ways.get(state, ())} - found
        found |= new
        waiting = list(new)
    return found
