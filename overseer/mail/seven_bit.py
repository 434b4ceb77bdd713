"""From eight bits to seven: what is queued can be sent by any server, however it was written."""

import io
import quopri
from email import message_from_bytes
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32

from overseer.errors import UsageError
from overseer.mail.draft import Draft, Field, decode, read_draft, with_line_ends
from overseer.mail.headers import (
    ENCODED,
    FOLDED_AT,
    IDS,
    fit_id,
    is_fit,
    is_one,
    write_structured,
    write_text,
)

FLAT = compat32.clone(linesep="\r\n", cte_type="7bit")
CONTENT = frozenset({"mime-version", "content-type", "content-transfer-encoding"})
RAW = ("8bit", "binary")


def fit_field(field: Field) -> Field:
    """As it came, if it can stay."""
    if field.name in IDS and not field.raw.isascii():
        field = Field(field.name, fit_id(decode(field.raw)).encode())
    if is_fit(field.raw):
        return field
    name = field.raw.partition(b":")[0].decode().strip()
    if is_one(raw := folded(field.raw)):
        return Field(field.name, raw)
    if field.name in CONTENT | IDS or ENCODED in field.text:  # is to be read before it is written
        return Field(field.name, write_structured(name, field.text))
    return Field(field.name, write_text(name, field.text))


def folded(raw: bytes) -> bytes:
    """At its blanks, of which none is lost."""
    lines: list[list[bytes]] = [[]]
    length = 0
    for word in raw.replace(b"\r\n", b"").split(b" "):
        if word and length and length + len(word) > FOLDED_AT:
            lines.append([])
            length = 0
        lines[-1].append(word)
        length += len(word) + bool(word)
    return b"\r\n ".join(map(b" ".join, lines)) + b"\r\n"


def fit_body(draft: Draft) -> Draft:
    """With a body of seven bits and short lines, and headers that tell how it is encoded.

    A body that is fit already stays as it is, byte for byte, but for its line ends.
    """
    plain = with_line_ends(draft.body)
    if is_fit(plain):
        return draft._replace(body=plain)
    content = [field for field in draft.fields if field.name in CONTENT]
    others = [field for field in draft.fields if field.name not in CONTENT]
    message = message_from_bytes(b"".join(field.raw for field in content) + b"\r\n" + draft.body)
    for part in message.walk():
        recode(part)
    if "MIME-Version" not in message:
        message["MIME-Version"] = "1.0"
    buffer = io.BytesIO()
    BytesGenerator(buffer, mangle_from_=False, maxheaderlen=0, policy=FLAT).flatten(message)
    done = read_draft(buffer.getvalue())
    body = with_line_ends(done.body)
    if not is_fit(body):
        raise UsageError("the text between the parts of the message cannot be written in ASCII")
    return Draft((*others, *map(fit_field, done.fields)), body)


def recode(part: "Message[str, str]") -> None:
    for name, value in list(part.raw_items()):
        if not value.isascii():
            text = decode(value.encode("utf-8", "surrogateescape"))
            written = write_structured(name, "".join(text.splitlines()))
            part.replace_header(name, written.decode().partition(":")[2].strip())
    how = str(part.get("Content-Transfer-Encoding", "")).lower()
    if part.is_multipart():
        if how in RAW:
            part.replace_header("Content-Transfer-Encoding", "7bit")
        return
    if is_fit(str(part.get_payload()).encode("utf-8", "replace")):
        return
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes), "a part that is no multipart has bytes"
    del part["Content-Transfer-Encoding"]
    if part.get_content_maintype() == "text" and how != "base64" and b"\0" not in payload:
        as_text(part, payload)
    else:
        part.set_payload(payload)
        encode_base64(part)


def as_text(part: "Message[str, str]", payload: bytes) -> None:
    if part.get_content_charset() is None and not payload.isascii():
        part.set_param("charset", charset_of(payload))
    part.set_payload(quopri.encodestring(payload.replace(b"\r\n", b"\n")).decode())
    part["Content-Transfer-Encoding"] = "quoted-printable"


def charset_of(payload: bytes) -> str:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return "unknown-8bit"  # RFC 1428
    return "utf-8"
