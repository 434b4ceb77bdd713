"""Headers as they are sent: folded, in ASCII, and one each, whatever was put into them.

EmailMessage reads `=?utf-8?q?a=0D=0ABcc:_b?=` as what it encodes, and writes the line break.
"""

import re
from collections.abc import Sequence
from email.charset import QP, Charset
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.policy import SMTP
from string import printable
from urllib.parse import quote

from overseer.errors import UsageError
from overseer.mail.addresses import punycode

POLICY = SMTP.clone(cte_type="7bit")  # can be stored, and sent by any server
LONGEST_LINE = 998
"""Bytes without the CRLF (RFC 5322, 2.1.1)."""
LONGEST_TEXT = 2**14
"""Characters of a header."""
LONGEST_STRUCTURED = 2000
FOLDED_AT = 76
CRLF = "\r\n"
ENCODED = "=?"
"""What an encoded word begins with (RFC 2047)."""
IDS = frozenset({"message-id", "resent-message-id", "in-reply-to", "references"})
LISTS = frozenset(
    f"list-{name}" for name in ("archive", "help", "owner", "post", "subscribe", "unsubscribe")
)
"""Hold addresses for programs (RFC 2369)."""
URL = re.compile(r"<([A-Za-z][\w+.-]*:(?://)?)((?<=//)[^/:?#>]*)?([^>]*)>", re.ASCII)
NAMES = Charset("utf-8")
NAMES.header_encoding = QP  # most letters of a name stay as they are
TWO = re.compile(rb"\n(?![ \t])|\r(?!\n)|(?:^|\n)[ \t]+\r")


def write_text(name: str, text: str) -> bytes:
    """The header whose readers see *text*; ASCII stays ASCII where its words fit into lines.

    UsageError for what no header can say.
    """
    if len(text) > LONGEST_TEXT:
        raise unwritable(name, text)
    charsets = ["us-ascii"] if text.isascii() and ENCODED not in text else []
    for charset in (*charsets, "utf-8"):
        try:
            header = Header(text.strip(" \t"), charset, maxlinelen=FOLDED_AT, header_name=name)
            written = f"{name}: {header.encode(linesep=CRLF)}{CRLF}".encode()
        except (HeaderParseError, ValueError):  # half a letter; what would be another header
            continue
        if is_one(written):
            return written
    raise unwritable(name, text)


def write_addresses(name: str, addresses: Sequence[Address]) -> bytes:
    """Folded here: the library takes seconds for a thousand letters that are not ASCII."""
    lines = [f"{name}:"]
    for place, address in enumerate(addresses):
        text = write_address(address) + "," * (place < len(addresses) - 1)
        if len(lines[-1]) + len(text) < FOLDED_AT or lines[-1].endswith(":"):
            lines[-1] += f" {text}"
        else:
            lines.append(f" {text}")
    written = (CRLF.join(lines) + CRLF).encode()
    if not is_one(written):
        raise unwritable(name, ", ".join(map(str, addresses)))
    return written


def write_address(address: Address) -> str:
    name = address.display_name
    if name.isascii() and len(name) < FOLDED_AT:
        return str(address)
    words = Header(name, NAMES, maxlinelen=FOLDED_AT, continuation_ws=" ").encode(linesep=CRLF)
    return (
        f"{words}{CRLF} <{address.addr_spec}>"
        if CRLF in words
        else f"{words} <{address.addr_spec}>"
    )


def write_structured(name: str, text: str) -> bytes:
    """A header as the library knows it by its name: parameters, dates. UsageError."""
    if len(text) > LONGEST_STRUCTURED:
        raise unwritable(name, text)
    try:
        written: bytes = POLICY.header_factory(name, text).fold(policy=POLICY).encode()
    except (
        ValueError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:  # what the library trips over
        raise UsageError(
            f"{name}: {text[:100]!r} cannot be written as a header: {error}"
        ) from error
    if not is_one(written):
        raise unwritable(name, text)
    return written


def fit_id(text: str) -> str:
    """The same in a mail and in those that answer it: an encoded word would be another id."""
    return quote(text, safe=printable)


def fit_urls(key: str, text: str) -> str:
    """What programs read as addresses is ASCII: an encoded word would be none."""
    return URL.sub(lambda found: fit_url(key, found), text)


def fit_url(key: str, found: re.Match[str]) -> str:
    scheme, host, rest = found[1], found[2] or "", found[3]
    return f"<{scheme}{punycode(key, host)}{quote(rest, safe=printable)}>"


def is_one(written: bytes) -> bool:
    """One header, and none that ends the head: no line of it is empty or begins another."""
    return is_fit(written) and not TWO.search(written.removesuffix(b"\r\n"))


def is_fit(text: bytes) -> bool:
    """Seven bits, no NUL, and lines that any server takes."""
    longest = max(len(line.rstrip(b"\r")) for line in text.split(b"\n"))
    return text.isascii() and b"\0" not in text and longest <= LONGEST_LINE


def unwritable(name: str, text: str) -> UsageError:
    return UsageError(
        f"{name}: {text[:100]!r} cannot be written: a header is one line of text, without a word"
        f" of more than {LONGEST_LINE} letters, and of {LONGEST_TEXT} at most"
    )
