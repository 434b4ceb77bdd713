"""From facts to a mail: subject, text and HTML, made when it is delivered."""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)

from overseer.alerts.letter import Facts, headers, message_id
from overseer.contacts.base import Contact, Notice
from overseer.model.change import Change

log = logging.getLogger(__name__)

OURS = Path(__file__).parent / "templates"
LONGEST_SUBJECT = 180
SOON = 120.0


def notice(items: Sequence[Facts], id: str, host: str, contact: Contact, why: str = "") -> Notice:
    """All of *items* in one mail; *id* is its Message-ID. Raises nothing."""
    first = items[0]
    lines = min(contact.log_lines, 5 * contact.log_lines // len(items))  # a mail is no log file
    roots = dict.fromkeys(message_id(item.incident, host) for item in items)
    shown = [
        {
            **{name: getattr(item, name) for name in Facts.__slots__},
            "lines": list((item.lines or ())[-lines:] if lines else ()),
            "commands": commands(item),
        }
        for item in items
    ]
    text, html = fill({"items": shown, "host": host}, contact.templates)
    return Notice(
        id=id,
        subject=subject(items, host),
        text=text,
        html=html,
        at=first.at,
        references=tuple(roots),
        headers=headers(first, host),
        facts={"host": host, "items": shown},
    )


def subject(items: Sequence[Facts], host: str) -> str:
    """The host stands first: `[db1] mailworker: flapping, held until 15:42`."""
    first = items[0]
    line = f"[{host}] {first.watch or 'overseer'}: {first.headline}"
    if first.change == Change.FLAPPING and first.until is not None:
        line = f"{line} until {clock(first.until, first.at)}"
    if len(items) > 1:
        names = list(dict.fromkeys(item.watch for item in items))
        others = ", ".join(names[1:4]) + (", …" if len(names) > 4 else "")
        line = f"{line}; and {len(items) - 1} more" + (f" ({others})" if others else "")
    line = " ".join(line.split())  # a header is one line
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


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
        Environment(
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
        return ["overseer status"]
    last: dict[str, list[str]] = {
        Change.FLAPPING: [f"overseer start {name}      # try now"],
        Change.GAVE_UP: [f"overseer start {name}      # when it is mended"],
        Change.START_FAILED: [f"overseer logs {name}"],
        Change.STOP_FAILED: [f"overseer stop {name}       # once more"],
        Change.UNKNOWN: [f"overseer adopt {name} PID  # if it is that one"],
    }
    return [f"overseer status {name}", f"overseer history {name}", *last.get(facts.change, [])]


def moment(wall: float) -> str:
    """`2026-01-31 15:42:07 +0100`, in the host's time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(wall))


def clock(wall: float, since: float | None = None) -> str:
    """`15:42`; with the date where that is another day than *since*, to the second where soon."""
    there, since = time.localtime(wall), wall if since is None else since
    if there[:3] != time.localtime(since)[:3]:
        return time.strftime("%Y-%m-%d %H:%M", there)
    return time.strftime("%H:%M:%S" if 0 < wall - since < SOON else "%H:%M", there)
