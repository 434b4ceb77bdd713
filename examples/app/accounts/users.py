"""Users, kept in SQLite. What happens to one of them and the mail about it are one transaction."""

import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum

from accounts.mails import Mails
from overseer.outbox import Outbox

TABLE = """
CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, state TEXT, is_admin INTEGER
)
"""


class State(StrEnum):
    LATENT = "latent"  # invited by somebody else
    PENDING = "pending"
    ACTIVE = "active"
    PROMOTED = "promoted"  # from latent: signed up at last


@dataclass(frozen=True)
class User:
    id: int
    name: str
    email: str
    state: State
    is_admin: bool = False


class Users:
    """*outbox* is handed in: no test has to replace anything, nor to put it back."""

    def __init__(self, db: sqlite3.Connection, outbox: Outbox) -> None:
        self._db = db
        self._mails = Mails(outbox, within=db)
        db.execute(TABLE)

    def create(
        self, name: str, email: str, state: State = State.PENDING, is_admin: bool = False
    ) -> User:
        with self._db:
            row = self._db.execute(
                "INSERT INTO user (name, email, state, is_admin) VALUES (?, ?, ?, ?)",
                (name, email, state, is_admin),
            )
            user = User(row.lastrowid or 0, name, email, state, is_admin)
            if state is not State.LATENT and not is_admin:
                self._mails.signup_notification(user)
        return user

    def move(self, user: User, state: State) -> User:
        """Nothing happens to who is there already."""
        if user.state is state:
            return user
        moved = replace(user, state=state)
        with self._db:
            self._db.execute("UPDATE user SET state = ? WHERE id = ?", (state, user.id))
            if state is State.PROMOTED:
                self._mails.signup(moved)
            elif state is State.ACTIVE:
                self._mails.activation(moved)
        return moved
