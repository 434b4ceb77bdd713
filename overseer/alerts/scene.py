"""What counts for one contact at one moment, read from the database."""

import sqlite3
from collections.abc import Callable

from overseer.alerts import mailbag, tray
from overseer.alerts.waiting import Scene, Silenced
from overseer.contacts.book import Book

SilencedAt = Callable[[str, float], Silenced | None]
"""Takes the name of a watch and a moment in seconds since the epoch."""


def look(
    db: sqlite3.Connection, contact: str, now: float, book: Book, silenced: SilencedAt
) -> Scene:
    return Scene(
        now=now,
        terms=book.terms_of(contact),
        told=tray.told(db, contact),
        mailed=tray.mailed(db, contact),
        window=tray.window(db, contact),
        down=mailbag.down(db, contact, now),
        under_way=mailbag.under_way(db, contact),
        silenced=lambda watch: silenced(watch, now),
    )
