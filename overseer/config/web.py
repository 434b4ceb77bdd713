"""How the URL of a web server and its codes are written."""

from overseer.config.forms import TEMPLATE, Form, NotRight, many, scalar
from overseer.config.node import Node
from overseer.config.trouble import Troubles, Unread
from overseer.model.codes import PATTERN, Codes, read_codes
from overseer.model.url import Url, read_url


def as_codes(node: Node, key: str, troubles: Troubles) -> Codes | Unread:
    ranges = RANGES.read(node, key, troubles)
    return ranges if isinstance(ranges, Unread) else Codes(ranges)


def as_url(text: str) -> Url:
    """What is wrong with it is said without showing it: it may hold a password."""
    try:
        return read_url(text)
    except ValueError as error:
        raise NotRight(str(error)) from None


RANGE = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": rf"^({PATTERN})$|{TEMPLATE['pattern']}"},
    ]
}
RANGES = many(scalar(read_codes, "200, 200-399 or 2xx", RANGE))
CODES = Form(as_codes, RANGES.example, RANGES.schema)
URL = scalar(
    as_url,
    "http://127.0.0.1:8000/ping",
    {"type": "string", "pattern": rf"^https?://|{TEMPLATE['pattern']}"},
)
