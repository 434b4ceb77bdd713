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
        **log_end(one.facts),
    }


def log_end(facts: Mapping[str, Any]) -> Answer:
    """The end of its log as it was then; the same keys always."""
    at = facts.get("lines_at")
    return {
        "lines": facts.get("lines", []),
        "lines_at": None if at is None else told(at),
        "log": facts.get("log", ""),
        "error_line": facts.get("error_line", ""),
        "note": facts.get("note", ""),
    }


def shown(facts: Mapping[str, Any]) -> Answer:
    """What shows it; the same keys always."""
    return {
        "exit": facts.get("exit"),
        "ran_for_s": facts.get("ran_for_s"),
        "samples": facts.get("samples", []),
        "next": facts.get("next", ""),
    }
