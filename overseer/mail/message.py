"""From words to the bytes of a mail, finished when it is queued: what is wrong fails there."""

import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from typing import cast

from overseer.errors import UsageError
from overseer.mail.addresses import fit, hint, read_addresses
from overseer.mail.attachments import Attachment, attach
from overseer.mail.envelope import Envelope
from overseer.mail.headers import (
    IDS,
    LISTS,
    POLICY,
    fit_id,
    fit_urls,
    is_fit,
    write_addresses,
    write_text,
)

HEADER = re.compile(r"[!-9;-~]+")
METHOD = re.compile(r"^METHOD:(\w+)\r?$", re.MULTILINE | re.IGNORECASE)
NOBODY = "<>"
MOST_RCPTS = 1000
"""Of one mail: each is a row of the queue."""
MOST_IN_A_TEXT = 100
"""Addresses with commas between them: more is no list that somebody has typed."""
OURS = re.compile(
    r"(resent-)?(to|cc|bcc|from|sender|date|subject|message-id)|mime-.*|content-.*|return-path"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Addresses are `ann@example.com` or `Ann <ann@example.com>`; a text may hold several, with
    commas between them, an element of a sequence is one."""

    to: str | Sequence[str]
    subject: str
    text: str | None = None  # None: HTML alone
    html: str | None = None
    calendar: str | None = None  # iCalendar: shown as an invitation, where METHOD says so
    sender: str = ""  # "": overseer@ and the name of the host
    envelope_sender: str = ""  # gets what comes back; "": the sender does; "<>": nobody
    cc: str | Sequence[str] = ()
    bcc: str | Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


def compose(mail: Mail, run_at: float | None = None) -> Envelope:
    """Message-ID and Date are fixed here, once; Bcc is in the envelope alone. *run_at*: it is not
    sent before.

    UsageError for an address without a domain, a header with a line break, nobody to send to.
    """
    sender = read_sender(mail.sender)
    to, cc = read_all("to", mail.to), read_all("cc", mail.cc)
    everybody = [*to, *cc, *read_all("bcc", mail.bcc)]
    if not everybody:
        raise UsageError("to: nobody is named")
    if len(everybody) > MOST_RCPTS:
        raise UsageError(
            f"to, cc, bcc: {len(everybody):,} addresses are more than the {MOST_RCPTS:,} of one"
            " mail; queue several mails"
        )
    message_id = make_msgid(domain=sender.domain)
    head = [write_addresses("From", [sender])]
    head += [write_addresses(name, whom) for name, whom in (("To", to), ("Cc", cc)) if whom]
    head += [
        write_text("Subject", fit("subject", mail.subject)),
        write_text("Date", format_datetime(date_of(run_at))),
        write_text("Message-ID", message_id),
        *(write_other(name, value) for name, value in mail.headers.items()),
    ]
    body = b"".join(head) + write_content(mail)
    rcpts = tuple(dict.fromkeys(address.addr_spec for address in everybody))
    return Envelope(body, message_id, read_envelope_sender(mail, sender), rcpts)


def date_of(run_at: float | None) -> datetime:
    """The later of now and the moment it is sent at."""
    now = localtime()
    if run_at is None or run_at <= now.timestamp():
        return now
    try:
        return localtime(datetime.fromtimestamp(run_at, UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"run_at: {run_at} is beyond the calendar") from error


def read_envelope_sender(mail: Mail, sender: Address) -> str:
    text = fit("envelope_sender", mail.envelope_sender)
    if not text:
        return sender.addr_spec
    if text == NOBODY:
        return ""
    addresses = read_all("envelope_sender", [text])
    return addresses[0].addr_spec


def write_content(mail: Mail) -> bytes:
    """The headers of MIME and what they tell of."""
    message, html = EmailMessage(policy=POLICY), None
    if mail.text is None and mail.html is None:
        raise UsageError("text, html: both are missing; write one of them, or both")
    try:
        if mail.text is not None:
            message.set_content(fit_text("text", mail.text))
        html = add_html(message, mail)
        if mail.calendar is not None:
            add_calendar(message, fit_text("calendar", mail.calendar))
    except UnicodeError as error:
        raise UsageError(f"the text cannot be written: {error}") from error
    attach(message, html, mail.attachments)
    written = message.as_bytes()
    if not is_fit(written):
        raise UsageError("attachments: a name or a type is too long for a header")
    return written


def add_html(message: EmailMessage, mail: Mail) -> EmailMessage | None:
    """The part that shows images."""
    if mail.html is None:
        return None
    html = fit_text("html", mail.html)
    shows_images = any(one.cid for one in mail.attachments if isinstance(one, Attachment))
    if mail.text is None and mail.calendar is None and not shows_images:
        message.set_content(html, subtype="html")
        return message
    if mail.text is None:
        message.make_alternative()
    message.add_alternative(html, subtype="html")
    return cast(EmailMessage, list(message.iter_parts())[-1])


def add_calendar(message: EmailMessage, calendar: str) -> None:
    """As an alternative, last: what knows invitations shows that (RFC 6047)."""
    method = METHOD.search(calendar)
    params = {"method": method[1].upper()} if method else {}
    message.add_alternative(calendar, subtype="calendar", params=params)


def fit_text(key: str, text: str) -> str:
    if not isinstance(text, str):
        raise UsageError(f"{key}: {text!r} is not text")
    if "\0" in text:
        raise UsageError(f"{key}: has '\\x00', which no mail may hold")
    return text


def write_other(name: str, value: str) -> bytes:
    key = f"headers: {name}"
    if not HEADER.fullmatch(name):
        raise UsageError(f"headers: {name!r} is not the name of a header; write X-Something")
    if OURS.fullmatch(name.lower()):
        raise UsageError(f"headers: {name} is made from the mail's own fields; write it there")
    if name.lower() == "reply-to":
        return write_addresses(name, read_all(key, fit(key, value)))
    if name.lower() in LISTS:
        return write_text(name, fit_urls(key, fit(key, value)))
    return write_text(name, fit_id(fit(key, value)) if name.lower() in IDS else fit(key, value))


def read_sender(text: str) -> Address:
    addresses = read_all("from", [text or f"overseer@{socket.gethostname()}"])
    if len(addresses) != 1:
        raise UsageError(f"from: {text!r} is not one address; write app@example.com")
    return addresses[0]


def read_all(key: str, texts: str | Sequence[str]) -> list[Address]:
    """Of one text, with commas between them; of a sequence, one each: a form's field that becomes
    an element brings no reader with it."""
    if isinstance(texts, str):
        return read_several(key, texts)
    if not isinstance(texts, Iterable) or isinstance(texts, bytes | Mapping):
        raise UsageError(f"{key}: {texts!r} is not an address, and no sequence of addresses")
    return [read_one(key, text) for text in texts]


def read_several(key: str, text: str) -> list[Address]:
    addresses = read_addresses(key, text)
    if not addresses:
        raise UsageError(hint(key, text))
    if len(addresses) > MOST_IN_A_TEXT:
        raise UsageError(
            f"{key}: {len(addresses):,} addresses in one text, more than {MOST_IN_A_TEXT}; write a"
            " sequence"
        )
    return addresses


def read_one(key: str, text: str) -> Address:
    addresses = read_addresses(key, text)
    if len(addresses) > 1:
        raise UsageError(
            f"{key}: {text[:200]!r} is {len(addresses)} addresses; write each as an element of its"
            " own"
        )
    if not addresses or (":" in text.partition("<")[0].partition('"')[0] and text.endswith(";")):
        raise UsageError(hint(key, text))
    return addresses[0]
