"""contacts: {ops: {notebook: /var/log/alerts.txt}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook(Contact):
    """Append each alert to a file. NotDelivered is tried again; the alert waits on disk."""

    brief: ClassVar[str] = "path"

    path: str

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        hear(f"appending to {self.path}")
        try:
            with open(self.path, "a") as book:
                book.write(f"{notice.subject}\n")
        except OSError as error:
            raise NotDelivered(f"{self.path}: {error.strerror}") from error
        return f"written into {self.path}"
