"""For applications: a finished mail into the outbox, now, to be sent soon."""

import sqlite3
from collections.abc import Mapping, Sequence

from overseer.mail.attachments import Attachment
from overseer.mail.envelope import Envelope
from overseer.mail.message import Mail, compose
from overseer.outbox import Outbox
from overseer.outbox.outbox import Moment
from overseer.outbox.parcel import check_moment, seconds_of


def put(
    outbox: Outbox,
    mail: Mail,
    *,
    priority: int = 0,
    run_at: Moment | None = None,
    dedupe: str | None = None,
    expires_at: Moment | None = None,
    max_attempts: int | None = None,
    within: sqlite3.Connection | None = None,
) -> Envelope:
    """Queue a mail, a row for each recipient; safe on disk when this returns.

    A recipient who has been put with the same *dedupe* before gets no second one. *within*: see
    Outbox.put_all. UsageError for a mail that cannot be written, Unavailable for a full disk:
    nothing is queued then.
    """
    check_moment("run_at", seconds_of(run_at))
    envelope = compose(mail, seconds_of(run_at))
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
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
    priority: int = 0,
    run_at: Moment | None = None,
    dedupe: str | None = None,
    expires_at: Moment | None = None,
    within: sqlite3.Connection | None = None,
    **context: object,
) -> Envelope:
    """Render TEMPLATE.txt.j2 (and .html.j2) now and queue it: what is wrong fails here.

    For variables that are called like one of these: put() what from_template() makes.
    """
    from overseer.mail.template import from_template  # Jinja2, for those who have templates

    mail = from_template(
        template,
        context,
        to=to,
        sender=sender,
        cc=cc,
        bcc=bcc,
        headers=headers,
        attachments=attachments,
    )
    return put(
        outbox,
        mail,
        priority=priority,
        run_at=run_at,
        dedupe=dedupe,
        expires_at=expires_at,
        within=within,
    )
