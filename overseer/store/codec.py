"""Between a status and its JSON: generic over dataclasses, so that a new field needs no line here.

Written: every field but an empty one that is empty by default. Read: unknown keys are passed
over and missing ones take their default, so that neither an upgrade nor going back loses a goal.
"""

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Read = Callable[[Any], Any]


class Unreadable(ValueError):
    """This JSON is not what the type asks for."""


def encode(value: object) -> str:
    return _ENCODER.encode(value)


def decode(kind: type[T], text: str) -> T:
    """Raises Unreadable."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return cast(T, reader(cast(Any, kind))(found))


def as_mapping(value: object) -> dict[str, object]:
    """One level of a dataclass as the keys to be written."""
    if isinstance(value, Mapping):  # not a dict, or json would not have asked
        return dict(value)
    names, read_all, empties = _layout(cast(Any, type(value)))
    return {
        name: item
        for name, item, empty in zip(names, read_all(value), empties, strict=True)
        if item or item != empty
    }


_ENCODER = json.JSONEncoder(default=as_mapping, separators=(",", ":"), check_circular=False)


@cache
def _layout(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], tuple[Any, ...]]:
    """Names, how to read all of them at once, and each one's default where that is empty."""
    names = tuple(field.name for field in _fields(kind))
    one = attrgetter(names[0])
    read_all = attrgetter(*names) if len(names) > 1 else lambda value: (one(value),)
    defaults = (_default(field, MISSING) for field in _fields(kind))
    return names, read_all, tuple(MISSING if default else default for default in defaults)


@cache
def reader(kind: Any) -> Read:
    """What turns parsed JSON into *kind*; raises Unreadable."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(arguments)
    if origin is tuple:
        return _tuple_of(reader(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _instance(dict)
    if kind is float:
        return _number
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member_of(kind)
    return _dataclass(kind) if is_dataclass(kind) else _instance(kind)


def _dataclass(kind: Any) -> Read:
    hints = get_type_hints(kind)
    known = tuple((f.name, reader(hints[f.name]), f) for f in _fields(kind))

    def read(found: Any) -> Any:
        if not isinstance(found, dict):
            raise Unreadable(f"{found!r} is no {kind.__name__}")
        return kind(**{n: _field(r, f, found[n]) for n, r, f in known if n in found})

    def checked(found: Any) -> Any:
        try:
            return read(found)
        except TypeError as error:  # a field without a default is missing
            raise Unreadable(str(error)) from error

    return checked


def _field(read: Read, field: Field[Any], found: Any) -> Any:
    """A value that a newer version wrote and this one does not know gives way to the default."""
    try:
        return read(found)
    except Unreadable:
        default = _default(field, MISSING)
        if default is MISSING:
            raise
        return default


def _one_of(kinds: tuple[Any, ...]) -> Read:
    readers = tuple(reader(kind) for kind in kinds if kind is not type(None))
    optional = type(None) in kinds

    def read(found: Any) -> Any:
        if found is None and optional:
            return None
        for attempt in readers[:-1]:
            try:
                return attempt(found)
            except Unreadable:
                continue
        return readers[-1](found)

    return read


def _tuple_of(read: Read) -> Read:
    def read_all(found: Any) -> Any:
        if not isinstance(found, list):
            raise Unreadable(f"{found!r} is no list")
        return tuple(read(item) for item in found)

    return read_all


def _member_of(kind: type[Enum]) -> Read:
    members = {member.value: member for member in kind}

    def read(found: Any) -> Any:
        try:
            return members[found]
        except (KeyError, TypeError):
            raise Unreadable(f"{found!r} is no {kind.__name__}") from None

    return read


def _instance(kind: type) -> Read:
    def read(found: Any) -> Any:
        if type(found) is not kind:
            raise Unreadable(f"{found!r} is no {kind.__name__}")
        return found

    return read


def _number(found: Any) -> float:
    if type(found) not in (int, float):
        raise Unreadable(f"{found!r} is no number")
    return float(found)


def _fields(kind: Any) -> tuple[Field[Any], ...]:
    return tuple(field for field in fields(kind) if field.init)


def _default(field: Field[Any], missing: object) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else missing
