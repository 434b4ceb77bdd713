"""How conditions, rows of the graph and values of a watch read in words."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass, replace
from functools import singledispatch
from typing import Any, get_args

from overseer import units
from overseer.conditions.base import Condition, Times
from overseer.conditions.complex import Complex
from overseer.model.codes import Codes
from overseer.model.process import signal_name
from overseer.model.program import StopStep
from overseer.model.schedule import Plan, Schedule
from overseer.model.task import TaskState
from overseer.model.transition import Notify, Transition
from overseer.model.units import Unit
from overseer.model.url import Url
from overseer.model.watch import RestartDelay

SHOW: Mapping[Callable[..., Any], Callable[[float], str]] = {
    units.seconds: units.show_seconds,
    units.size: units.show_bytes,
    units.percent: units.show_percent,
    units.share: units.show_percent,
}
NONE = "none"
SHORT = {"memory_usage": "memory", "cpu_usage": "cpu"}
SAID_ELSEWHERE = frozenset({"times", "interval", "notify"})


def kind(condition: Condition) -> str:
    """`memory_usage`: the word of the watch file."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(condition).__name__).lower()


def options(condition: Condition) -> str:
    """`above 100MB, tree`: what differs from the defaults, in the units people write."""
    if isinstance(condition, Complex):
        return condition.spelled(when)
    said = []
    for one in fields(condition):
        value = getattr(condition, one.name)
        if one.name in SAID_ELSEWHERE or value == one.default or value in (None, (), {}):
            continue
        if value is False:
            said.append(f"not {one.name}")
            continue
        bare = value is True or not one.repr  # what is not to be shown may be secret
        said.append(one.name if bare else f"{one.name} {_in_units(one, value)}")
    return ", ".join(said)


def when(condition: Condition) -> str:
    """`memory_usage above 100MB (3 of 5)`."""
    text = f"{kind(condition)} {options(condition)}".rstrip()
    return text if condition.times == Times() else f"{text} ({_times(condition.times)})"


def _times(times: Times) -> str:
    return f"{times.hits} times" if times.hits == times.of else str(times)


def row(transition: Transition) -> str:
    """`up -> restart when memory_usage above 100MB (3 of 5)`."""
    places = ", ".join(transition.states) or "any state"
    text = f"{places} -> {transition.to}" if transition.to else places
    text += ", reload" if transition.reload else ""
    text += f", {signal_name(transition.signal)}" if transition.signal else ""
    text += f", {shlex.join(transition.run)}" if transition.run else ""
    text += f" when {when(transition.when)}"
    return f"{text}, else {transition.otherwise}" if transition.otherwise else text


@singledispatch
def value(thing: object) -> str:
    """A value of a watch, briefly: for a plan, not for a watch file."""
    return (_fields(thing) if is_dataclass(thing) else str(thing)) or NONE


@value.register
def _(thing: None) -> str:
    return NONE


@value.register
def _(thing: bool) -> str:
    return str(thing).lower()


value.register(float, units.show_seconds)
value.register(Transition, row)
value.register(Codes, str)
value.register(Schedule, str)
value.register(Plan, str)
value.register(Url, str)


@value.register
def _(thing: TaskState) -> str:
    limit = "" if thing.timeout is None else f" ({units.show_seconds(thing.timeout)})"
    return f"{thing.name}: {' '.join(thing.command or ('nothing',))}{limit}"


@value.register
def _(thing: StopStep) -> str:
    return f"{signal_name(thing.signal)} {units.show_seconds(thing.seconds)}"


@value.register
def _(thing: Notify) -> str:
    return "; ".join(map(_told, thing.each))


def _told(one: Notify) -> str:
    of = f" of {', '.join(one.events)}" if one.events else ""
    return (", ".join(one.contacts) or "nobody") + of


@value.register
def _(thing: Mapping) -> str:  # type: ignore[type-arg]
    return ", ".join(f"{key}={item}" for key, item in thing.items()) or NONE


@value.register
def _(thing: tuple) -> str:  # type: ignore[type-arg]
    return " ".join(map(value, thing)) or NONE


@value.register
def _(delay: RestartDelay) -> str:
    first, following, longest, reset = map(
        units.show_seconds, (delay.first, delay.next, delay.max, delay.reset_after)
    )
    return (
        f"first {first}, next {following}, factor {delay.factor:g}, max {longest},"
        f" jitter {delay.jitter:g}%, reset_after {reset}"
    )


def _fields(thing: object) -> str:
    said = (f"{one.name} {value(getattr(thing, one.name))}" for one in fields(thing))  # type: ignore[arg-type]
    return f"{type(thing).__name__} ({', '.join(said)})"


def _in_units(one: Field[object], found: object) -> str:
    unit = _unit(one.type)
    show = SHOW.get(unit.read) if unit else None
    if isinstance(found, float) and unit is None:
        return f"{found:g}"  # a number is no duration
    return show(found) if show and isinstance(found, int | float) else value(found)


def limit(before: Transition, after: Transition) -> tuple[str, str, str] | None:
    """Where two rows differ in one number of their condition: `memory`, `150MB`, `200MB`."""
    old, new = before.when, after.when
    if type(old) is not type(new) or replace(before, when=new) != after:
        return None
    changed = [one for one in fields(old) if getattr(old, one.name) != getattr(new, one.name)]
    if len(changed) != 1 or changed[0].name not in ("above", "below"):
        return None
    word = SHORT.get(kind(old), kind(old))
    first, second = (_in_units(changed[0], getattr(one, changed[0].name)) for one in (old, new))
    return word, first, second


def _unit(annotation: object) -> Unit | None:
    """The Unit of `Bytes`, of `Seconds | None`, of nothing else."""
    for place in (annotation, *get_args(annotation)):
        for note in getattr(place, "__metadata__", ()):
            if isinstance(note, Unit):
                return note
    return None
