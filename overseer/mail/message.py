"""From words to the bytes of a mail, finished when it is queued: what is wrong fails there."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, localtime, make_msgid

from overseer.errors import UsageError

POLICY = SMTP.clone(cte_type="7bit")  # can be stored, and sent by any server


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


@dataclass(frozen=True, slots=True)
class Envelope:
    """A finished mail (RFC 5322, 7-bit) and whom it goes from and to."""

    body: bytes
    message_id: str
    sender: str
    rcpts: tuple[str, ...]


def compose(mail: Mail) -> Envelope:
    """Message-ID and Date are fixed here, once; Bcc is in the envelope alone.

    UsageError for an address without a domain, a header with a line break, nobody to send to.
    """
    sender = mail.sender or f"overseer@{socket.gethostname()}"
    message = EmailMessage(policy=POLICY)
    try:
        message["From"] = read_addresses([sender], "from")
        message["To"] = read_addresses(mail.to, "to")
        if mail.cc:
            message["Cc"] = read_addresses(mail.cc, "cc")
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(localtime())
        domain = read_addresses([sender], "from")[0].domain
        message["Message-ID"] = make_msgid(domain=domain)
        for name, value in mail.headers.items():
            message[name] = value
    except ValueError as error:
        raise UsageError(f"a header cannot be written: {error}") from error
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    everybody = read_addresses([*mail.to, *mail.cc, *mail.bcc], "to")
    if not everybody:
        raise UsageError("to: nobody is named")
    rcpts = tuple(dict.fromkeys(address.addr_spec for address in everybody))
    own = read_addresses([sender], "from")[0].addr_spec
    return Envelope(message.as_bytes(), str(message["Message-ID"]), own, rcpts)


def read_addresses(texts: Sequence[str], key: str) -> list[Address]:
    found = []
    for text in texts:
        if "\n" in text or "\r" in text:
            raise UsageError(f"{key}: {text!r} has a line break; an address is one line")
        for name, spec in getaddresses([text]):
            user, at, domain = spec.rpartition("@")
            if not (user and at and domain and spec.isascii()) or " " in spec:
                raise UsageError(f"{key}: {text!r} is not an address; write ann@example.com")
            found.append(Address(name, user, domain))
    return found


def render(template: str, context: Mapping[str, object]) -> tuple[str, str, str | None]:
    """Subject, text and HTML of TEMPLATE.txt.j2 and, if it is there, TEMPLATE.html.j2.

    The text begins with a line `Subject: ...`. A variable that is missing is an error.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

    folder, name = os.path.split(template)
    environment = Environment(
        loader=FileSystemLoader(folder or "."),
        undefined=StrictUndefined,
        autoescape=lambda file: bool(file and file.endswith(".html.j2")),
        keep_trailing_newline=True,
    )
    try:
        first, _, text = environment.get_template(f"{name}.txt.j2").render(context).partition("\n")
        html = None
        if os.path.exists(f"{template}.html.j2"):
            html = environment.get_template(f"{name}.html.j2").render(context)
    except TemplateError as error:
        raise UsageError(f"{template}: {type(error).__name__}: {error}") from error
    word, colon, subject = first.partition(":")
    if word != "Subject" or not colon:
        raise UsageError(f"{template}.txt.j2: its first line is not `Subject: ...`")
    return subject.strip(), text.lstrip("\n"), html
