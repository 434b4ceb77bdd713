"""postgresql://USER@HOST/DATABASE, as libpq reads it, and which schema there."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from overseer.errors import UsageError

SCHEMA = "overseer_mail"
FIT = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


class Address(NamedTuple):
    conninfo: str  # with a password, if the URL has one
    schema: str
    name: str  # for people: without


def read_address(url: str) -> Address:
    """UsageError says what to write. ?schema= is ours: several queues in one database."""
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        right = "write postgresql://user@host:5432/database"
        raise UsageError(f"{hidden(url)!r}: its port is not understood; {right}") from None
    options = parse_qsl(parts.query, keep_blank_values=True)
    schema = dict(options).get("schema", SCHEMA)
    if not FIT.fullmatch(schema):
        raise UsageError(f"{hidden(url)!r}: schema={schema!r}: write a-z, 0-9 and _ only")
    left = urlencode([(key, value) for key, value in options if key != "schema"], quote_via=quote)
    conninfo = f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{left}" if left else "")
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError as error:
        said = " ".join(str(error).split()).replace(parts.password or "\0", "***")
        raise UsageError(
            f"{hidden(url)!r} is not understood: {said}; write postgresql://user@host/database"
        ) from error
    return Address(conninfo, schema, hidden(url))


def hidden(url: str) -> str:
    """Without the password, wherever libpq takes one."""
    without = re.sub(r"(?<=://)([^/?#@:]*):[^/?#@]*@", r"\1@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&#]*", r"\1***", without)
