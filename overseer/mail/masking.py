"""What lets somebody in, hidden where it is only shown: passwords in addresses, links with keys."""

import re
from urllib.parse import SplitResult, urlsplit

HIDDEN = "***"
LOGIN = re.compile(r"(?<=://)([^/?#@\s:]*):[^/?#@\s]*@")
SECRET = re.compile(
    r"([?&#;][\w.\[\]-]{0,60}(?:token|key|pass|pw|secret|sig|auth|code|otp|session|ticket|hash)"
    r"[\w.\[\]-]{0,60}=)[^&#;\s\"'<>]+",
    re.IGNORECASE,
)
LINK = re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s<>\"'`]+", re.IGNORECASE)
LONG = 16
"""Letters of a part of a path that is no word any more."""
SOME = 6
"""Letters enough for a key, where digits are among them."""


def masked(text: str) -> str:
    """Words of a server or an application: whatever it put into an address is known by name."""
    return SECRET.sub(rf"\1{HIDDEN}", LOGIN.sub(rf"\1:{HIDDEN}@", text))


def without_keys(text: str) -> str:
    """The text of a mail; of its links no query, no fragment, nothing that looks like a key."""
    return LINK.sub(lambda found: bare(found[0]), masked(text))


def bare(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        return HIDDEN
    path = "/".join(HIDDEN if is_key(part) else part for part in parts.path.split("/"))
    return SplitResult(
        parts.scheme,
        parts.netloc,
        path,
        HIDDEN if parts.query else "",
        HIDDEN if parts.fragment else "",
    ).geturl()


def is_key(part: str) -> bool:
    mixed = any(letter.isdigit() for letter in part) and any(letter.isalpha() for letter in part)
    return len(part) >= LONG or (len(part) >= SOME and mixed)
