"""How the states of a task are written: names, each with its command or none."""

from collections.abc import Mapping
from typing import Any

from overseer.config.command import COMMAND_FORM
from overseer.config.forms import Form, matching, wrong
from overseer.config.node import Entry, Node, Series, Spot, Table, Text, is_null
from overseer.config.record import form_of, unknown
from overseer.config.trouble import UNREAD, Troubles, Unread
from overseer.config.words import COMMAND
from overseer.model.state import UNMONITORED
from overseer.model.task import TaskState
from overseer.model.transition import RELOAD
from overseer.model.units import Seconds

EXAMPLE = "{ok: null, cleaning: /usr/local/bin/clean-tmp}"
STATE = matching(r"[A-Za-z_][\w-]*", "a name like ok")
PATIENCE = form_of(Seconds)
KEYS = ("command", "timeout")
TAKEN = {
    UNMONITORED: "is where every task is while nobody wants it watched",
    RELOAD: "is no state in `to`",
}


def as_states(node: Node, key: str, troubles: Troubles) -> Any:
    """A mapping of names to commands; or a list of names, where nothing is run."""
    found = {name: as_state(name, entry, troubles) for name, entry in named(node).items()}
    listed = node.items if isinstance(node, Series) else ()
    if not found or not all(isinstance(item, Text) for item in listed):
        return wrong(node, key, EXAMPLE, troubles)
    return UNREAD if UNREAD in found.values() else tuple(found.values())


def named(node: Node | None) -> Mapping[str, Entry]:
    """Each name, with what stands beside it."""
    if isinstance(node, Table):
        return {key: one for key, one in node.entries.items() if not key.startswith("x-")}
    items = node.items if isinstance(node, Series) else ()
    names = (item for item in items if isinstance(item, Text) and not is_null(item))
    return {item.value: Entry(item.spot, Text("", item.spot)) for item in names}


def as_state(name: str, entry: Entry, troubles: Troubles) -> TaskState | Unread:
    if name in TAKEN:
        said = f"states: {name} {TAKEN[name]}; choose another name"
        return troubles.error(entry.spot, said)
    key, node = f"states: {name}", entry.node
    if isinstance(STATE.read(Text(name, entry.spot, True), "states", troubles), Unread):
        return UNREAD
    if is_null(node):
        return TaskState(name)
    if not isinstance(node, Table):
        command = COMMAND_FORM.read(node, key, troubles)
        return UNREAD if isinstance(command, Unread) else TaskState(name, command)
    return with_options(name, key, node, troubles)


def with_options(name: str, key: str, node: Table, troubles: Troubles) -> TaskState | Unread:
    """`{command: ..., timeout: 5m}`"""
    strange = [one for one in node.entries if one not in KEYS and not one.startswith("x-")]
    for one in strange:
        unknown(one, KEYS, key, node.entries[one].spot, troubles)
    given, limit = node.get("command"), node.get("timeout")
    if given is None:
        return troubles.error(node.spot, f"{key}: command is missing; write command: {COMMAND}")
    command = COMMAND_FORM.read(given, f"{key}: command", troubles)
    seconds = None
    if limit is not None and not is_null(limit):
        seconds = PATIENCE.read(limit, f"{key}: timeout", troubles)
        if seconds == 0:
            said = f"{key}: timeout: 0 would leave no time; write 5m"
            seconds = troubles.error(limit.spot, said)
    if strange or UNREAD in (command, seconds):
        return UNREAD
    return TaskState(name, command, seconds)


def spot_of(node: Node | None, name: str) -> Spot | None:
    entry = named(node).get(name)
    return entry.spot if entry else None


_OPTIONS: Mapping[str, Any] = {
    "type": "object",
    "properties": {"command": COMMAND_FORM.schema, "timeout": PATIENCE.schema},
    "required": ["command"],
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
}
STATES = Form(
    as_states,
    EXAMPLE,
    {
        "anyOf": [
            {
                "type": "object",
                "patternProperties": {"^x-": {}},
                "additionalProperties": {
                    "anyOf": [{"type": "null"}, COMMAND_FORM.schema, _OPTIONS]
                },
                "minProperties": 1,
            },
            {"type": "array", "items": STATE.schema, "minItems": 1},
        ]
    },
)
