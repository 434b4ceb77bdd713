"""What waits, for whom, why it has not been delivered, and when it is tried again."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from overseer.alerts import mailbag, tray
from overseer.alerts.facts import one_fact
from overseer.alerts.letter import Facts
from overseer.alerts.scene import SilencedAt, look
from overseer.alerts.sorting import sort
from overseer.contacts.book import Book

LATELY = 86400.0
MOST = 500
"""Rows of each kind: more nobody reads."""


class Stage(StrEnum):
    WAITS = "waits"  # because somebody wished so
    TRIED = "tried"  # on its way, or the server did not take it yet
    LOST = "lost"  # refused for good, or tried for too long; of the last day


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One alert for one contact. Moments are seconds since the epoch."""

    contact: str
    stage: Stage
    watch: str
    event: str
    headline: str
    incident: str
    at: float
    why: str
    next: float | None  # the next try, None where nobody knows or there is none


def overview(db: sqlite3.Connection, book: Book, silenced: SilencedAt, now: float) -> list[Waiting]:
    """Oldest first."""
    found = [*lost(db, now), *on_their_way(db)]
    for name in sorted(tray.contacts(db)):
        found += in_tray(db, name, book, silenced, now)
    return sorted(found, key=lambda one: (one.at, one.contact))


def in_tray(
    db: sqlite3.Connection, contact: str, book: Book, silenced: SilencedAt, now: float
) -> Iterator[Waiting]:
    items = tray.items(db, contact)
    scene = look(db, contact, now, book, silenced)
    plan = sort(items, scene)
    for id, wait in list(plan.waits.items())[:MOST]:
        texts = tray.texts(db, [id])
        if id in texts:
            facts = one_fact(json.loads(texts[id][1]))
            stage = Stage.TRIED if scene.down and wait.why == scene.down.why else Stage.WAITS
            yield told(contact, facts, stage, wait.why, wait.until)


def on_their_way(db: sqlite3.Connection) -> Iterator[Waiting]:
    p = mailbag.PREFIX
    rows = db.execute(
        f"SELECT rcpt, payload, run_at, error, lease_by FROM {p}job ORDER BY id LIMIT {MOST}"
    )
    for contact, payload, due, error, taken in rows.fetchall():
        why = "being delivered" if taken else error or "is to go now"
        for facts in items_of(payload):
            yield told(contact, facts, Stage.TRIED, why, None if taken else due)


def lost(db: sqlite3.Connection, now: float) -> Iterator[Waiting]:
    p = mailbag.PREFIX
    rows = db.execute(
        f"SELECT rcpt, payload, reason, error FROM {p}dead WHERE dead_at > ?"
        f" ORDER BY dead_at DESC LIMIT {MOST}",
        (now - LATELY,),
    )
    for contact, payload, reason, error in rows.fetchall():
        for facts in items_of(payload):
            yield told(contact, facts, Stage.LOST, error or reason, None)


def items_of(payload: str) -> Iterable[Facts]:
    try:
        return [one_fact(item) for item in json.loads(payload)["items"]]
    except (ValueError, TypeError, KeyError):
        return ()


def told(contact: str, facts: Facts, stage: Stage, why: str, next: float | None) -> Waiting:
    return Waiting(
        contact=contact,
        stage=stage,
        watch=facts.watch,
        event=facts.change,
        headline=facts.headline,
        incident=facts.incident,
        at=facts.at,
        why=why,
        next=next,
    )
