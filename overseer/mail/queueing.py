"""For applications: a finished mail into the outbox, now, to be sent soon."""

import sqlite3
from collections.abc import Sequence

from overseer.mail.envelope import Envelope
from overseer.mail.message import Mail, compose
from overseer.outbox import Outbox


def put(
    outbox: Outbox,
    mail: Mail,
    *,
    priority: int = 0,
    run_at: float | None = None,
    dedupe: str | None = None,
    expires_at: float | None = None,
    max_attempts: int | None = None,
    within: sqlite3.Connection | None = None,
) -> Envelope:
    """Queue a mail, a row for each recipient; safe on disk when this returns.

    A recipient who has been put with the same *dedupe* before gets no second one. *within*: see
    Outbox.put_all. UsageError for a mail that cannot be written, Unavailable for a full disk:
    nothing is queued then.
    """
    envelope = compose(mail)
    outbox.put_mail(
        envelope.body,
        envelope.sender,
        *envelope.rcpts,
        message_id=envelope.message_id,
        priority=priority,
        run_at=run_at,
        dedupe=dedupe,
        expires_at=expires_at,
        max_attempts=max_attempts,
        within=within,
    )
    return envelope


def send_later(
    outbox: Outbox,
    template: str,
    /,
    *,
    to: str | Sequence[str],
    sender: str = "",
    **context: object,
) -> Envelope:
    """Render TEMPLATE.txt.j2 (and .html.j2) now and queue it: what is wrong fails here.

    For a date, a priority or variables called `to` and `sender`: put() what from_template() makes.
    """
    from overseer.mail.template import from_template  # Jinja2, for those who have templates

    return put(outbox, from_template(template, context, to=to, sender=sender))
