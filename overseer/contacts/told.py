"""What a notice tells, alert by alert, for contacts that make their own words of it."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from overseer.contacts.base import Notice
from overseer.model.change import ENDS, Change

MINOR = frozenset({Change.EXITED, Change.NOTICE, Change.CONFIG_CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One alert. *watch* is empty where it is about overseer itself."""

    host: str
    watch: str
    event: str  # the words of X-Overseer-Event
    headline: str
    message: str
    incident: str
    at: float  # seconds since the epoch
    open: bool = False  # a `recovered` or `closed` of the same incident will follow
    check: str = ""  # whose incident it is, where it is not the watch's own
    next: str = ""
    until: float | None = None
    exit: str = ""
    ran_for: str = ""
    samples: tuple[str, ...] = ()
    log: str | None = None
    lines: tuple[str, ...] = ()  # the last ones of the log
    lines_at: float | None = None  # when they were that, seconds since the epoch
    error_line: str = ""  # the one of them that says what went wrong
    commands: tuple[str, ...] = ()
    priority: str | None = None
    category: str | None = None

    @property
    def over(self) -> bool:
        """The last word about its incident."""
        return self.event in ENDS

    @property
    def subject(self) -> str:
        """`[db1] web: flapping, held`"""
        return f"[{self.host}] {self.watch or 'overseer'}: {self.headline}"

    @property
    def line(self) -> str:
        """`web: flapping, held: flapping: 5 launches within 5m`, nothing in it said twice."""
        said = (
            self.headline if self.message in self.headline else f"{self.headline}: {self.message}"
        )
        return f"{self.watch or 'overseer'}: {' '.join(said.split())}"

    @property
    def severity(self) -> str:
        """critical, warning, info, or ok: it is over."""
        if self.over:
            return "ok"
        if self.open:
            return "critical"
        return "info" if self.event in MINOR else "warning"

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "time": iso(self.at), "severity": self.severity}


def told(notice: Notice) -> tuple[Told, ...]:
    """At least one: of a notice without facts, its subject."""
    facts: Mapping[str, Any] = notice.facts
    host = str(facts.get("host", ""))
    return tuple(_one(item, host) for item in facts.get("items", ())) or (_bare(notice, host),)


def _one(item: Mapping[str, Any], host: str) -> Told:
    known = {name: item[name] for name in Told.__slots__ if name in item}
    lists = {name: tuple(known.get(name, ())) for name in ("samples", "lines", "commands")}
    return Told(**{**known, **lists, "host": host, "event": str(item["change"])})


def _bare(notice: Notice, host: str) -> Told:
    return Told(
        host=host,
        watch="",
        event="notice",
        headline=notice.subject,
        message=notice.text,
        incident=notice.id.strip("<>"),
        at=notice.at,
    )


def iso(wall: float) -> str:
    """`2026-01-31T14:42:07Z`"""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall))
