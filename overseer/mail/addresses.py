"""Addresses as people write them, read into what every mail server takes."""

import re
from email.errors import InvalidHeaderDefect
from email.headerregistry import Address
from email.policy import SMTP

from overseer.errors import UsageError

UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""No header holds them. EmailMessage refuses a line break in the middle, and takes one at the end,
where it is as good: the headers end there."""
LONGEST_LIST = 2**16
LONGEST_OF_ONE = 2000
"""Characters of an address with a name and comments."""
MOST = 1000
"""Addresses in a list."""
LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""
NAME = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+", re.ASCII)
DOMAIN = re.compile(r"[\w.-]+|\[[\w.:]+\]", re.ASCII)
READ_IN_TWO_WAYS = re.compile("[ßς\u200c\u200d]")
"""One domain by the rules of 2003 (RFC 3490), which Python has, another by those of 2008."""


class NotAscii(UsageError):
    """An address that is one, and that few servers take."""


def fit(key: str, text: str) -> str:
    """UsageError for what would end a header, or could not stand in one."""
    if not isinstance(text, str):
        raise UsageError(f"{key}: {text!r} is not text")
    if found := UNFIT.search(text):
        raise UsageError(f"{key}: {text!r} has {found[0]!r}, which no header may hold")
    return text


def read_addresses(key: str, text: str, *, names: bool = False) -> list[Address]:
    """`ann@example.com, Bob <bob@example.com>`; domains in ASCII (punycode).

    *names*: those without a domain pass too, as the users of a host. UsageError for all else.
    """
    check_size(key, fit(key, text))
    try:
        header = SMTP.header_factory("to", text)
        strange = sum(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
    except (
        ValueError,
        LookupError,
        AttributeError,
        RecursionError,
    ):  # the library's, for what it did not expect
        raise UsageError(hint(key, text)) from None
    found: list[Address] = list(header.addresses)
    bare = sum(not one.domain for one in found)
    if strange != bare or (bare and not names):
        raise UsageError(hint(key, text))
    return [in_ascii(key, text, one) for one in found]


def check_size(key: str, text: str) -> None:
    """What follows reads a character in microseconds, and brackets within brackets by calling
    itself."""
    pieces = text.split(",")
    if len(text) > LONGEST_LIST or len(pieces) > MOST:
        message = f"has {len(text)} characters and {len(pieces)} parts"
        raise UsageError(f"{key}: {text[:40]!r}... {message}; write {MOST} addresses at most")
    if max(map(len, pieces)) > LONGEST_OF_ONE:
        raise UsageError(f"{key}: {text[:40]!r}... is too long for an address")


def hint(key: str, text: str) -> str:
    return f"{key}: {text[:LONGEST]!r} is not an address; write ann@example.com"


def in_ascii(key: str, text: str, address: Address) -> Address:
    if not address.username.isascii():
        raise (NotAscii if address.domain else UsageError)(
            f"{key}: {text!r}: {address.username!r} is not ASCII; only the domain may be, for"
            " many servers take no other name (SMTPUTF8)"
        )
    if "=?" in address.display_name:  # an encoded word within another: read again, a line break
        raise UsageError(f"{key}: {text!r} has a name with =?; write it as text")
    domain = punycode(key, address.domain) if address.domain else ""
    if (
        not NAME.fullmatch(address.username)
        or (domain and not DOMAIN.fullmatch(domain))
        or len(f"{address.username}@{domain}") > LONGEST
    ):
        raise UsageError(hint(key, text))
    return Address(address.display_name, address.username, domain)


def punycode(key: str, domain: str) -> str:
    if domain.isascii():
        return domain
    if found := READ_IN_TWO_WAYS.search(domain):
        raise UsageError(
            f"{key}: {domain!r} has {found[0]!r}, which is read in two ways; write the domain as"
            " xn--..."
        )
    try:
        return domain.encode("idna").decode()
    except UnicodeError as error:
        raise UsageError(f"{key}: {domain!r} is not a domain: {error}") from error
