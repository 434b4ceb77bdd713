"""The JSON Schema of watch files, for editors: made of the same definitions that read them.

`python -m overseer.config.schema` writes the copy that is shipped.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from overseer import plugins
from overseer.behaviors.base import Behavior
from overseer.conditions.base import Condition
from overseer.conditions.complex import Complex
from overseer.config import forms, keys
from overseer.config.command import COMMAND_FORM, SIGNAL
from overseer.config.concise import ATTRIBUTES, CHECKS, GRAPH, MUSTS
from overseer.config.copies import INSTANCES
from overseer.config.graph import SOURCES
from overseer.config.members import CHAIN, GROUPS
from overseer.config.notify import NOTIFY, SCHEMA
from overseer.config.record import form_of, options, record
from overseer.config.settings import Settings
from overseer.config.states import STATE
from overseer.contacts.base import Contact
from overseer.contacts.email import MailDefaults
from overseer.contacts.terms import Terms
from overseer.model.program import Program
from overseer.model.state import STATES
from overseer.model.transition import RELOAD
from overseer.model.watch import Watch

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SHIPPED = Path(__file__).with_name("schema.json")
ORDER = ("command", "start", *options(Program), *options(Watch))


def build() -> Schema:
    """All that this version of overseer understands by itself, without other people's plug-ins."""
    named = {"type": "object", "additionalProperties": True}
    top: Schema = {
        "include": _one_or_list({"type": "string"}),
        "vars": named,
        "defaults": {"$ref": "#/$defs/watch"},
        "contacts": _mapping({"$ref": "#/$defs/contact"}),
        "contact_groups": _mapping(
            {"anyOf": [forms.NAMES.schema, _closed({"contacts": forms.NAMES.schema, **_terms()})]}
        ),
        "contact_defaults": _closed(_contact_defaults()),
        "mail": _record(MailDefaults),
        "settings": _without(_record(Settings), "mail"),
        "templates": _mapping({"$ref": "#/$defs/definition"}),
        "watches": _mapping({"$ref": "#/$defs/definition"}),
    }
    return {
        "$schema": DRAFT,
        "title": "overseer watch file",
        **_closed(top),
        "$defs": {
            "notify": SCHEMA,
            "watch": _watch(),
            "definition": _definition(),
            "state": {"enum": list(STATES)},
            "conditions": _conditions(),
            "checks": _one_or_list({"anyOf": [{"$ref": "#/$defs/conditions"}, {"type": "string"}]}),
            "when": _when(),
            "member": _member(),
            "members": _one_or_list({"$ref": "#/$defs/member"}),
            "row": _row({"from": _one_or_list({"enum": list(SOURCES)})}),
            "lifecycle_row": _row({}),
            "task_row": _task_row({"from": _one_or_list(STATE.schema)}),
            "task_lifecycle_row": _task_row({}),
            "behavior": _behavior(),
            "contact": _contact(),
        },
    }


def text() -> str:
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def _watch() -> Schema:
    known = {**keys.PROGRAM, **keys.WATCH, **ATTRIBUTES, **GRAPH}
    rows = _one_or_list({"$ref": "#/$defs/row"})
    extended = _closed({"extend": {"const": "default"}, "add": rows}) | {"required": ["extend"]}
    found: Schema = {
        "transitions": {},
        "lifecycle": {},
        "ready": MUSTS,
        "behaviors": _one_or_list({"$ref": "#/$defs/behavior"}),
    }
    of_a_program = {
        "transitions": {"anyOf": [rows, extended]},
        "lifecycle": _one_or_list({"$ref": "#/$defs/lifecycle_row"}),
    }
    of_a_task = {
        "transitions": _one_or_list({"$ref": "#/$defs/task_row"}),
        "lifecycle": _one_or_list({"$ref": "#/$defs/task_lifecycle_row"}),
    }
    for key, form in known.items():
        checks = form.schema is CHECKS
        found[key] = {"$ref": "#/$defs/checks"} if checks else form.schema
    return _closed(dict(sorted(_or_null(found).items()))) | {
        "if": {"required": ["states"]},
        "then": {"properties": _or_null(of_a_task)},
        "else": {"properties": _or_null(of_a_program)},
    }


def _or_null(found: Schema) -> Schema:
    """null removes what `defaults` would give."""
    return {key: {"anyOf": [one, {"type": "null"}]} for key, one in found.items()}


def _definition() -> Schema:
    """A watch, with what makes several of it."""
    found = _watch()
    found["properties"] |= {
        "use": forms.NAMES.schema,
        "with": {"type": "object"},
        "each": {"type": ["array", "object", "string"]},
        "instances": INSTANCES.schema,
    }
    return found


def _conditions() -> Schema:
    found = {name: _condition(kind) for name, kind in _kinds().items()}
    return _closed(found) | {"minProperties": 1}


def _condition(kind: type[Condition]) -> Schema:
    """Its options, and what a condition may say instead of its row."""
    more: Schema = {"notify": NOTIFY.schema, "transition": STATE.schema}
    own = {key: form_of(option.hint).schema for key, option in options(kind).items()}
    mapping = _closed({**own, **more})
    required = [key for key, option in options(kind).items() if option.required]
    if required:
        mapping["required"] = required
    if kind.either:
        mapping["oneOf"] = [{"required": [key]} for key in kind.either]
    if issubclass(kind, Complex):
        parts = {key: {"$ref": "#/$defs/members"} for key in (*GROUPS, *CHAIN)}
        mapping["properties"] |= parts
        mapping["anyOf"] = [{"required": [key]} for key in parts]
    ways = [mapping, {"type": "null"}] if _says_enough(kind) else [mapping]
    return {"anyOf": [own[kind.brief], *ways] if kind.brief else ways}


def _says_enough(kind: type[Condition]) -> bool:
    """Its name alone."""
    wants = kind.either or issubclass(kind, Complex)
    return not wants and not any(one.required for one in options(kind).values())


def _kinds() -> Mapping[str, type[Condition]]:
    found = plugins.ours("conditions")
    return {name: plugins.load(plugin, Condition) for name, plugin in found.items()}


def _when() -> Schema:
    bare = [name for name, kind in _kinds().items() if _says_enough(kind)]
    return {"anyOf": [{"enum": bare}, {"$ref": "#/$defs/conditions", "maxProperties": 1}]}


def _member() -> Schema:
    """A part of `complex`: nested, `any`, `all` and `not` need no `complex` before them."""
    kinds = {name: kind for name, kind in _kinds().items() if kind.polled}
    bare = [name for name, kind in kinds.items() if _says_enough(kind)]
    named = {name: {"$ref": f"#/$defs/conditions/properties/{name}"} for name in kinds}
    nested = {key: {"$ref": "#/$defs/members"} for key in (*GROUPS, *CHAIN)}
    return {"anyOf": [{"enum": bare}, _closed({**named, **nested})]}


def _row(more: Mapping[str, Any]) -> Schema:
    state = {"$ref": "#/$defs/state"}
    to = {"anyOf": [state, {"const": RELOAD}]}
    return _any_row(more, {"to": to, "else": state, "signal": SIGNAL.schema})


def _task_row(more: Mapping[str, Any]) -> Schema:
    """Its states are its own, so an editor cannot know them."""
    return _any_row(more, {"to": STATE.schema, "else": STATE.schema})


def _any_row(more: Mapping[str, Any], does: Mapping[str, Any]) -> Schema:
    when = {"$ref": "#/$defs/when"}
    row = {**more, "when": when, **does, "run": COMMAND_FORM.schema, "notify": NOTIFY.schema}
    return _closed(row) | {"required": list(more)}


def _behavior() -> Schema:
    names = plugins.ours("behaviors")
    kinds = {name: record(plugins.load(one, Behavior)).schema for name, one in names.items()}
    options_too = {name: {"anyOf": [one, {"type": "null"}]} for name, one in kinds.items()}
    return {"anyOf": [{"enum": list(names)}, _closed(options_too)]}


def _contact() -> Schema:
    names = plugins.ours("contacts")
    kinds = {name: record(plugins.load(one, Contact)).schema for name, one in names.items()}
    groups = dict.fromkeys(("group", "groups"), forms.NAMES.schema)
    return _closed({**kinds, **groups, **_terms()})


def _terms() -> Schema:
    return {key: form_of(option.hint).schema for key, option in options(Terms).items()}


def _contact_defaults() -> Schema:
    """Their options, none of them required."""
    kinds = {name: plugins.load(one, Contact) for name, one in plugins.ours("contacts").items()}
    return {
        name: _closed({key: form_of(option.hint).schema for key, option in options(kind).items()})
        for name, kind in kinds.items()
    }


def _record(kind: type) -> Schema:
    return dict(record(kind).schema)


def _without(schema: Schema, key: str) -> Schema:
    kept = {name: one for name, one in schema["properties"].items() if name != key}
    return schema | {"properties": kept}


def _closed(properties: Mapping[str, Any]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


def _mapping(value: Mapping[str, Any]) -> Schema:
    return {"type": "object", "patternProperties": {"^x-": {}}, "additionalProperties": value}


def _one_or_list(item: Mapping[str, Any]) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}


if __name__ == "__main__":
    SHIPPED.write_text(text())
