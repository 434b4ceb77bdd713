"""What a god configuration asks for, as its recorder wrote it down."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from overseer.errors import Refused

Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A lambda, a block or a method: Ruby that nothing here can run."""

    source: str
    at: str


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a class that says nothing here."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """*then* is the watch's interval at that moment. A part of `complex` has an *operator*."""

    kind: str
    options: Options
    at: str = ""
    then: Any = None
    operator: str = ""
    operands: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A transition, or a lifecycle (*states* is None). *to* has `true`, `false` or both."""

    states: tuple[str, ...] | None
    to: Mapping[str, str]
    at: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    kind: str
    options: Options
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A watch, or a *task*: a graph without a process. *keepalive* is None where not said.
    *remarks* are what is to be said of how it was read."""

    options: Options
    at: str
    task: bool = False
    rows: tuple[Row, ...] = ()
    keepalive: Options | None = None
    behaviors: tuple[Behavior, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.options.get("name") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    kind: str
    options: Options
    at: str


@dataclass(frozen=True, slots=True)
class Note:
    """What the files did that is no part of a watch file; *code* is the Ruby it was."""

    at: str
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """*defaults* are those of a kind of contact; *notes* what was done that means nothing here.
    *pid_folder* is where god writes the pids of what it daemonizes, *folder* where the files were
    run, *environment* what they set there, *read* which variables they asked for, and whether each
    was set."""

    pid_folder: str = "/var/run/god"
    folder: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, bool] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    watches: tuple[Watch, ...] = ()
    contacts: tuple[Contact, ...] = ()
    defaults: Mapping[str, Options] = field(default_factory=dict)
    notes: tuple["Note", ...] = ()


def read(recorded: str) -> Recording:
    """Refused for what the recorder would not have written."""
    try:
        return _read(json.loads(recorded, object_hook=_marked))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refused(f"what Ruby has recorded cannot be read: {error!r}") from error


def _read(told: dict[str, Any]) -> Recording:
    kinds = {name.lower(): _mapping(one["attributes"]) for name, one in told["defaults"].items()}
    changed = [
        Note("", f"{name} is opened again; what it defines there is not carried over")
        for name in told["changed"]
    ]
    if told["root"]:
        text = f"GOD_ROOT, the folder of god's own gem, is {told['root']} here"
        changed.append(Note("", f"{text}; what stands in it goes with god"))
    return Recording(
        pid_folder=_text(told["pid_folder"]),
        folder=_text(told["cwd"]),
        environment=_texts(told["environment"]["set"]),
        read=_mapping(told["environment"]["read"]),
        options=_mapping(told["options"]),
        places={key: short(at) for key, at in _mapping(told["places"]).items()},
        watches=tuple(map(_watch, told["watches"])),
        contacts=tuple(
            Contact(
                kind=_text(one["kind"]), options=_mapping(one["attributes"]), at=short(one["at"])
            )
            for one in told["contacts"]
        ),
        defaults={kind: options for kind, options in kinds.items() if options},
        notes=tuple(dict.fromkeys((*map(_note, told["notes"]), *changed))),
    )


def short(at: str) -> str:
    """`web.god:12`"""
    return os.path.basename(at)


def _mapping(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError(f"{found!r:.100} is no mapping")
    return found


def _texts(found: Any) -> dict[str, str]:
    return {name: _text(value) for name, value in _mapping(found).items()}


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError(f"{found!r:.100} is no text")
    return found


def _note(told: Options) -> Note:
    return Note(short(told["at"]), _text(told["text"]), _text(told.get("code", "")))


def _marked(value: dict[str, Any]) -> Any:
    if "god:code" in value:
        return Code(value["god:code"], short(value["at"]))
    return Thing(value["god:object"]) if "god:object" in value else value


def _watch(told: Options) -> Watch:
    return Watch(
        options=_mapping(told["attributes"]),
        at=short(told["at"]),
        task=told["task"],
        rows=tuple(map(_row, told["rows"])),
        keepalive=told["keepalive"],
        behaviors=tuple(
            Behavior(
                kind=_text(one["kind"]), options=_mapping(one["attributes"]), at=short(one["at"])
            )
            for one in told["behaviors"]
        ),
    )


def _row(told: Options) -> Row:
    to = told["to"]
    conditions = tuple(map(_condition, told["conditions"]))
    if told["bare"]:
        conditions = (Condition(kind="always", options={"what": True}, at=short(told["at"])),)
    return Row(
        states=None if told["from"] is None else tuple(told["from"]),
        to={} if to is None else to if isinstance(to, dict) else {"true": str(to)},
        at=short(told["at"]),
        conditions=conditions,
    )


def _condition(told: Options) -> Condition:
    return Condition(
        kind=_text(told["kind"]),
        options=_mapping(told["attributes"]),
        at=short(told["at"]),
        then=told.get("then"),
        operator=told.get("operator") or "",
        operands=tuple(map(_condition, told["operands"])),
    )


def names(values: Any) -> Sequence[str]:
    """One name, or a list of them."""
    return [str(one) for one in values] if isinstance(values, list) else [str(values)]
