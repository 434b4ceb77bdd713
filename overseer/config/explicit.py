"""A watch as overseer understands it: every key and row spelled out, each with where it is from."""

import json
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any, get_origin

from overseer.config import keys, scheduled, task
from overseer.config.draft import Draft
from overseer.config.loaded import Config
from overseer.config.node import NULLS, Entry, Node, Series, Spot, Table, Text
from overseer.config.reading import Reading
from overseer.config.record import options
from overseer.config.render import is_template
from overseer.config.trouble import Troubles, suggestion
from overseer.config.watch import Call, WatchReader
from overseer.errors import UnknownName
from overseer.model.process import signal_name
from overseer.model.program import Program, StopStep
from overseer.model.units import Percent
from overseer.model.watch import Watch

SAFE = re.compile(r"(?!- |--- )[A-Za-z0-9_./+=-][A-Za-z0-9_./@%+=:-]*( [A-Za-z0-9_./@%+=-]+)*")
ORDER = (*options(Program), *options(Watch))
LIKE_NO_TEXT = re.compile(r"true|false|[-+]?\d+(\.\d+)?")  # without its quotes, for a function
INDENT = "  "


def render(watch_name: str, config: Config) -> str:
    """YAML that loads to an equal watch. UnknownName if there is no such watch."""
    if watch_name not in config.watches:
        near = suggestion(watch_name, config.watches)
        raise UnknownName(f"there is no watch {watch_name}{near}")
    troubles = Troubles()
    wishes = (one.scale for one in config.copies.values())
    scales = {one.name: one for one in wishes if one}
    reading = Reading(config.host, troubles, scales, config.variables)
    draft = reading.gather(config.texts, tuple(config.sources))
    table, _ = reading.explicit(watch_name, draft.watches[watch_name])
    reader = WatchReader(reading.catalogue, troubles)
    reader.read(watch_name, draft.watches[watch_name].spot, table)
    lines = [*_people(draft, config, reader.calls), "watches:"]
    lines.append(_line(f"{INDENT}{_word(watch_name)}:", draft.watches[watch_name].spot))
    lines += _watch(table)
    return "\n".join(lines) + "\n"


def _people(draft: Draft, config: Config, calls: Iterable[Call]) -> Iterator[str]:
    """Whom the watch names, or the file would not load by itself."""
    named = {name for call in calls for name in call.notify.everybody}
    escalations = (terms.escalate for name, terms in config.terms.items() if name in named)
    named.update(name for one in escalations if one for name in one.to)
    groups = [name for name in config.contact_groups if name in named]
    named.update(member for group in groups for member in config.contact_groups[group])
    contacts = {name: entry for name, entry in draft.contacts.items() if name in named}
    kept = {group: tuple(config.contact_groups[group]) for group in groups}
    sections = {
        "mail": draft.mail,
        "contact_defaults": draft.contact_defaults,
        "contacts": contacts,
    }
    for key, entries in sections.items():
        if entries:
            yield f"{key}:"
        for name, entry in entries.items():
            node = (
                entry.node.without(("group", "groups")) if isinstance(entry.node, Table) else None
            )
            yield _line(f"{INDENT}{_word(name)}: {flow(node or entry.node)}", entry.spot)
    if kept:
        yield "contact_groups:"
    for group, members in kept.items():
        names = f"[{', '.join(map(_word, members))}]"
        written = draft.contact_groups.get(group)
        if written and isinstance(written.node, Table):  # with what all of them wish
            rest = flow(written.node.without(("contacts",))).removeprefix("{")
            names = f"{{contacts: {names}, {rest}" if rest != "}" else names
        yield f"{INDENT}{_word(group)}: {names}"


def _watch(table: Table) -> Iterator[str]:
    known: Container[str] = ORDER
    if scheduled.is_scheduled(table):
        known = scheduled.KEYS
    elif task.is_task(table):
        known = task.KEYS
    for key in ORDER:
        entry = table.entries.get(key)
        if entry is not None:
            yield from _entry(key, entry, INDENT * 2)
        elif key not in known:
            continue
        elif key not in keys.ELSEWHERE and (text := spell(keys.default(key))):
            yield f"{INDENT * 2}{key}: {text}  # default"


def _entry(key: str, entry: Entry, indent: str) -> Iterator[str]:
    node = entry.node
    if isinstance(node, Table) and node.entries and key in ("env", "rlimits", "sockets"):
        yield f"{indent}{key}:"
        for name, inner in node.entries.items():
            yield _line(f"{indent}{INDENT}{_word(name)}: {flow(inner.node)}", inner.spot)
    elif key in ("transitions", "lifecycle"):
        rows = node.items if isinstance(node, Series) else (node,)
        yield f"{indent}{key}:" if rows else f"{indent}{key}: []"
        for row in rows:
            yield _line(f"{indent}{INDENT}- {flow(row)}", row.spot)
    else:
        yield _line(f"{indent}{key}: {flow(node)}", node.spot)


def _line(text: str, spot: Spot) -> str:
    return f"{text}  # {spot}"


def flow(node: Node) -> str:
    """On one line."""
    match node:
        case Text(value, _, quoted):
            if value in NULLS and not quoted:
                return "null"
            return json.dumps(value) if quoted and LIKE_NO_TEXT.fullmatch(value) else _word(value)
        case Series(items):
            return f"[{', '.join(map(flow, items))}]"
        case Table():
            inner = (f"{_word(key)}: {flow(one.node)}" for key, one in node.entries.items())
            return f"{{{', '.join(inner)}}}"
    raise AssertionError("a config that was loaded has nothing broken")


def _word(text: str) -> str:
    """In quotes where YAML, or our own braces, would take it for something else."""
    if is_template(text):
        text = f"{{% raw %}}{text}{{% endraw %}}"
    if SAFE.fullmatch(text) and text not in NULLS and not text.endswith(":"):
        return text
    return json.dumps(text, ensure_ascii=False)


def spell(value: Any) -> str:
    """A default as it would be written; empty for what is not there."""
    if value is None or value == () or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}s"
    if isinstance(value, tuple):
        return f"[{', '.join(map(spell, value))}]"
    if isinstance(value, StopStep):
        return f"{signal_name(value.signal).removeprefix('SIG')}, {value.seconds:g}s"
    return _mapping(value) if is_dataclass(value) else _word(str(value))


def _mapping(value: Any) -> str:
    found = [
        (key, getattr(value, option.name), option.hint)
        for key, option in options(type(value)).items()
    ]
    inner = [f"{key}: {_number(one, hint)}" for key, one, hint in found if one or one == 0.0]
    return f"{{{', '.join(inner)}}}" if any(one for _, one, _ in found) else ""


def _number(value: float, hint: Any) -> str:
    if hint == Percent:
        return f"{value:g}%"
    return f"{value:g}s" if get_origin(hint) is Annotated else f"{value:g}"
