"""What the alerts keep in the state database: incidents, and letters in a queue of the outbox."""

import json
import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from overseer.alerts.incident import Incident, Said, Standing
from overseer.alerts.letter import Facts, Letter
from overseer.model.change import Change
from overseer.outbox import schema, table
from overseer.outbox.parcel import Parcel

log = logging.getLogger(__name__)

PREFIX = "alert_"
KIND = "alert"
PATIENCE = 86400.0
"""Seconds after which an alert is no news any more."""
LATE = 60.0
"""Seconds after which what has not gone is worth a line in `status`."""
CLOCK_IS_SET = 1.6e9
"""A host that shows an earlier moment has no clock yet: nothing expires by it."""

OPEN, CLOSE = '{"items":[', "]}"

INCIDENTS = """
CREATE TABLE IF NOT EXISTS incident (watch TEXT PRIMARY KEY, incident TEXT NOT NULL) WITHOUT ROWID
"""


def encode(value: Facts | Incident) -> str:
    return _ENCODER.encode(value)


def _slots(value: Any) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


_ENCODER = json.JSONEncoder(default=_slots, separators=(",", ":"), check_circular=False)


def prepare(db: sqlite3.Connection) -> None:
    db.execute(INCIDENTS)
    db.execute("BEGIN IMMEDIATE")
    try:
        schema.create(db, PREFIX)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def incidents(db: sqlite3.Connection) -> dict[str, Incident]:
    found = {}
    for watch, text in db.execute("SELECT watch, incident FROM incident"):
        try:
            found[watch] = read_incident(json.loads(text))
        except (ValueError, TypeError, KeyError) as error:
            log.error("%s: its incident cannot be read: %s", watch, error)
    return found


def read_incident(kept: dict[str, Any]) -> Incident:
    """Words that a later version has added are passed over."""
    known = {name: kept[name] for name in Incident.__dataclass_fields__ if name in kept}
    words = set(Change)
    return replace(
        Incident(**known),
        exits=tuple(known.get("exits", ())),
        lately=tuple(Said(said["what"], said["at"]) for said in known.get("lately", ())),
        said=tuple(Change(word) for word in known.get("said", ()) if word in words),
        told=tuple(known.get("told", ())),
        checks=tuple(
            Standing(**{**one, "told": tuple(one["told"])}) for one in known.get("checks", ())
        ),
    )


def remember(db: sqlite3.Connection, memos: Mapping[str, Incident]) -> None:
    calm = [(watch,) for watch, one in memos.items() if is_calm(one)]
    kept = [(watch, encode(one)) for watch, one in memos.items() if not is_calm(one)]
    if calm:
        db.executemany("DELETE FROM incident WHERE watch = ?", calm)
    if kept:
        db.executemany("INSERT OR REPLACE INTO incident VALUES (?, ?)", kept)


def is_calm(incident: Incident) -> bool:
    return not any((incident.id, incident.exits, incident.lately, incident.untold, incident.checks))


def put(db: sqlite3.Connection, letters: Sequence[Letter], wall: float) -> None:
    """Inside the store's transaction: as rows of their own, or into those that gather."""
    together: dict[object, list[Letter]] = {}
    for letter in letters:
        key = letter.message_id if letter.gather is None else (letter.contact, letter.gather)
        together.setdefault(key, []).append(letter)
    for mail in together.values():
        items = ",".join(encode(letter.facts) for letter in mail)
        if mail[0].gather is None or not _add(db, mail[0], items):
            _put(db, mail[0], items, wall)


def _put(db: sqlite3.Connection, letter: Letter, items: str, wall: float) -> None:
    parcel = Parcel(
        kind=KIND,
        payload=f"{OPEN}{items}{CLOSE}",
        queue=letter.contact,
        run_at=letter.due,
        dedupe=letter.gather,
        expires_at=wall + PATIENCE if wall > CLOCK_IS_SET else None,
        rcpt=letter.contact,
        message_id=letter.message_id,
    )
    if table.put(db, PREFIX, parcel, wall) is None:  # that mail is on its way: one more follows it
        table.put(db, PREFIX, replace(parcel, dedupe=None), wall)


def _add(db: sqlite3.Connection, letter: Letter, items: str) -> bool:
    """To the mail that gathers; not if it has been tried: it must not say more the second time."""
    added = db.execute(
        f"UPDATE {PREFIX}job SET payload = substr(payload, 1, length(payload) - ?) || ? "
        " WHERE dedupe = ? AND rcpt = ?"
        " AND attempts = 0 AND crashes = 0 AND error = '' AND lease_by IS NULL",
        (len(CLOSE), f",{items}{CLOSE}", letter.gather, letter.contact),
    )
    return added.rowcount == 1


def read_facts(payload: str) -> Sequence[Facts]:
    """Raises ValueError, TypeError or KeyError for what no version of ours has written."""
    return [one_fact(item) for item in json.loads(payload)["items"]]


def one_fact(kept: dict[str, Any]) -> Facts:
    known = {name: kept[name] for name in Facts.__dataclass_fields__ if name in kept}
    return Facts(**{**known, "samples": tuple(known.get("samples", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """For the last lines of `status`. *oldest* is in seconds since the epoch."""

    waiting: int = 0
    lost: int = 0  # of the last day: refused for good, or a day without success
    oldest: float | None = None
    why: str = ""
    trouble: str = ""  # why it cannot be told

    def __bool__(self) -> bool:
        return bool(self.waiting or self.lost or self.trouble)

    def __str__(self) -> str:
        """`2 alerts not delivered yet, the oldest of 2026-01-31 15:42 (ops: …)`."""
        if self.trouble:
            return self.trouble
        words = []
        if self.waiting:
            words.append(f"{self.waiting} alert{'s' * (self.waiting > 1)} not delivered yet")
        if self.lost:
            words.append(f"{self.lost} alert{'s' * (self.lost > 1)} lost")
        if self.oldest is not None:
            moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.oldest))
            words.append(
                f"the oldest of {moment}" if self.waiting + self.lost > 1 else f"of {moment}"
            )
        return ", ".join(words) + (f" ({self.why})" if self.why else "")


def undelivered(db: sqlite3.Connection, wall: float) -> Undelivered:
    """What should have gone a minute ago, or has failed once."""
    p = PREFIX
    waiting, oldest = db.execute(
        f"SELECT count(*), min(created_at) FROM {p}job WHERE attempts > 0 OR run_at < ?"
        f" OR queue IN (SELECT queue FROM {p}pause)",
        (wall - LATE,),
    ).fetchone()
    lost, first = db.execute(
        f"SELECT count(*), min(created_at) FROM {p}dead WHERE dead_at > ?", (wall - PATIENCE,)
    ).fetchone()
    reasons = (
        f"SELECT queue || ': ' || reason FROM {p}pause WHERE reason != '' ORDER BY changed DESC",
        f"SELECT rcpt || ': ' || error FROM {p}job WHERE error != '' ORDER BY tried_at DESC",
        f"SELECT rcpt || ': ' || error FROM {p}dead WHERE error != '' ORDER BY dead_at DESC",
    )
    found = (db.execute(f"{query} LIMIT 1").fetchone() for query in reasons)
    why = next((row[0] for row in found if row), "") if waiting or lost else ""
    moments = [moment for moment in (oldest, first) if moment is not None]
    return Undelivered(waiting=waiting, lost=lost, oldest=min(moments, default=None), why=why)
