"""Whether a calendar text makes sense; when it rings is for the calendar to say."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from overseer.config.forms import TEXT, Form, NotRight, scalar, wrong
from overseer.config.node import Node, Series, Table
from overseer.config.record import Option, read_options
from overseer.config.trouble import UNREAD, Troubles
from overseer.model.watch import Schedule

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
FIELDS: Sequence[tuple[str, int, int, Sequence[str]]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)
PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")
EXAMPLE = "30 4 * * * for half past four every night"


def as_cron(text: str) -> str:
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise NotRight(f"{text!r} has {len(parts)} fields, not five; write {EXAMPLE}")
    for part, (name, low, high, words) in zip(parts, FIELDS, strict=True):
        for piece in part.split(","):
            if not _fits(piece, low, high, words):
                raise NotRight(f"{piece!r} is no {name}; write {EXAMPLE}")
    return " ".join(parts)


def _fits(piece: str, low: int, high: int, words: Sequence[str]) -> bool:
    found = PART.fullmatch(piece.lower())
    if not found or found[3] == "0":
        return False
    ends = [_number(end, words) for end in found.groups()[:2] if end]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)


def _number(text: str, words: Sequence[str]) -> int:
    if text in words:
        return words.index(text) + 1
    return int(text) if text.isdigit() else -1


def as_zone(text: str) -> str:
    from zoneinfo import ZoneInfo  # seldom needed

    try:
        return ZoneInfo(text).key
    except (OSError, ValueError, LookupError):
        raise NotRight(f"{text!r} is no time zone; write Europe/Berlin or UTC") from None


CRON = scalar(as_cron, EXAMPLE, {"type": "string"})
ZONE = scalar(as_zone, "Europe/Berlin", {"type": "string"})
OPTIONS: Mapping[str, Option] = {
    "cron": Option("cron", str, True, None),
    "timezone": Option("timezone", str, False, None),
}


def as_schedules(node: Node, key: str, troubles: Troubles) -> Any:
    """Five cron fields, a mapping of cron and timezone, or a list of these."""
    nodes = node.items if isinstance(node, Series) else (node,)
    found = tuple(_schedule(item, key, troubles) for item in nodes)
    return UNREAD if UNREAD in found else found


def _schedule(node: Node, key: str, troubles: Troubles) -> Any:
    if not isinstance(node, Table):
        cron = CRON.read(node, key, troubles)
        return UNREAD if cron is UNREAD else Schedule(cron)
    given = read_options(OPTIONS, node, key, troubles)
    if "cron" not in given:
        return wrong(node, key, f'{{cron: "{EXAMPLE[:10]}", timezone: Europe/Berlin}}', troubles)
    for name, form in (("cron", CRON), ("timezone", ZONE)):
        if name in given and given[name] is not UNREAD:
            given[name] = form.read(node.entries[name].node, f"{key}: {name}", troubles)
    return UNREAD if UNREAD in given.values() else Schedule(**given)


_ONE: Mapping[str, Any] = {
    "anyOf": [
        CRON.schema,
        {
            "type": "object",
            "properties": {"cron": CRON.schema, "timezone": TEXT.schema},
            "required": ["cron"],
            "additionalProperties": False,
        },
    ]
}
RESTART_AT = Form(as_schedules, EXAMPLE, {"anyOf": [_ONE, {"type": "array", "items": _ONE}]})
