"""How a command and the arguments of a function are written, before anything is made of them."""

import re
from collections.abc import Mapping
from typing import Any

from overseer.config.forms import WHOLE, Form, mapping_of, wrong
from overseer.config.node import NULLS, Node, Series, Table, Text, is_null
from overseer.config.trouble import UNREAD, Troubles

FRACTION = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}")
COMMAND = "a command like /usr/bin/worker --verbose, or a list of words"
TEXT = {"type": "string"}
WORDS: Mapping[str, Any] = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}


def as_command_line(node: Node, key: str, troubles: Troubles) -> Any:
    """A text as it stands, or a list of words."""
    if isinstance(node, Text) and not is_null(node):
        return node.value
    if not isinstance(node, Series):
        return wrong(node, key, COMMAND, troubles)
    words = tuple(item.value if isinstance(item, Text) else None for item in node.items)
    if not words or not words[0]:
        return troubles.error(node.spot, f"{key}: is empty; write {COMMAND}")
    if None in words:
        return wrong(node, key, "a list of words, each a text", troubles)
    return words


def as_value(node: Node, key: str, troubles: Troubles) -> Any:
    """What a function is called with: text, numbers, true, false, null, lists, mappings. In
    quotes it is text."""
    match node:
        case Series(items):
            found = [as_value(item, key, troubles) for item in items]
            return UNREAD if UNREAD in found else found
        case Table():
            return VALUES.read(node, key, troubles)
        case Text(value, _, quoted):
            return value if quoted else _plain(value)
    return UNREAD


def _plain(value: str) -> object:
    if value in NULLS:
        return None
    if value in ("true", "false"):
        return value == "true"
    if WHOLE.fullmatch(value):
        return int(value)
    return float(value) if FRACTION.fullmatch(value) else value


COMMAND_LINE = Form(as_command_line, COMMAND, WORDS)
VALUE = Form(as_value, "a value", {})
VALUES = mapping_of(VALUE)
