"""How a value is written: read from a node, and described to an editor."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overseer.conditions.base import Times
from overseer.config.node import Node, Series, Table, Text, describe, is_null
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.model.units import Unit
from overseer.units import LAST_ID, TooMuch, is_id

Read = Callable[[Node, str, Troubles], Any]
"""Takes the node, the key it stands under, and where to put what is wrong; UNREAD then."""

WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
FIRST_NUMBER = re.compile(r"\d+(\.\d+)?")
AMOUNT = re.compile(r"\d+(MB|%)")  # an example that may have the number that was written
NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")
MOST_TIMES = 10_000
N_OF_M = re.compile(r"([0-9]{1,9})\s+of\s+([0-9]{1,9})")
TEMPLATE: Mapping[str, Any] = {"type": "string", "pattern": r"\{[{%]"}


@dataclass(frozen=True, slots=True)
class Form:
    read: Read
    example: str  # what a right value looks like
    schema: Mapping[str, Any]


class NotRight(ValueError):
    """Its text says what is wrong and what to write, and needs nothing added."""


def wrong(node: Node, key: str, example: str, troubles: Troubles) -> Unread:
    if not isinstance(node, Text | Series | Table):
        return UNREAD
    return troubles.error(node.spot, f"{key}: {describe(node)} is not understood; write {example}")


def scalar(read: Callable[[str], Any], example: str, schema: Mapping[str, Any]) -> Form:
    """A form for one text; *read* raises ValueError for what it does not understand."""

    def from_node(node: Node, key: str, troubles: Troubles) -> Any:
        if not isinstance(node, Text) or is_null(node):
            return wrong(node, key, example, troubles)
        try:
            return read(node.value)
        except NotRight as error:
            return troubles.error(node.spot, f"{key}: {error}")
        except ValueError:
            return wrong(node, key, example, troubles)

    return Form(from_node, example, schema)


def of_unit(unit: Unit) -> Form:
    def read(value: str) -> Any:
        try:
            if value.startswith("-"):
                raise ValueError
            return unit.read(float(value) if NUMBER.fullmatch(value) else value)
        except NotRight:
            raise
        except TooMuch:
            raise NotRight(f"{value!r} is too much; write {unit.example}") from None
        except ValueError:
            number, unit_alone = FIRST_NUMBER.match(value), AMOUNT.fullmatch(unit.example)
            hint = f"{number[0]}{unit_alone[1]}" if number and unit_alone else value
            if hint != value and _is_read(hint, unit):
                raise NotRight(f"{value!r} is not understood; write {hint}") from None
            raise

    pattern = f"({unit.schema})|{TEMPLATE['pattern']}"
    right = {"type": ["string", "number"] if takes_numbers(unit) else "string", "pattern": pattern}
    return scalar(read, unit.example, right)


def _is_read(text: str, unit: Unit) -> bool:
    try:
        unit.read(text)
    except ValueError:
        return False
    return True


def takes_numbers(unit: Unit) -> bool:
    """Whether a bare number will do, as it does for seconds."""
    try:
        unit.read(1.0)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def whole(low: int, high: int, example: str) -> Form:
    def read(value: str) -> int:
        if not WHOLE.fullmatch(value):
            raise ValueError
        number = int(value)
        if not low <= number <= high:
            raise NotRight(f"{number} is not between {low} and {high}; write {example}")
        return number

    right = {"type": "integer", "minimum": low, "maximum": high}
    return scalar(read, example, {"anyOf": [right, TEMPLATE]})


def choice(words: Sequence[str], read: Callable[[str], Any] = str) -> Form:
    def from_text(value: str) -> Any:
        if value not in words:
            near = suggestion(value, words, otherwise=f"write {' or '.join(words)}")
            raise NotRight(f"{value!r} is not understood{near}")
        return read(value)

    return scalar(from_text, " or ".join(words), {"anyOf": [{"enum": list(words)}, TEMPLATE]})


def matching(pattern: str, example: str) -> Form:
    """Text that matches all of *pattern*."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError
        return value

    right = f"^({pattern})$|{TEMPLATE['pattern']}"
    return scalar(read, example, {"type": ["string", "integer"], "pattern": right})


def many(form: Form, *, unique: bool = False) -> Form:
    """One, or a list of them."""

    def read(node: Node, key: str, troubles: Troubles) -> Any:
        nodes = node.items if isinstance(node, Series) else (node,)
        values = tuple(form.read(item, key, troubles) for item in nodes)
        if any(value is UNREAD for value in values):
            return UNREAD
        return tuple(dict.fromkeys(values)) if unique else values

    right = {"anyOf": [form.schema, {"type": "array", "items": form.schema}]}
    return Form(read, f"{form.example}, or a list", right)


def mapping_of(form: Form) -> Form:
    def read(node: Node, key: str, troubles: Troubles) -> Any:
        if not isinstance(node, Table):
            return wrong(node, key, f"a mapping: {{NAME: {form.example}}}", troubles)
        values = {
            name: form.read(entry.node, f"{key}: {name}", troubles)
            for name, entry in node.entries.items()
        }
        return UNREAD if any(value is UNREAD for value in values.values()) else values

    return Form(read, "a mapping", {"type": "object", "additionalProperties": form.schema})


def as_bool(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError
    return value.lower() == "true"


def as_number(value: str) -> float:
    if not NUMBER.fullmatch(value):
        raise ValueError
    return float(value)


def as_path(text: str) -> str:
    if text.startswith("~"):
        raise NotRight(f"{text!r} begins with a ~; write {{{{ env.HOME }}}}{text[1:]}")
    if not text.startswith("/"):
        raise NotRight(f"{text!r} is no full path; begin with /, or with {{{{ here }}}}/")
    if "\0" in text:
        raise NotRight(f"{text!r} has a NUL in it, as no file has in its name; leave it out")
    return text


def as_times(node: Node, key: str, troubles: Troubles) -> Times | Unread:
    """`5`, `[3, 5]` or `3 of 5`."""
    match node:
        case Series((Text(hits), Text(of))) if WHOLE.fullmatch(hits) and WHOLE.fullmatch(of):
            times = Times(int(hits), int(of))
        case Text(value) if WHOLE.fullmatch(value):
            times = Times(int(value), int(value))
        case Text(value) if found := N_OF_M.fullmatch(value):
            times = Times(int(found[1]), int(found[2]))
        case _:
            return wrong(node, key, TIMES.example, troubles)
    if times.of > MOST_TIMES:
        message = f"{key}: more than the last {MOST_TIMES} are not counted; write {TIMES.example}"
        return troubles.error(node.spot, message)
    if not 0 < times.hits <= times.of:
        said = "would always be met" if times.hits < 1 else "would never be met"
        return troubles.error(node.spot, f"{key}: {times} {said}; write {TIMES.example}")
    return times


def as_account(text: str) -> str:
    """A user or a group, by name or number."""
    if re.fullmatch(r"[-+]?\d+", text) and not is_id(text):
        raise NotRight(f"{text} is no number of a user or group; write a name, or 0 to {LAST_ID}")
    return text


TEXT = scalar(str, "a text", {"type": ["string", "number", "boolean"]})
ACCOUNT = scalar(as_account, "a name, or a number", {"type": ["string", "number"]})
BOOL = scalar(as_bool, "true or false", {"anyOf": [{"type": "boolean"}, TEMPLATE]})
FLOAT = scalar(as_number, "a number like 2 or 1.5", {"anyOf": [{"type": "number"}, TEMPLATE]})
INT = whole(-(2**31), 2**31 - 1, "a whole number")
PATH = scalar(as_path, "/a/full/path", {"type": "string", "pattern": rf"^/|{TEMPLATE['pattern']}"})
NAMES = many(matching(r"[\w.@+-][\w .@+-]*", "a name like ops"), unique=True)
TEXTS = mapping_of(TEXT)
TIMES = Form(
    as_times,
    "5, or [3, 5] for 3 of the last 5",
    {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "minItems": 2,
                "maxItems": 2,
            },
            {"type": "string", "pattern": rf"^\d+\s+of\s+\d+$|{TEMPLATE['pattern']}"},
        ]
    },
)
