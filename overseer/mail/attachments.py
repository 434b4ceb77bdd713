"""What goes with a mail: files, and the images that its HTML shows."""

import mimetypes
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from overseer.errors import UsageError
from overseer.mail.addresses import fit
from overseer.mail.draft import read_draft
from overseer.mail.headers import ENCODED, POLICY
from overseer.mail.seven_bit import fit_body, fit_field

AS_IT_IS = POLICY.clone(refold_source="none")
ANYTHING = "application/octet-stream"
CID = re.compile(r"[\w.+-]{1,100}(@[\w.-]{1,100})?", re.ASCII)
MAIL = "message/rfc822"
WHOLE = ("message", "multipart")
"""Types that may not be encoded (RFC 2046, 5.2)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """*name* is the file's, for those who get it. *type* is guessed from it: `text/csv`,
    `text/calendar; method=REQUEST`. An image with a *cid* is shown where the HTML has
    `<img src="cid:...">`."""

    name: str
    content: bytes
    type: str = ""
    cid: str = ""


def read_file(path: str | os.PathLike[str], *, cid: str = "") -> Attachment:
    """UsageError for a file that cannot be read."""
    file = Path(path)
    try:
        return Attachment(file.name, file.read_bytes(), cid=cid)
    except OSError as error:
        raise UsageError(f"attachments: {file}: {error.strerror}") from error


def attach(message: EmailMessage, html: EmailMessage | None, these: Sequence[Attachment]) -> None:
    """*html*: the part of the message that shows images. UsageError."""
    shown: set[str] = set()
    for one in these:
        words = said_of(one)
        if not one.cid and f"{words['maintype']}/{words['subtype']}" == MAIL:
            message.add_attachment(read_mail(one), filename=words["filename"])
            continue
        if not one.cid:
            message.add_attachment(one.content, **words)
            continue
        if html is None:
            raise UsageError(f"attachments: {one.name}: has a cid, and the mail has no HTML")
        if one.cid in shown or not CID.fullmatch(one.cid):
            raise UsageError(f"attachments: {one.name}: cid {one.cid!r} is taken, or no word")
        shown.add(one.cid)
        html.add_related(one.content, cid=f"<{one.cid}>", disposition="inline", **words)


def said_of(one: Attachment) -> dict[str, Any]:
    """Name and type, in EmailMessage's words. UsageError for what is neither."""
    if not isinstance(one, Attachment):
        raise UsageError(f"attachments: {one!r} is no Attachment; write Attachment(name, content)")
    if not isinstance(one.content, bytes):
        raise UsageError(
            f"attachments: {one.name}: the content is a {type(one.content).__name__}; write bytes,"
            " as text.encode()"
        )
    name = fit("attachments", one.name).strip()
    if not name or ENCODED in name:
        raise UsageError(f"attachments: {one.name!r} is not the name of a file; write report.pdf")
    kind = read_type(one)
    params = dict(kind.params)
    if kind.maintype == "text" and "charset" not in params and is_utf8(one.content):
        params["charset"] = "utf-8"
    return {
        "maintype": kind.maintype,
        "subtype": kind.subtype,
        "filename": name,
        "params": params,
    }


def read_type(one: Attachment) -> Any:
    """A ContentTypeHeader."""
    guessed, packed = mimetypes.guess_type(one.name)
    text = fit("attachments", one.type) or (not packed and guessed) or ANYTHING
    found: Any = POLICY.header_factory("Content-Type", text)
    if found.defects or ENCODED in text:
        raise UsageError(f"attachments: {one.name}: {text!r} is not a type; write image/png")
    if found.maintype in WHOLE and not (one.type and found.content_type == MAIL):
        if one.type:
            raise UsageError(
                f"attachments: {one.name}: a part of type {found.content_type} cannot be attached;"
                f" write {MAIL} for a mail, or {ANYTHING}"
            )
        return POLICY.header_factory("Content-Type", ANYTHING)
    return found


def read_mail(one: Attachment) -> EmailMessage:
    """A whole mail, made fit for seven bits."""
    draft = fit_body(read_draft(one.content))
    fields = b"".join(fit_field(field).raw for field in draft.fields)
    if not fields:
        raise UsageError(f"attachments: {one.name}: is no mail: it has no headers")
    return message_from_bytes(fields + b"\r\n" + draft.body, EmailMessage, policy=AS_IT_IS)


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
