"""god's values as a watch file writes them: seconds, kilobytes, percent, times."""

import math
import re
from collections.abc import Container, Iterable
from typing import Any

from overseer.config.limits import SHORTEST_INTERVAL
from overseer.config.node import DEFAULT, Node, Series, Text, series, table, text
from overseer.importers.recording import Code, Thing

UNITS = (("d", 86400), ("h", 3600), ("m", 60))
SIZES = (("GB", 2**20), ("MB", 2**10))
HUGE = 2**40 // 2**10  # a terabyte, in god's kilobytes


class NotCarried(Exception):
    """Its text says why, and what to write instead; *code* is the Ruby it was."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NotCarried(f"{shown(value)} is no number")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise NotCarried(f"{shown(value)} is no number")
    return found


def whole(value: Any) -> Text:
    return text(f"{number(value):.0f}")


def duration(value: Any) -> Text:
    seconds = number(value)
    if seconds < 0:
        raise NotCarried(f"{shown(value)} seconds are less than none")
    for unit, size in UNITS:
        if seconds >= size and seconds % size == 0 and (size > 60 or seconds >= 120):
            return text(f"{seconds / size:.0f}{unit}")
    return text(f"{seconds:g}s" if seconds < 100000 else f"{seconds:.0f}s")


def span(value: Any) -> Text:
    """A duration that is more than nothing."""
    if number(value) == 0:
        raise NotCarried("0 seconds would never end; write more than 0s")
    return duration(value)


def interval(value: Any) -> Text:
    """A duration between two checks."""
    least = f"overseer takes {SHORTEST_INTERVAL:g}s or more"
    if number(value) == 0:
        raise NotCarried(f"0 seconds would never end; {least}")
    if 0 < number(value) < SHORTEST_INTERVAL:
        raise NotCarried(f"{number(value):g}s is too often; {least}")
    return duration(value)


def size(value: Any) -> Text:
    """god counts memory in kilobytes."""
    kilobytes = number(value)
    if kilobytes <= 0:
        raise NotCarried(f"{shown(value)} kilobytes would always be met")
    if kilobytes >= HUGE:
        said = f"{shown(value)} kilobytes are more than a terabyte; were they meant as bytes?"
        raise NotCarried(said)
    for unit, many in SIZES:
        if kilobytes >= many and kilobytes % many == 0:
            return text(f"{kilobytes / many:.0f}{unit}")
    return text(f"{kilobytes:.0f}KB")


def share(value: Any) -> Text:
    return text(f"{number(value):g}%")


def times(value: Any) -> Node:
    """`5` or `[3, 5]`."""
    given = value if isinstance(value, list) else [value, value]
    if len(given) != 2:
        raise NotCarried(f"times = {shown(value)} is not understood; write times: [3, 5]")
    hits, of = (int(number(one)) for one in given)
    if hits < 1:
        raise NotCarried(f"times = {shown(value)} was always met in god")
    if hits > of:
        raise NotCarried(f"times = {shown(value)} was never met in god")
    return text(str(of)) if hits == of else series((str(hits), str(of)))


def partition(listed: Iterable[Any], right: Container[Any]) -> tuple[list[Any], list[Any]]:
    """Those that are *right*, and the others."""
    return [one for one in listed if one in right], [one for one in listed if one not in right]


def flag(value: Any) -> Text:
    return text("true" if value else "false")


def word(value: Any) -> Text:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NotCarried(f"{shown(value)} is no text")
    return Text(str(value), DEFAULT, isinstance(value, str))


def path(value: Any) -> Text:
    found = word(value)
    if not found.value.startswith("/"):
        raise NotCarried(f"{shown(value)} is no full path; write it from / on")
    return found


def name(value: Any) -> str:
    """What may be the name of a watch, a tag or a contact: other characters become hyphens."""
    cleaned = re.sub(r"[^\w.@+-]+", "-", str(value))
    return re.sub(r"^[^\w]+", "", cleaned) or "unnamed"


def plain(value: Any) -> Node:
    """Whatever YAML can say, as it is."""
    match value:
        case list():
            return Series(tuple(map(plain, value)), DEFAULT)
        case dict():
            return table({str(key): plain(one) for key, one in value.items()})
        case bool():
            return flag(value)
        case None:
            return text("null")
    return word(value)


def shown(value: Any) -> str:
    """In a remark."""
    match value:
        case Code():
            return "a block of Ruby"
        case Thing(kind):
            return f"an object of {kind}"
        case None:
            return "nil"
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(shown, value))}]"
    return str(value)
