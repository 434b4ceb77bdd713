"""A mail backend for Django: what a site sends is queued. EMAIL_BACKEND names this one,
OVERSEER_MAIL_URL the queue."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend

from overseer.errors import OverseerError
from overseer.mail.accept import accept
from overseer.mail.draft import read_draft
from overseer.mail.home import one
from overseer.outbox import Outbox, Parcel
from overseer.outbox.parcel import MAIL

if TYPE_CHECKING:
    from django.core.mail import EmailMessage


class EmailBackend(BaseEmailBackend):
    """What one call is given is queued in one transaction, whole or not at all."""

    def __init__(self, fail_silently: bool = False, url: str = "", **unused: Any) -> None:
        """*unused* is what Django hands to every backend: a user, a password."""
        super().__init__(fail_silently=fail_silently)
        url = url or getattr(settings, "OVERSEER_MAIL_URL", "")
        if not url:
            raise ImproperlyConfigured(
                "which queue? set OVERSEER_MAIL_URL, as sqlite:////var/lib/app/mail.db"
            )
        self._outbox = open_outbox(url)

    def send_messages(self, email_messages: "Sequence[EmailMessage]") -> int:
        """How many are queued; those to nobody do not count. OverseerError for an address that is
        none and a queue that cannot be written, unless *fail_silently*: then it is none of them."""
        messages = [message for message in email_messages if message.recipients()]
        try:
            parcels = [parcel for message in messages for parcel in parcels_of(message)]
            if parcels:
                self._outbox.put_all(parcels)
        except OverseerError:
            if self.fail_silently:
                return 0
            raise
        return len(messages)


@cache
def open_outbox(url: str) -> Outbox:
    """One for all threads of a site: Django makes a backend for each mail."""
    return Outbox(url)


def parcels_of(message: "EmailMessage") -> list[Parcel]:
    sender = one("from_email", message.from_email)
    rcpts = [one("recipient", rcpt).addr_spec for rcpt in message.recipients()]
    envelope = accept(
        read_draft(message.message().as_bytes()),
        sender=sender.addr_spec,
        rcpts=rcpts,
        author=sender,
    )
    return [
        Parcel(
            kind=MAIL,
            queue=MAIL,
            sender=envelope.sender,
            rcpt=rcpt,
            body=envelope.body,
            message_id=envelope.message_id,
        )
        for rcpt in envelope.rcpts
    ]
