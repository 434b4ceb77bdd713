"""`notify: ops`: whom to tell, of what, and with which labels."""

from collections.abc import Mapping
from typing import Any

from overseer.config.forms import NAMES, TEXT, Form, choice, many
from overseer.config.node import Node, Series, Table
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.model.change import ENDS, Change
from overseer.model.transition import Notify

EVENTS = many(choice([str(one) for one in Change if one not in ENDS], Change), unique=True)
KEYS: Mapping[str, Form] = {
    "contacts": NAMES, "priority": TEXT, "category": TEXT, "events": EVENTS,
}  # fmt: skip


def as_notify(node: Node, key: str, troubles: Troubles) -> Notify | Unread:
    """A name, god's mapping, or a list of names and mappings."""
    if not isinstance(node, Series) or not any(isinstance(one, Table) for one in node.items):
        return as_one(node, key, troubles)
    plain: list[Node] = [one for one in node.items if not isinstance(one, Table)]
    parts: list[Node] = [Series(tuple(plain), node.spot)] if plain else []
    parts += [one for one in node.items if isinstance(one, Table)]
    found = [as_one(one, key, troubles) for one in parts]
    if any(one is UNREAD for one in found):
        return UNREAD
    first, *others = (one for one in found if isinstance(one, Notify))
    return first.with_others(others)


def as_one(node: Node, key: str, troubles: Troubles) -> Notify | Unread:
    """Names, or god's mapping with a priority and a category."""
    if not isinstance(node, Table):
        names = NAMES.read(node, key, troubles)
        return names if isinstance(names, Unread) else Notify(names)
    given: dict[str, Any] = {}
    for name, entry in node.entries.items():
        form = KEYS.get(name)
        if form is None:
            given[name] = troubles.error(entry.spot, f"{key} has no {name}{suggestion(name, KEYS)}")
        else:
            given[name] = form.read(entry.node, f"{key}: {name}", troubles)
    if "contacts" not in node.entries:
        return troubles.error(node.spot, f"{key}: contacts is missing; write contacts: [ops]")
    return UNREAD if any(value is UNREAD for value in given.values()) else Notify(**given)


MAPPING: Mapping[str, Any] = {
    "type": "object",
    "properties": {name: form.schema for name, form in KEYS.items()},
    "required": ["contacts"],
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        NAMES.schema,
        MAPPING,
        {"type": "array", "items": {"anyOf": [NAMES.schema, MAPPING]}},
    ]
}
"""Stands once among the definitions, as every row may tell somebody."""
NOTIFY = Form(as_notify, "the name of a contact, like ops", {"$ref": "#/$defs/notify"})
