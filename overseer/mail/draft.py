"""A message as a program hands it over: its head is completed, its body left as it is."""

import re
from typing import NamedTuple

from overseer.errors import UsageError
from overseer.units import show_bytes

POSTMARK = re.compile(rb">?From [^\n]*+\n(?=[!-9;-~]++[ \t]*+:)")
"""The first line of a message in an mbox."""
FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)")
EMPTY = re.compile(rb"(?<!\r)\r*+\n")
LINE_END = re.compile(rb"(?<!\r)\r*+\n|\r")
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
LARGEST_HEAD = 2**20
BLIND = re.compile(rb"^(?:resent-)?bcc[ \t]*+:", re.IGNORECASE | re.MULTILINE)


class Field(NamedTuple):
    name: str  # in lower case
    raw: bytes  # all of it, folded as it came, with CRLF at each line's end

    @property
    def text(self) -> str:
        return decode(self.raw.partition(b":")[2].replace(b"\r\n", b"")).strip()


class Draft(NamedTuple):
    fields: tuple[Field, ...]
    body: bytes  # as it came, whatever its line ends

    def texts(self, *names: str) -> list[str]:
        """What these headers say, without those that say nothing."""
        return [field.text for field in self.fields if field.name in names and field.text]


def read_draft(raw: bytes) -> Draft:
    """The head ends at an empty line, or where a line is no header: a text alone is a message too.

    UsageError where what was meant to be a header would be sent as text, for all to read.
    """
    begin = POSTMARK.match(raw)
    at = begin.end() if begin else 0
    fields = []
    while found := FIELD.match(raw, at):
        at = found.end()
        if at > LARGEST_HEAD:
            raise UsageError(f"the headers are longer than {show_bytes(LARGEST_HEAD)}")
        fields.append(read_field(found))
    if empty := EMPTY.match(raw, at):
        at = empty.end()
    elif fields and BLIND.search(raw[at:].partition(b"\n\n")[0]):
        wrong = decode(raw[at:].partition(b"\n")[0])
        raise UsageError(f"{wrong!r} is no header, and a Bcc follows; write headers, a line each")
    return Draft(tuple(fields), raw[at:])


def read_field(found: re.Match[bytes]) -> Field:
    lines = EMPTY.sub(b"\n", found[0]).removesuffix(b"\n")
    name = found[1].decode().lower()
    if control := CONTROL.search(lines):
        raise UsageError(f"{name}: has {control[0].decode()!r}, which no header may hold")
    return Field(name, lines.replace(b"\n", b"\r\n") + b"\r\n")


def with_line_ends(body: bytes) -> bytes:
    """Each line of it ends with CRLF, as SMTP has it; a CR alone ends one too."""
    whole = LINE_END.sub(b"\r\n", body) if b"\r" in body else body.replace(b"\n", b"\r\n")
    return whole if not whole or whole.endswith(b"\r\n") else whole + b"\r\n"


def decode(text: bytes) -> str:
    """Programs write UTF-8 where they ought to write ASCII, or did before there was any."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
