"""A line of the history, as programs get it."""

from collections.abc import Mapping
from typing import Any

from overseer.control.chronicle import Entry
from overseer.control.moments import told
from overseer.control.protocol import Answer


def entry(one: Entry) -> Answer:
    """A line of the history on the wire."""
    return {
        "at": told(one.at),
        "watch": one.watch,
        "kind": one.kind,
        "message": one.message,
        "by": one.by,
        "incident": one.incident,
        **shown(one.facts),
        "lines": one.facts.get("lines", []),
    }


def shown(facts: Mapping[str, Any]) -> Answer:
    """What shows it; the same keys always."""
    return {
        "exit": facts.get("exit"),
        "ran_for_s": facts.get("ran_for_s"),
        "samples": facts.get("samples", []),
        "next": facts.get("next", ""),
    }
