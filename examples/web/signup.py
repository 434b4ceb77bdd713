"""Signing up, whatever the framework: user and welcome are one transaction of one file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from overseer.errors import UsageError
from overseer.mail.queueing import put
from overseer.mail.template import from_template
from overseer.outbox import Outbox

WELCOME = Path(__file__).parents[1] / "mail_templates" / "welcome"
TABLE = "CREATE TABLE IF NOT EXISTS user (email TEXT PRIMARY KEY, name TEXT NOT NULL)"


class SignUp:
    """One for the whole application: each call has a connection of its own, and the outbox serves
    all threads."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._outbox = Outbox(f"sqlite:///{database}")
        with closing(sqlite3.connect(database)) as db:
            db.execute(TABLE)

    def __call__(self, name: str, email: str) -> tuple[str, int]:
        """What to answer, with its HTTP status."""
        try:
            with closing(sqlite3.connect(self._database)) as db, db:
                db.execute("INSERT INTO user VALUES (?, ?)", (email, name))
                mail = from_template(str(WELCOME), {"name": name}, to=[email])
                put(self._outbox, mail, within=db)
        except sqlite3.IntegrityError:
            return f"{email} is known already\n", 409
        except UsageError as error:
            return f"{error}\n", 422
        return f"welcome, {name}\n", 201
