"""The mails of the application: a function and a template each."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from overseer.mail.queueing import put
from overseer.mail.template import from_template
from overseer.outbox import Outbox

if TYPE_CHECKING:
    from accounts.users import User

TEMPLATES = Path(__file__).parent / "templates"
SENDER = "Accounts <accounts@example.com>"


class Mails:
    """Queued when they are asked for, sent by a worker: `overseer mail worker run`."""

    def __init__(self, outbox: Outbox, within: sqlite3.Connection) -> None:
        self._outbox = outbox
        self._within = within

    def signup_notification(self, user: "User") -> None:
        self._queue("signup_notification", user)

    def signup(self, user: "User") -> None:
        self._queue("signup", user)

    def activation(self, user: "User") -> None:
        self._queue("activation", user)

    def _queue(self, template: str, user: "User") -> None:
        """Once a user, however often it is asked for."""
        mail = from_template(
            str(TEMPLATES / template), {"user": user}, to=[user.email], sender=SENDER
        )
        put(self._outbox, mail, dedupe=f"{template} {user.id}", within=self._within)
