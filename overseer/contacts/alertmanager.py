"""contacts: {oncall: {alertmanager: "http://alertmanager.example.org:9093"}}"""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from overseer.contacts import secret, url
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.told import Told, iso, told
from overseer.model.units import Seconds

PATH = "/api/v2/alerts"
ALARM, EVENT = "OverseerAlarm", "OverseerEvent"
OURS = ("alertname", "watch", "host", "instance", "severity", "event", "incident")
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
BRIEFLY = 900.0
"""Seconds that an event fires which is over as soon as it has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager(Contact):
    """Prometheus' Alertmanager, by its API v2.

    An incident is one alert, `OverseerAlarm`, whatever happens in it: it fires until the watch
    has recovered. What has no recovery is an `OverseerEvent` that fires for a quarter of an hour.
    """

    brief: ClassVar[str] = "url"

    url: tuple[str, ...]  # each gets everything, as the members of a cluster expect
    labels: Mapping[str, str] = field(default_factory=dict)
    resolve_after: Seconds = 7 * 86400.0  # an alarm whose recovery never comes
    token_file: str | None = None
    token_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False
    timeout: Seconds = 10.0

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        if not self.url:
            raise ValueError("url: nothing is named; write http://localhost:9093")
        for one in self.url:
            url.check_url("url", one)
        url.check_timeout(self.timeout)
        secret.at_most_one("token", self.token_file, self.token_env)
        for name in self.labels:
            if not LABEL.fullmatch(name) or name in OURS:
                said = "is overseer's own" if name in OURS else "is no name of a label"
                raise ValueError(f"labels: {name!r} {said}; write team: db")
        if self.resolve_after <= 0:
            raise ValueError("resolve_after: 0 would never fire; write 7d")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        """NotDelivered only where none of them has taken it."""
        import json

        alerts = [self.alert(one, time.time()) for one in told(notice)]
        body = json.dumps(alerts).encode()
        taken, troubles = [], []
        for base in self.url:
            try:
                taken.append(f"{url.place(base)}: {self._post(base, body, hear)}")
            except NotDelivered as error:
                troubles.append(error)
        if not taken:
            raise all_of(troubles)
        return "; ".join([*taken, *map(str, troubles)])

    def knock(self, hear: Hear = unheard) -> str:
        """All of them, or it is said which one does not answer."""
        from overseer.contacts import http

        said = [
            http.knock(
                one, hear, ca_file=self.ca_file, insecure=self.insecure, timeout=self.timeout
            )
            for one in self.url
        ]
        return "; ".join(one for one in said if one)

    def alert(self, one: Told, now: float) -> dict[str, object]:
        """*now*: seconds since the epoch. What is delivered late fires for as long."""
        alarm = one.open or one.over
        found: dict[str, object] = {"labels": self.labels_of(one, alarm), "annotations": about(one)}
        if one.over:
            return {**found, "endsAt": iso(one.at)}
        lasts = self.resolve_after if alarm else BRIEFLY
        return {**found, "startsAt": iso(one.at), "endsAt": iso(max(one.at, now) + lasts)}

    def labels_of(self, one: Told, alarm: bool) -> dict[str, str]:
        """The same for an alarm and its recovery: that is how they are known to belong together."""
        kind = {"alertname": ALARM, "severity": "critical"}
        if not alarm:
            kind = {"alertname": EVENT, "severity": one.severity}
            kind |= {"event": one.event, "incident": one.incident}
        kind |= {"check": one.check} if one.check else {}
        instance = os.environ.get("OVERSEER_INSTANCE") or one.host
        place = {"watch": one.watch or "overseer", "host": one.host, "instance": instance}
        return {**self.labels, **kind, **place}

    def _post(self, base: str, body: bytes, hear: Hear) -> str:
        from overseer.contacts import http

        token = secret.read("token", self.token_file, self.token_env)
        request = http.Request(
            url=base if base.endswith(PATH) else base.rstrip("/") + PATH,
            body=body,
            headers=http.login(token),
            secrets=(token,) if token else (),
            ca_file=self.ca_file,
            insecure=self.insecure,
            timeout=self.timeout,
        )
        return http.send(request, hear)


def about(one: Told) -> dict[str, str]:
    """What may change while an alert fires."""
    found = {
        "summary": one.subject,
        "description": one.message,
        "event": one.event,
        "incident": one.incident,
        "next": one.next,
        "exit": one.exit,
        "samples": ", ".join(one.samples),
        "priority": one.priority,
        "category": one.category,
    }
    return {name: value for name, value in found.items() if value}


def all_of(troubles: list[NotDelivered]) -> NotDelivered:
    return NotDelivered(
        "; ".join(map(str, troubles)),
        final=all(one.final for one in troubles),
        only_this=all(one.only_this for one in troubles),
        after=max((one.after for one in troubles if one.after is not None), default=None),
    )
