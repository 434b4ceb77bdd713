"""The trays in the state database: letters that wait, what each contact has been told, its pace."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from overseer.alerts.facts import encode
from overseer.alerts.gather import Window
from overseer.alerts.letter import Letter
from overseer.alerts.waiting import Item

TABLES = (
    """CREATE TABLE IF NOT EXISTS alert_letter (
    id INTEGER PRIMARY KEY, contact TEXT NOT NULL, message_id TEXT NOT NULL,
    watch TEXT NOT NULL, change TEXT NOT NULL, incident TEXT NOT NULL, at REAL NOT NULL,
    began REAL, open INTEGER NOT NULL, patience REAL NOT NULL, facts TEXT NOT NULL,
    ready REAL, bundle TEXT, held TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS alert_told (
    contact TEXT NOT NULL, incident TEXT NOT NULL, at REAL NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (contact, incident)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS alert_mailed (
    contact TEXT NOT NULL, at REAL NOT NULL, message_id TEXT NOT NULL,
    PRIMARY KEY (contact, at, message_id)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS alert_window (
    contact TEXT PRIMARY KEY, began REAL NOT NULL, gathered INTEGER NOT NULL) WITHOUT ROWID""",
)
LONGEST_PACE = 86400.0
"""Seconds for which the moments of mails are remembered: no limit asks for more."""
PUT = (
    "INSERT INTO alert_letter (contact, message_id, watch, change, incident, at, began, open,"
    " patience, facts, ready, bundle, held) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ITEM = "id, watch, change, incident, at, began, open, patience, ready, bundle, held"


def put(db: sqlite3.Connection, letters: Iterable[Letter]) -> None:
    """Inside the store's transaction."""
    texts: dict[int, str] = {}  # the facts are the same for all contacts
    for letter in letters:
        if id(letter.facts) not in texts:
            texts[id(letter.facts)] = encode(letter.facts)
    db.executemany(PUT, [row(letter, texts[id(letter.facts)]) for letter in letters])


def row(
    letter: Letter, text: str, bundle: str | None = None, held: str = "", ready: float | None = None
) -> tuple[object, ...]:
    facts = letter.facts
    return (
        letter.contact,
        letter.message_id,
        facts.watch,
        facts.change,
        facts.incident,
        facts.at,
        facts.began,
        facts.open,
        letter.patience,
        text,
        ready,
        bundle,
        held,
    )


def contacts(db: sqlite3.Connection) -> set[str]:
    """For whom there is something to look after."""
    query = "SELECT contact FROM alert_letter UNION SELECT contact FROM alert_told"
    return {name for (name,) in db.execute(query)}


def items(db: sqlite3.Connection, contact: str) -> list[Item]:
    # No index: the engine would keep it up with each letter, and seldom are there many.
    rows = db.execute(f"SELECT {ITEM} FROM alert_letter WHERE contact = ? ORDER BY id", (contact,))
    return [
        Item(
            id=id,
            watch=watch,
            change=change,
            incident=incident,
            at=at,
            began=began,
            open=bool(is_open),
            patience=patience,
            ready=ready,
            bundle=bundle,
            held=held,
        )
        for id, watch, change, incident, at, began, is_open, patience, ready, bundle, held in rows
    ]


def texts(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Message-ID and facts, as they are written."""
    query = "SELECT message_id, facts FROM alert_letter WHERE id = ?"
    found = ((id, db.execute(query, (id,)).fetchone()) for id in ids)
    return {id: (pair[0], pair[1]) for id, pair in found if pair}


def take(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    db.executemany("DELETE FROM alert_letter WHERE id = ?", [(id,) for id in ids])


def keep(db: sqlite3.Connection, changed: Iterable[Item]) -> None:
    db.executemany(
        "UPDATE alert_letter SET ready = ?, bundle = ?, held = ? WHERE id = ?",
        [(item.ready, item.bundle, item.held, item.id) for item in changed],
    )


def add_evidence(db: sqlite3.Connection, facts: Mapping[int, str]) -> None:
    db.executemany(
        "UPDATE alert_letter SET facts = ? WHERE id = ?", [(text, id) for id, text in facts.items()]
    )


def told(db: sqlite3.Connection, contact: str) -> dict[str, float]:
    """Open incidents that this contact has been told of, and when last."""
    query = "SELECT incident, at FROM alert_told WHERE contact = ?"
    return dict(db.execute(query, (contact,)).fetchall())


def told_facts(db: sqlite3.Connection, contact: str, incident: str) -> str:
    query = "SELECT facts FROM alert_told WHERE contact = ? AND incident = ?"
    return str(db.execute(query, (contact, incident)).fetchone()[0])


def tell(db: sqlite3.Connection, contact: str, incident: str, text: str, now: float) -> None:
    db.execute(
        "INSERT OR REPLACE INTO alert_told VALUES (?, ?, ?, ?)",
        (contact, incident, now, text),
    )


def remind(db: sqlite3.Connection, contact: str, incidents: Iterable[str], now: float) -> None:
    db.executemany(
        "UPDATE alert_told SET at = ? WHERE contact = ? AND incident = ?",
        [(now, contact, incident) for incident in incidents],
    )


def close(db: sqlite3.Connection, contact: str, incidents: Iterable[str]) -> None:
    db.executemany(
        "DELETE FROM alert_told WHERE contact = ? AND incident = ?",
        [(contact, incident) for incident in incidents],
    )


def mailed(db: sqlite3.Connection, contact: str) -> Sequence[float]:
    query = "SELECT at FROM alert_mailed WHERE contact = ?"
    return [at for (at,) in db.execute(query, (contact,))]


def count_mail(db: sqlite3.Connection, contact: str, now: float, message_id: str) -> None:
    db.execute("DELETE FROM alert_mailed WHERE at < ?", (now - LONGEST_PACE,))
    db.execute("INSERT OR REPLACE INTO alert_mailed VALUES (?, ?, ?)", (contact, now, message_id))


def uncount_mail(db: sqlite3.Connection, contact: str, message_id: str) -> None:
    db.execute(
        "DELETE FROM alert_mailed WHERE contact = ? AND message_id = ?", (contact, message_id)
    )


def window(db: sqlite3.Connection, contact: str) -> Window | None:
    query = "SELECT began, gathered FROM alert_window WHERE contact = ?"
    found = db.execute(query, (contact,)).fetchone()
    return Window(found[0], bool(found[1])) if found else None


def remember_window(db: sqlite3.Connection, contact: str, window: Window) -> None:
    db.execute(
        "INSERT OR REPLACE INTO alert_window VALUES (?, ?, ?)",
        (contact, window.began, window.gathered),
    )


def forget(db: sqlite3.Connection, contact: str) -> int:
    """A contact that there is no more: how many letters for it are lost."""
    for table in ("alert_told", "alert_mailed", "alert_window"):
        db.execute(f"DELETE FROM {table} WHERE contact = ?", (contact,))
    return db.execute("DELETE FROM alert_letter WHERE contact = ?", (contact,)).rowcount
