"""Reminders: an incident that is still open is told of again, so often as a contact wishes."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from overseer.alerts import tray
from overseer.alerts.facts import read_facts
from overseer.alerts.letter import Facts, Letter, message_id
from overseer.model.change import Change
from overseer.outbox.database import Database
from overseer.units import show_seconds


def due(database: Database, contact: str, repeat: float, now: float, host: str) -> float | None:
    """Put those whose time has come into the tray; when the next one is due, if ever."""
    with database.reading() as db:
        told = tray.told(db, contact)
        waiting = {item.incident for item in tray.items(db, contact)}
    dues = {
        incident: (at if at <= now else now) + repeat  # not later, where the clock was set back
        for incident, at in told.items()
        if incident not in waiting
    }
    ripe = [incident for incident, moment in dues.items() if moment <= now]
    if ripe:
        database.write(lambda db: put(db, contact, ripe, now, host))
    later = [moment for moment in dues.values() if moment > now]
    return min((*later, *([now + repeat] if ripe else [])), default=None)


def put(
    db: sqlite3.Connection, contact: str, incidents: Sequence[str], now: float, host: str
) -> None:
    tray.remind(db, contact, incidents, now)
    for incident in incidents:
        facts = reminder(read_facts(tray.told_facts(db, contact, incident)), now)
        id = message_id(f"{incident}.{int(now):x}.reminder.{contact}", host)
        tray.put(db, [Letter(contact=contact, message_id=id, facts=facts)])


def reminder(alarm: Facts, now: float) -> Facts:
    """The same news, with the time that it has lasted; what the log says now."""
    lasted = show_seconds(max(now - (alarm.began or alarm.at), 1.0))
    return replace(
        alarm,
        change=Change.REMINDER,
        headline=f"not well for {lasted} now: {alarm.headline}",
        at=now,
        lines=None,
        evidence="",
        until=alarm.until if alarm.until is not None and alarm.until > now else None,
    )
