"""From a mapping to a dataclass: its fields are the keys, its types say how they are written."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from overseer.conditions.base import Condition, Times
from overseer.config import forms, web
from overseer.config.forms import Form
from overseer.config.node import Broken, Node, Table, is_null
from overseer.config.notify import NOTIFY
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.config.words import COMMAND_LINE, VALUE
from overseer.errors import PluginError
from overseer.model.codes import Codes
from overseer.model.transition import Notify
from overseer.model.units import CommandLine, FullPath, Unit
from overseer.model.url import Url

T = TypeVar("T")

SIMPLE: Mapping[Any, Form] = {
    str: forms.TEXT,
    bool: forms.BOOL,
    int: forms.INT,
    float: forms.FLOAT,
    FullPath: forms.PATH,
    Codes: web.CODES,
    Url: web.URL,
    Any: VALUE,
    CommandLine: COMMAND_LINE,
    Times: forms.TIMES,
    Notify: NOTIFY,
}
ELSEWHERE = {"Behavior": object, "Condition": object}  # named by the model, imported by nobody


@dataclass(frozen=True, slots=True)
class Option:
    """One key. *name* is the field's: `from_` for the key `from`."""

    name: str
    hint: Any
    required: bool
    default: Any


def options(kind: Any) -> Mapping[str, Option]:
    """The keys of *kind*, in their order."""
    return _options(kind)


@cache
def _options(kind: Any) -> Mapping[str, Option]:
    hints = get_type_hints(kind, localns=ELSEWHERE, include_extras=True)
    found: tuple[Field[Any], ...] = fields(kind)
    if issubclass(kind, Condition):
        found = tuple(field for field in found if _is_its_own(field, kind))
    return {
        field.name.rstrip("_"): Option(
            field.name,
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
            field.default if field.default_factory is MISSING else field.default_factory(),
        )
        for field in found
    }


def _is_its_own(field: Field[Any], kind: type[Condition]) -> bool:
    """Whom to tell is the row's; a condition that is not polled has no rhythm."""
    if field.name == "notify" or not field.metadata.get("key", True):
        return False
    base = field.name in ("times", "interval")
    return kind.polled or not base or field.name in kind.__annotations__


@cache
def form_of(hint: Any) -> Form:
    """How a value of that type is written; PluginError for a type that has no form."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    form = _of_class(hint) if isinstance(hint, type) and not get_origin(hint) else _of_generic(hint)
    if form is None:
        raise PluginError(f"an option of type {hint} cannot be written in a watch file")
    return form


def _of_class(hint: type) -> Form | None:
    if issubclass(hint, StrEnum):
        return forms.choice([str(word) for word in hint], hint)
    return record(hint) if is_dataclass(hint) else None


def _of_generic(hint: Any) -> Form | None:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        unit = next((mark for mark in hint.__metadata__ if isinstance(mark, Unit)), None)
        return forms.of_unit(unit) if unit else form_of(args[0])
    if origin in (Union, UnionType):
        inner = [arg for arg in args if arg is not NoneType]
        return form_of(inner[0]) if len(inner) == 1 else None
    if origin is tuple and args[1:] == (...,):
        return forms.many(form_of(args[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return forms.mapping_of(form_of(args[1]))
    return None


def record(kind: Any) -> Form:
    brief = getattr(kind, "brief", "")

    def read(node: Node, key: str, troubles: Troubles) -> Any:
        return build(kind, node, key, troubles)

    known = {key: form_of(option.hint).schema for key, option in options(kind).items()}
    right: dict[str, Any] = {
        "type": "object",
        "properties": known,
        "required": [key for key, option in options(kind).items() if option.required],
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    if either := getattr(kind, "either", {}):
        right["oneOf"] = [{"required": [name]} for name in either]
        example = alternatives(either)
    else:
        example = f"a mapping with {', '.join(list(known)[:3])}" if known else "nothing"
    schema = {"anyOf": [known[brief], right]} if brief else right
    return Form(read, example, schema)


def alternatives(either: Mapping[str, str]) -> str:
    return " or ".join(f"{{{name}: {example}}}" for name, example in either.items())


def build(kind: type[T], node: Node, key: str, troubles: Troubles) -> T | Unread:
    """Make a *kind* of a mapping, or of the bare value that stands for its main option."""
    brief = getattr(kind, "brief", "")
    if is_null(node):
        node = Table({}, node.spot)
    if isinstance(node, Broken):
        return UNREAD
    if not isinstance(node, Table):
        if not brief:
            return forms.wrong(node, key, record(kind).example, troubles)
        value = form_of(options(kind)[brief].hint).read(node, key, troubles)
        return make(kind, {brief: value}, node, key, troubles)
    given = read_options(options(kind), node, key, troubles)
    misspelt = any(name not in options(kind) for name in given)  # one problem is enough
    for name, option in options(kind).items():
        if option.required and name not in given and not misspelt:
            example = form_of(option.hint).example
            given[name] = troubles.error(
                node.spot, f"{key}: {name} is missing; write {name}: {example}"
            )
    either: Mapping[str, str] = getattr(kind, "either", {})
    if either and (count := len(either.keys() & given.keys())) != 1:
        said = "must say which" if count == 0 else "must say one thing only"
        return troubles.error(node.spot, f"{key}: {said}; write {alternatives(either)}")
    return make(kind, given, node, key, troubles)


def read_options(
    known: Mapping[str, Option], node: Table, key: str, troubles: Troubles
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, entry in node.entries.items():
        if name.startswith("x-"):
            continue
        if name not in known:
            given[name] = unknown(name, known, key, entry.spot, troubles)
        elif not is_null(entry.node):
            form = form_of(known[name].hint)
            given[name] = form.read(entry.node, f"{key}: {name}", troubles)
    return given


def unknown(name: str, known: Iterable[str], key: str, spot: Any, troubles: Troubles) -> Unread:
    listed = ", ".join(sorted(known))
    options = f"it has {listed}" if listed else "it takes none"
    return troubles.error(spot, f"{key} has no option {name}{suggestion(name, known)}; {options}")


def make(
    kind: type[T], given: Mapping[str, Any], node: Node, key: str, troubles: Troubles
) -> T | Unread:
    """The object itself; what its own checks object to is blamed on the key they name."""
    if any(value is UNREAD for value in given.values()):
        return UNREAD
    names = {option.name: given[name] for name, option in options(kind).items() if name in given}
    try:
        return kind(**names)
    except ValueError as error:
        first = str(error).partition(":")[0]
        entry = node.entries.get(first) if isinstance(node, Table) else None
        return troubles.error(entry.node.spot if entry else node.spot, f"{key}: {error}")
