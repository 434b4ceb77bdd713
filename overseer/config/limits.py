"""Options with which a condition would always be met, or never: an error, where they stand."""

import re
from collections.abc import Iterator, Mapping

from overseer.conditions.base import Check, Condition
from overseer.conditions.http_response_code import HttpResponseCode
from overseer.config.node import Node, Table
from overseer.config.record import form_of, options
from overseer.config.trouble import Troubles, Unread
from overseer.model.codes import Codes
from overseer.patterns import is_slow

SHORTEST_INTERVAL = 0.1
"""Seconds: what is asked more often keeps the machine busy with the asking."""
ALWAYS = "would always be met"
NEVER = "would never be met"
LOWEST: Mapping[tuple[str, str], tuple[float, str]] = {
    ("uptime", "above"): (0, ALWAYS),
    ("memory_usage", "above"): (0, ALWAYS),
    ("threads", "above"): (0, ALWAYS),
    ("open_files", "above"): (0, ALWAYS),
    ("host_memory", "above"): (0, ALWAYS),
    ("host_memory", "available_below"): (0, NEVER),
    ("disk_usage", "above"): (0, ALWAYS),
    ("disk_usage", "inodes_above"): (0, ALWAYS),
    ("disk_usage", "free_below"): (0, NEVER),
    ("load_average", "above"): (0, ALWAYS),
    ("swap", "above"): (-1, ALWAYS),
    ("children", "above"): (-1, ALWAYS),
    ("children", "below"): (0, NEVER),
    ("file_mtime", "max_age"): (0, ALWAYS),
    ("heartbeat", "max_age"): (0, ALWAYS),
    ("watchdog", "within"): (0, ALWAYS),
    ("oldest_due", "above"): (0, ALWAYS),
    ("oldest_due", "max_age"): (0, NEVER),
    ("dead_count", "max_age"): (0, NEVER),
    ("tries", "within"): (0, NEVER),
    ("flapping", "retry_within"): (0, "would never give up"),
}
"""Up to these values of an option the condition says nothing."""
SLOW = (
    "may take hours over some texts, as its repeats can share them out in many ways; then the check"
    " has no answer. Write no repeat within a repeat, and [^x]* for .* before an x"
)
PATTERNS = ("pattern", "output", "body_matches", "expect")


def check(condition: Condition, node: Node, name: str, troubles: Troubles) -> Condition | Unread:
    """The condition, if what is written of it can be met and not met; the first fault is told."""
    warn_of_slow_patterns(condition, node, name, troubles)
    for key, said in faults(condition, node, name):
        entry = node.entries.get(key) if isinstance(node, Table) else None
        return troubles.error(entry.node.spot if entry else node.spot, f"{name}: {said}")
    return condition


def faults(condition: Condition, node: Node, name: str) -> Iterator[tuple[str, str]]:
    """Keys, and what is wrong with them."""
    if condition.interval is not None and condition.interval < SHORTEST_INTERVAL:
        yield "interval", too_often("interval", condition.interval)
    if isinstance(condition, Check) and condition.timeout == 0:
        yield "timeout", "timeout: nothing is answered in no time; write 10s"
    for key, option in options(type(condition)).items():
        value = getattr(condition, option.name)
        if key in PATTERNS and value is not None and matches_all(value, key):
            yield key, f"{key}: {value!r} matches everything; write a part of what it is to match"
        example = form_of(option.hint).example
        if value in ((), Codes(())) and isinstance(node, Table) and key in node.entries:
            yield key, f"{key}: an empty list {of_nothing(condition, key)}; write {example}"
        lowest, said = LOWEST.get((name, key), (None, ""))
        if lowest is not None and value is not None and value <= lowest:
            yield key, f"{key}: {value:g} {said}; write {example}"


def warn_of_slow_patterns(condition: Condition, node: Node, name: str, troubles: Troubles) -> None:
    for key in PATTERNS:
        pattern = getattr(condition, key, None)
        if isinstance(node, Table) and key in node.entries and pattern and is_slow(pattern):
            message = f"{key}: {pattern!r} {SLOW}"
            troubles.warn(node.entries[key].node.spot, f"{name}: {message}")


def of_nothing(condition: Condition, key: str) -> str:
    if isinstance(condition, HttpResponseCode):
        return ALWAYS if key == "code_is_not" else NEVER
    return "says nothing"


def matches_all(pattern: str, key: str) -> bool:
    """Of an answer `.*` asks only that there is one; in a log it is every line."""
    if key != "pattern":
        return not pattern
    return all(re.search(pattern, text) for text in ("", "\x7f", "x y"))


def too_often(key: str, seconds: float) -> str:
    """0 is blamed by another name: it would never end."""
    if seconds == 0:
        return f"{key}: 0 would never end; write 5s or more"
    return f"{key}: {seconds * 1000:g}ms is too often; write 5s, or at least 100ms"
