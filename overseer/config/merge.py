"""What a watch makes of `defaults`: some mappings key by key, all else replaced, null removes."""

from overseer.config import scheduled, task
from overseer.config.concise import GRAPH
from overseer.config.node import Entry, Table, is_null

COPYING = ("use", "with", "each", "instances")  # see copies.py
KEY_BY_KEY = frozenset({"env", "start_if", "restart_if", "stop_if", "reload_if", "alert_if"})
RIVALS = {
    "user": ("uid",),
    "uid": ("user",),
    "group": ("gid",),
    "gid": ("group",),
    "stop_signals": ("stop_signal", "stop_timeout"),
    "stop_signal": ("stop_signals",),
    "stop_timeout": ("stop_signals",),
    "command": ("start", "pid_file", "states", "initial_state"),
    "start": ("command", "states", "initial_state"),
    "pid_file": ("command",),
}
"""What is written displaces these of the defaults, which mean the same or exclude it."""


def merge(defaults: Table | None, own: Table) -> Table:
    if defaults is None:
        return strip(own)
    displaced = {rival for key in own.entries for rival in RIVALS.get(key, ())}
    if "transitions" in own.entries and not extends(own):
        displaced.update(GRAPH)  # nothing is added silently
    if task.is_task(own):  # what is usual for programs is nothing to it
        displaced.update(defaults.entries.keys() - task.KEYS, ("transitions", "lifecycle"))
    if scheduled.is_scheduled(own):
        displaced.update(defaults.entries.keys() - scheduled.KEYS)
    merged = dict(strip(defaults).without(displaced).entries)
    for key, entry in own.entries.items():
        if is_null(entry.node):
            merged.pop(key, None)
        elif key in KEY_BY_KEY and key in merged:
            merged[key] = _both(merged[key], entry)
        else:
            merged[key] = entry
    return Table(merged, own.spot)


def _both(default: Entry, own: Entry) -> Entry:
    if not isinstance(default.node, Table) or not isinstance(own.node, Table):
        return own
    kept = {**default.node.entries, **own.node.entries}
    return Entry(own.spot, strip(Table(kept, own.node.spot)))


def strip(table: Table, *, nulls: bool = False) -> Table:
    """Without `x-…`, and without what is null but where *nulls* are kept."""
    return Table(
        {
            key: entry
            for key, entry in table.entries.items()
            if (nulls or not is_null(entry.node)) and not key.startswith("x-")
        },
        table.spot,
    )


def without_values(table: Table) -> Table:
    """Of a definition the keys that would be dropped without a word."""
    return Table(
        {key: one for key, one in strip(table, nulls=True).entries.items() if is_null(one.node)},
        table.spot,
    ).without(COPYING)


def extends(watch: Table) -> bool:
    """`transitions: {extend: default, add: […]}`"""
    return isinstance(watch.get("transitions"), Table)
