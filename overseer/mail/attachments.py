"""What goes with a mail: files, and the images that its HTML shows."""

import mimetypes
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from overseer.errors import UsageError
from overseer.mail.addresses import fit
from overseer.mail.headers import ENCODED, POLICY

ANYTHING = "application/octet-stream"
CID = re.compile(r"[\w.+-]{1,100}(@[\w.-]{1,100})?", re.ASCII)
WHOLE = ("message", "multipart")
"""Types that may not be encoded (RFC 2046, 5.2): sent as a file of any kind."""


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
    if found.maintype in WHOLE:
        return POLICY.header_factory("Content-Type", ANYTHING)
    return found


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
