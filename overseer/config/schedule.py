"""`schedule:` and `restart_at:`: moments of the calendar, and what becomes of those that cannot
be kept."""

from collections.abc import Mapping
from typing import Any

from overseer.config.cron import EXAMPLE, as_cron, as_hour, as_zone
from overseer.config.forms import Form, NotRight, choice, many, scalar, wrong
from overseer.config.node import Entry, Node, Series, Table
from overseer.config.record import form_of
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.model.schedule import Missed, Overlap, Plan, Schedule
from overseer.model.units import Seconds


def _more_than_nothing(form: Form, example: str, least: float = 0.0) -> Form:
    def read(node: Node, key: str, troubles: Troubles) -> Any:
        value = form.read(node, key, troubles)
        if not isinstance(value, Unread) and value <= 0:
            return troubles.error(node.spot, f"{key}: 0 would never end; write {example}")
        if not isinstance(value, Unread) and value < least:
            said = f"{key}: {value * 1000:g}ms is too often; write {example}, or at least 1s"
            return troubles.error(node.spot, said)
        return value

    return Form(read, form.example, form.schema)


def _macro_or_cron(text: str) -> str:
    if text == "@reboot":
        raise NotRight("'@reboot' is no moment of the calendar; leave out schedule for a program "
                       "that is started with overseer")  # fmt: skip
    return as_cron(text)


CRON = scalar(_macro_or_cron, EXAMPLE, {"type": "string"})
ZONE = scalar(as_zone, "Europe/Berlin", {"type": "string"})
HOUR = scalar(as_hour, '"03:30"', {"type": "string", "pattern": r"^\d{1,2}:\d{2}$|\{[{%]"})
SPAN = _more_than_nothing(form_of(Seconds), "10m")
WHEN: Mapping[str, Form] = {
    "cron": many(CRON),
    "at": many(HOUR),
    "every": _more_than_nothing(form_of(Seconds), "10m", least=1.0),
    "timezone": ZONE,
    "jitter": form_of(Seconds),
}
OF_RUNS: Mapping[str, Form] = {
    "missed": choice([str(word) for word in Missed], Missed),
    "overlap": choice([str(word) for word in Overlap], Overlap),
    "max_run_time": SPAN,
}


NOT_OF_RUNS = {"restart_at": "is for `schedule`, a restart has no runs; leave it out"}
IN_A_LIST = (
    "is for all runs, not for one moment of a list; write one mapping: {cron: […], overlap: kill}"
)


def as_schedules(node: Node, key: str, troubles: Troubles) -> Any:
    """Five cron fields, a mapping, or a list of these."""
    nodes = node.items if isinstance(node, Series) else (node,)
    if not nodes:
        return never(node, key, troubles)
    found: list[Any] = []
    for item in nodes:
        if isinstance(item, Table):
            found.append(_moments(_read(item, WHEN, key, troubles), item, key, troubles))
        else:
            cron = CRON.read(item, key, troubles)
            found.append(UNREAD if isinstance(cron, Unread) else (Schedule(cron),))
    if any(isinstance(one, Unread) for one in found):
        return UNREAD
    schedules = tuple(schedule for several in found for schedule in several)
    if len(schedules) > 1 and any(one.every for one in schedules):
        return troubles.error(node.spot, f"{key}: every stands alone; write either it or the rest")
    return schedules


def never(node: Node, key: str, troubles: Troubles) -> Unread:
    message = f"{key}: names no moment, so it would never come; write {EXAMPLE}, or leave it out"
    return troubles.error(node.spot, message)


def as_plan(node: Node, key: str, troubles: Troubles) -> Any:
    """What `restart_at` takes; in a mapping also what becomes of the runs."""
    if not isinstance(node, Table):
        moments = as_schedules(node, key, troubles)
        return moments if isinstance(moments, Unread) else Plan(moments)
    given = _read(node, {**WHEN, **OF_RUNS}, key, troubles)
    of_runs = {name: given.pop(name) for name in OF_RUNS if name in given}
    moments = _moments(given, node, key, troubles)
    if isinstance(moments, Unread) or UNREAD in of_runs.values():
        return UNREAD
    return Plan(moments, **of_runs)


def _read(node: Table, known: Mapping[str, Form], key: str, troubles: Troubles) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, entry in node.entries.items():
        if name.startswith("x-"):
            continue
        form = known.get(name)
        if form is None:
            said = f"{key} has no {name}{suggestion(name, known)}"
            if name in OF_RUNS:
                said = f"{key}: {name} {NOT_OF_RUNS.get(key, IN_A_LIST)}"
            given[name] = troubles.error(entry.spot, said)
        else:
            given[name] = _value(form, entry, f"{key}: {name}", troubles)
    return given


def _value(form: Form, entry: Entry, key: str, troubles: Troubles) -> Any:
    return form.read(entry.node, key, troubles)


def _moments(given: Mapping[str, Any], node: Table, key: str, troubles: Troubles) -> Any:
    """Each moment with what holds for all of them."""
    ways = [name for name in ("cron", "at", "every") if name in given]
    if UNREAD in given.values():
        return UNREAD
    if not ways:
        return wrong(
            node, key, f'{{cron: "{EXAMPLE[:10]}"}}, {{at: "04:30"}} or {{every: 10m}}', troubles
        )
    if any(given[name] == () for name in ways):
        return never(node, key, troubles)
    if "every" in ways and len(ways) > 1:
        said = f"{key}: every and {ways[0]} exclude each other; write one of them"
        return troubles.error(node.entries["every"].spot, said)
    if "every" in ways and "timezone" in given:
        said = f"{key}: every goes by no clock; leave timezone out"
        return troubles.error(node.entries["timezone"].spot, said)
    zone, jitter = given.get("timezone"), given.get("jitter", 0.0)
    if "every" in ways:
        if jitter >= given["every"]:
            said = f"{key}: jitter is to be less than every; write a shorter one"
            return troubles.error(node.entries["jitter"].node.spot, said)
        return (Schedule("", None, given["every"], jitter),)
    crons = dict.fromkeys((*given.get("cron", ()), *given.get("at", ())))
    return tuple(Schedule(cron, zone, None, jitter) for cron in crons)


def _schema(known: Mapping[str, Form]) -> Mapping[str, Any]:
    properties = {name: form.schema for name, form in known.items()}
    return {
        "type": "object",
        "properties": properties,
        "anyOf": [{"required": [name]} for name in ("cron", "at", "every")],
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


_ONE: Mapping[str, Any] = {"anyOf": [CRON.schema, _schema(WHEN)]}
RESTART_AT = Form(
    as_schedules, EXAMPLE, {"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE}]}
)
SCHEDULE = Form(
    as_plan,
    EXAMPLE,
    {
        "anyOf": [
            CRON.schema,
            _schema({**WHEN, **OF_RUNS}),
            {"type": "array", "items": _ONE},
        ]
    },
)
