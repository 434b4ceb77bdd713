"""From words to the bytes of a mail, finished when it is queued: what is wrong fails there."""

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from typing import cast

from overseer.errors import UsageError
from overseer.mail.addresses import fit, hint, read_addresses
from overseer.mail.attachments import Attachment, attach
from overseer.mail.envelope import Envelope
from overseer.mail.headers import IDS, POLICY, fit_id, is_fit, write_addresses, write_text

HEADER = re.compile(r"[!-9;-~]+")
OURS = re.compile(
    r"(resent-)?(to|cc|bcc|from|sender|date|subject|message-id)|mime-.*|content-.*|return-path"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Addresses are `ann@example.com` or `Ann <ann@example.com>`."""

    to: str | Sequence[str]
    subject: str
    text: str
    html: str | None = None
    sender: str = ""  # "": overseer@ and the name of the host
    cc: str | Sequence[str] = ()
    bcc: str | Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


def compose(mail: Mail) -> Envelope:
    """Message-ID and Date are fixed here, once; Bcc is in the envelope alone.

    UsageError for an address without a domain, a header with a line break, nobody to send to.
    """
    sender = read_sender(mail.sender)
    to, cc = read_all("to", mail.to), read_all("cc", mail.cc)
    everybody = [*to, *cc, *read_all("bcc", mail.bcc)]
    if not everybody:
        raise UsageError("to: nobody is named")
    message_id = make_msgid(domain=sender.domain)
    head = [write_addresses("From", [sender])]
    head += [write_addresses(name, whom) for name, whom in (("To", to), ("Cc", cc)) if whom]
    head += [
        write_text("Subject", fit("subject", mail.subject)),
        write_text("Date", format_datetime(localtime())),
        write_text("Message-ID", message_id),
        *(write_other(name, value) for name, value in mail.headers.items()),
    ]
    body = b"".join(head) + write_content(mail)
    rcpts = tuple(dict.fromkeys(address.addr_spec for address in everybody))
    return Envelope(body, message_id, sender.addr_spec, rcpts)


def write_content(mail: Mail) -> bytes:
    """The headers of MIME and what they tell of."""
    message, html = EmailMessage(policy=POLICY), None
    try:
        message.set_content(fit_text("text", mail.text))
        if mail.html is not None:
            message.add_alternative(fit_text("html", mail.html), subtype="html")
            html = cast(EmailMessage, list(message.iter_parts())[-1])
    except UnicodeError as error:
        raise UsageError(f"the text cannot be written: {error}") from error
    attach(message, html, mail.attachments)
    written = message.as_bytes()
    if not is_fit(written):
        raise UsageError("attachments: a name or a type is too long for a header")
    return written


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
        return write_addresses(name, read_all(key, [value]))
    return write_text(name, fit_id(fit(key, value)) if name.lower() in IDS else fit(key, value))


def read_sender(text: str) -> Address:
    addresses = read_all("from", [text or f"overseer@{socket.gethostname()}"])
    if len(addresses) != 1:
        raise UsageError(f"from: {text!r} is not one address; write app@example.com")
    return addresses[0]


def read_all(key: str, texts: str | Sequence[str]) -> list[Address]:
    found = []
    for text in [texts] if isinstance(texts, str) else texts:
        addresses = read_addresses(key, text)
        if not addresses:
            raise UsageError(hint(key, text))
        found += addresses
    return found
