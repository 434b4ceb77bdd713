"""Mails read back, for tests: what was put into an outbox, and what an inline one has delivered."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import NamedTuple

from overseer.outbox import Job, Outbox
from overseer.outbox.parcel import MAIL

ALL = 2**31


class Received(NamedTuple):
    """A mail as one recipient gets it."""

    sender: str
    rcpt: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain", "html"))
        return str(part.get_content()) if part else ""


class Mailbox(list[Received]):
    """What `Outbox.inline(deliver=mailbox.deliver)` has delivered, in order."""

    def deliver(self, job: Job) -> None:
        self.append(read(job.sender, job.rcpt, job.body))


def mails(outbox: Outbox) -> list[Received]:
    """What waits in an outbox, oldest first: in a recording one, all that was put."""
    rows = [row for state in ("due", "waiting") for row in outbox.rows(state, ALL)]
    return [
        read(row.sender, row.rcpt, outbox.body(row.id) or b"")
        for row in sorted(rows, key=lambda row: row.id)
        if row.kind == MAIL
    ]


def read(sender: str, rcpt: str, body: bytes) -> Received:
    message = message_from_bytes(body.replace(b"\r\n", b"\n"), EmailMessage, policy=default)
    return Received(sender, rcpt, message)
