"""An alert on its way to one contact: its facts are fixed when it is put, its words are not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overseer.alerts.incident import Alert
from overseer.units import show_seconds

NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a mail says about one change. Moments are seconds since the epoch."""

    watch: str
    change: str
    headline: str
    message: str
    at: float
    incident: str
    open: bool = False  # the last word of the same incident will follow
    began: float | None = None  # the incident; None: this stands alone
    check: str = ""  # whose incident it is, where it is not the watch's own
    next: str = ""
    until: float | None = None  # when *next* happens
    exit: str = ""
    ran_for: str = ""
    samples: tuple[str, ...] = ()
    log: str | None = None  # the file with the program's output
    evidence: str = ""  # the line of the history with the end of the log; "": as it is now
    lines: tuple[str, ...] | None = None  # its last ones; None: nobody has looked
    lines_at: float | None = None  # when they were that
    error_line: str = ""  # the one of them that says what went wrong
    note: str = ""  # why there are no lines
    priority: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """To be put into the tray of a contact, which decides when it goes and in which mail."""

    contact: str
    message_id: str
    facts: Facts
    patience: float = 0.0  # seconds: goes only if its incident is as old as that and still open


def facts_of(alert: Alert, watch: str, log: str | None, now: float, wall: float) -> Facts:
    """Without labels, which depend on the contact. *now* is the moment of *wall* on the clock of
    the alert, CLOCK_BOOTTIME."""
    return Facts(
        watch=watch,
        change=alert.change,
        headline=alert.headline,
        message=alert.message,
        at=wall,
        incident=alert.incident,
        open=alert.open,
        began=None if alert.began is None else wall + alert.began - now,
        check=alert.check,
        next=alert.next,
        until=None if alert.due is None else wall + alert.due - now,
        exit="" if alert.exit is None else str(alert.exit),
        ran_for="" if alert.ran_for is None else show_seconds(alert.ran_for),
        samples=alert.samples,
        log=log,
        evidence=alert.evidence,
    )


def message_id(name: str, host: str) -> str:
    """With its angle brackets; *name* may hold anything."""
    return f"<{NOT_IN_AN_ID.sub('-', name)}@{NOT_IN_AN_ID.sub('-', host) or 'localhost'}>"


def another_id(id: str, number: int) -> str:
    """Of a letter that was in the mail of that Message-ID."""
    name, _, host = id.strip("<>").rpartition("@")
    return f"<{name}.{number}@{host}>"


def headers(facts: Facts, host: str) -> Mapping[str, str]:
    """For people's mail filters."""
    found: dict[str, Any] = {
        "X-Overseer-Host": host,
        "X-Overseer-Watch": facts.watch,
        "X-Overseer-Event": facts.change,
        "X-Overseer-Incident": facts.incident,
        "X-Overseer-Priority": facts.priority,
        "X-Overseer-Category": facts.category,
    }
    return {name: value for name, value in found.items() if value}
