"""From facts to a mail: text and HTML, made when it is delivered."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from overseer.alerts.letter import Facts, headers, message_id
from overseer.alerts.moment import clock, moment
from overseer.alerts.plot import bars
from overseer.alerts.subject import headline, lead, subject
from overseer.contacts.base import Contact, Notice
from overseer.model.change import ENDS, Change

log = logging.getLogger(__name__)

OURS = Path(__file__).parent / "templates"
MOST_IN_FULL = 20
"""Alerts of one mail."""
MANY = 4
"""So many begin with a line of each: a telephone shows two of them at a time."""
MOST_LINES = 500
TONES: Mapping[str, str] = {
    **dict.fromkeys(ENDS, "good"),
    **dict.fromkeys((Change.NOTICE, Change.CONFIG_CHANGED, Change.EXITED), "plain"),
    Change.DISK_TROUBLE: "bad",
}
WHAT: Mapping[str, str] = {  # what a sysadmin would type next, after `why` and `logs`
    Change.FLAPPING: "overseer start {name}  # try now",
    Change.GAVE_UP: "overseer start {name}  # when it is mended",
    Change.STOP_FAILED: "overseer stop {name}  # once more",
    Change.UNKNOWN: "overseer adopt {name} PID  # if it is that one",
    Change.REMINDER: 'overseer silence {name} --for 2h --reason "..."  # if somebody is at it',
}


def notice(items: Sequence[Facts], id: str, host: str, contact: Contact, why: str = "") -> Notice:
    """All of *items* in one mail; *id* is its Message-ID. Raises nothing."""
    shown = [view(item, contact.log_lines) for item in items]
    trim(shown, contact.log_lines)
    values = {
        "items": shown[:MOST_IN_FULL],
        "more": shown[MOST_IN_FULL : MOST_IN_FULL + MOST_LINES],
        "brief": shown[: MOST_IN_FULL + MOST_LINES] if len(shown) >= MANY else [],
        "left_out": max(0, len(shown) - MOST_IN_FULL - MOST_LINES),
        "host": host,
        "why": why,
    }
    text, html = fill(values, contact.templates)
    first = lead(items)
    return Notice(
        id=id,
        subject=subject(items, host, why),
        text=text,
        html=html,
        at=first.at,
        references=tuple(dict.fromkeys(message_id(item.incident, host) for item in items))[:20],
        headers=headers(first, host),
        facts={"host": host, "items": [without(one, "bars", "tone") for one in shown]},
    )


def view(item: Facts, lines: int) -> dict[str, Any]:
    """What a template sees of an alert."""
    return {
        **{name: getattr(item, name) for name in Facts.__slots__},
        "headline": item.headline,
        "title": headline(item),
        "lines": list((item.lines or ())[-lines:] if lines else ()),
        "commands": commands(item),
        "bars": bars(item.samples),
        "tone": TONES.get(item.change, "bad" if item.open else "warn"),
    }


def without(one: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in names}


def trim(shown: list[dict[str, Any]], lines: int) -> None:
    """Of each incident the last word alone says what follows and what to type. And a mail is no
    log file: five times as many lines as of one alert."""
    last = {one["incident"]: number for number, one in enumerate(shown)}
    most = min(lines, 5 * lines // max(1, len(last)))
    for number, one in enumerate(shown):
        if last[one["incident"]] != number:
            one.update(lines=[], commands=[], next="", until=None)
        else:
            one["lines"] = one["lines"][-most:] if most else []


def fill(values: Mapping[str, Any], folder: str | None) -> tuple[str, str]:
    """Text and HTML, by the sysadmin's own templates where there are any that work."""
    try:
        return render(values, folder)
    except (TemplateError, OSError, ValueError, TypeError, ArithmeticError) as error:
        if folder is None:
            raise
        log.error("the alert templates in %s cannot be used: %s; taking ours", folder, error)
        return render(values, None)


def render(values: Mapping[str, Any], folder: str | None) -> tuple[str, str]:
    ours: BaseLoader = FileSystemLoader(OURS)
    loader = ChoiceLoader([FileSystemLoader(folder), ours]) if folder else ours
    plain, html = (
        ImmutableSandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=escapes,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for escapes in (False, True)
    )
    for environment in (plain, html):
        environment.filters.update(moment=moment, clock=clock)
    return (
        plain.get_template("alert.txt.j2").render(values).lstrip("\n") + "\n",
        html.get_template("alert.html.j2").render(values) + "\n",
    )


def commands(facts: Facts) -> list[str]:
    """What a sysadmin would type next."""
    name = facts.watch
    if not name:
        return ["overseer status", "overseer doctor"]
    if facts.change in ENDS:
        return [f"overseer history --incident {facts.incident}"]
    last = WHAT.get(facts.change)
    if facts.next.startswith("left running"):
        last = "overseer restart {name}  # all the same"
    more = [last.format(name=name)] if last else []
    return [f"overseer why {name}", f"overseer logs {name}", *more]
