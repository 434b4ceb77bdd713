"""How a command and the arguments of a function are written, before anything is made of them."""

from collections.abc import Mapping
from typing import Any

from overseer.config.forms import Form, mapping_of, wrong
from overseer.config.node import Node, Series, Text, is_null
from overseer.config.render import plain_value
from overseer.config.trouble import Troubles

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


COMMAND_LINE = Form(as_command_line, COMMAND, WORDS)
VALUE = Form(lambda node, key, troubles: plain_value(node), "a value", {})
VALUES = mapping_of(VALUE)
