"""The mails on their way: a queue of the outbox in the state database, and the incidents."""

import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence

from overseer.alerts import silence, tray
from overseer.alerts.facts import encode, read_incident, read_mail
from overseer.alerts.incident import Incident
from overseer.alerts.letter import Facts, Letter, another_id
from overseer.alerts.waiting import RECALLED, Down
from overseer.outbox import pauses, schema, table
from overseer.outbox.parcel import Parcel

log = logging.getLogger(__name__)

PREFIX = "alert_"
KIND = "alert"
PATIENCE = 5 * 86400.0
"""Seconds for which a mail is tried (RFC 5321, 4.5.4.1)."""
CLOCK_IS_SET = 1.6e9
"""A host that shows an earlier moment has no clock yet: nothing expires by it."""
UNSEEN = 0
"""The code of a failure before which no server was given the mail: it may be written anew."""

INCIDENTS = """
CREATE TABLE IF NOT EXISTS incident (watch TEXT PRIMARY KEY, incident TEXT NOT NULL) WITHOUT ROWID
"""
OLD_NEWS = (
    f"FROM {PREFIX}job WHERE lease_by IS NULL AND attempts = 0 AND crashes = 0 AND code = {UNSEEN}"
)

REFUSED = f"FROM {PREFIX}job WHERE lease_by IS NULL AND attempts > 0 AND code = {UNSEEN}"


def prepare(db: sqlite3.Connection) -> None:
    for statement in (INCIDENTS, *tray.TABLES, silence.TABLE):
        db.execute(statement)
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


def remember(db: sqlite3.Connection, memos: Mapping[str, Incident]) -> None:
    calm = [(watch,) for watch, one in memos.items() if is_calm(one)]
    kept = [(watch, encode(one)) for watch, one in memos.items() if not is_calm(one)]
    if calm:
        db.executemany("DELETE FROM incident WHERE watch = ?", calm)
    if kept:
        db.executemany("INSERT OR REPLACE INTO incident VALUES (?, ?)", kept)


def is_calm(one: Incident) -> bool:
    return not any((one.id, one.exits, one.lately, one.untold, one.checks, one.evidence, one.story))


def put(db: sqlite3.Connection, contact: str, message_id: str, payload: str, wall: float) -> None:
    """A mail, to be delivered now."""
    parcel = Parcel(
        kind=KIND,
        payload=payload,
        queue=contact,
        run_at=wall,
        expires_at=wall + PATIENCE if wall > CLOCK_IS_SET else None,
        rcpt=contact,
        message_id=message_id,
    )
    table.put(db, PREFIX, parcel, wall)


def recallable(db: sqlite3.Connection) -> set[str]:
    """Contacts with mails that no server has been given: what came meanwhile belongs into them."""
    return {name for (name,) in db.execute(f"SELECT DISTINCT queue {OLD_NEWS}")}


def has_refused(db: sqlite3.Connection, contact: str) -> bool:
    query = f"SELECT 1 {REFUSED} AND queue = ? LIMIT 1"
    return db.execute(query, (contact,)).fetchone() is not None


def recall(db: sqlite3.Connection, contact: str) -> None:
    """Back into the tray, to go together as before, and with what came meanwhile."""
    take_back(db, contact, OLD_NEWS, lambda told: True)


def recall_refused(db: sqlite3.Connection, contact: str, incidents: Collection[str]) -> None:
    """What was refused for now goes with what has come since about the same incidents: a later
    word is not to overtake an earlier one."""
    take_back(db, contact, REFUSED, lambda told: any(one.incident in incidents for one in told))


def take_back(
    db: sqlite3.Connection, contact: str, which: str, meant: Callable[[Sequence[Facts]], bool]
) -> None:
    rows = db.execute(
        f"SELECT id, message_id, payload, created_at {which} AND queue = ?", (contact,)
    ).fetchall()
    for id, message_id, payload, at in rows:
        try:
            told, _ = read_mail(payload)
        except (ValueError, TypeError, KeyError):
            continue  # whoever delivers it will say so
        if not meant(told):
            continue
        for number, facts in enumerate(told):
            own = another_id(message_id, number) if number else message_id
            letter = Letter(contact=contact, message_id=own, facts=facts)
            row = tray.row(letter, encode(facts), bundle=message_id, held=RECALLED, ready=at)
            db.execute(tray.PUT, row)
        db.execute(f"DELETE FROM {PREFIX}job WHERE id = ?", (id,))
        tray.uncount_mail(db, contact, message_id)


def down(db: sqlite3.Connection, contact: str, wall: float) -> Down | None:
    found = pauses.find(db, PREFIX, contact)
    if found is None:
        return None
    until = found.until if found.until is not None and found.holds(wall) else wall
    return Down(until=until, why=found.reason)


def under_way(db: sqlite3.Connection, contact: str) -> bool:
    """A mail is being delivered, or will be before any other."""
    query = (
        f"SELECT 1 FROM {PREFIX}job WHERE queue = ?"
        " AND (lease_by IS NOT NULL OR attempts = 0) LIMIT 1"
    )
    return db.execute(query, (contact,)).fetchone() is not None
