"""From words to the bytes of a mail, finished when it is queued: what is wrong fails there."""

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid

from overseer.errors import UsageError
from overseer.mail.addresses import fit, hint, read_addresses
from overseer.mail.envelope import Envelope

POLICY = SMTP.clone(cte_type="7bit")  # can be stored, and sent by any server
HEADER = re.compile(r"[!-9;-~]+")
OURS = re.compile(r"(resent-)?(to|cc|bcc|from|sender|date|subject|message-id)|mime-.*|content-.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Addresses are `ann@example.com` or `Ann <ann@example.com>`."""

    to: Sequence[str]
    subject: str
    text: str
    html: str | None = None
    sender: str = ""  # "": overseer@ and the name of the host
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(mail: Mail) -> Envelope:
    """Message-ID and Date are fixed here, once; Bcc is in the envelope alone.

    UsageError for an address without a domain, a header with a line break, nobody to send to.
    """
    sender = read_sender(mail.sender)
    to, cc = read_all("to", mail.to), read_all("cc", mail.cc)
    everybody = [*to, *cc, *read_all("bcc", mail.bcc)]
    if not everybody:
        raise UsageError("to: nobody is named")
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    if to:
        message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = fit("subject", mail.subject)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.domain)
    add_headers(message, mail.headers)
    fill(message, mail)
    rcpts = tuple(dict.fromkeys(address.addr_spec for address in everybody))
    return Envelope(message.as_bytes(), str(message["Message-ID"]), sender.addr_spec, rcpts)


def fill(message: EmailMessage, mail: Mail) -> None:
    try:
        message.set_content(mail.text)
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html")
    except UnicodeError as error:
        raise UsageError(f"the text cannot be written: {error}") from error


def add_headers(message: EmailMessage, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not HEADER.fullmatch(name):
            raise UsageError(f"headers: {name!r} is not the name of a header; write X-Something")
        if OURS.fullmatch(name.lower()):
            raise UsageError(f"headers: {name} is made from the mail's own fields; write it there")
        try:
            message[name] = fit(f"headers: {name}", value)
        except ValueError as error:
            raise UsageError(f"headers: {name}: {error}") from error


def read_sender(text: str) -> Address:
    addresses = read_all("from", [text or f"overseer@{socket.gethostname()}"])
    if len(addresses) != 1:
        raise UsageError(f"from: {text!r} is not one address; write app@example.com")
    return addresses[0]


def read_all(key: str, texts: Sequence[str]) -> list[Address]:
    found = []
    for text in texts:
        addresses = read_addresses(key, text)
        if not addresses:
            raise UsageError(hint(key, text))
        found += addresses
    return found
