"""For applications: a rendered mail into the outbox."""

from collections.abc import Sequence

from overseer.mail.message import Envelope, Mail, compose, render
from overseer.outbox import Outbox


def put(outbox: Outbox, mail: Mail, dedupe: str | None = None) -> Envelope:
    """Queue a mail, a row for each recipient; safe on disk when this returns."""
    envelope = compose(mail)
    outbox.put_mail(
        envelope.body,
        envelope.sender,
        *envelope.rcpts,
        message_id=envelope.message_id,
        dedupe=dedupe,
    )
    return envelope


def send_later(
    outbox: Outbox, template: str, *, to: str | Sequence[str], sender: str = "", **context: object
) -> Envelope:
    """Render TEMPLATE.txt.j2 (and .html.j2) now and queue it: what is wrong fails here."""
    subject, text, html = render(template, context)
    recipients = [to] if isinstance(to, str) else list(to)
    return put(outbox, Mail(to=recipients, subject=subject, text=text, html=html, sender=sender))
