"""Whether a calendar text makes sense; when it rings is for the calendar to say."""

import re
from collections.abc import Sequence

from overseer.config.forms import NotRight
from overseer.units import is_whole

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
FIELDS: Sequence[tuple[str, int, int, Sequence[str]]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)
PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
EXAMPLE = "30 4 * * * for half past four every night"


def as_cron(text: str) -> str:
    parts = MACROS.get(text, text).split()
    if len(parts) != len(FIELDS):
        raise NotRight(f"{text!r} has {len(parts)} fields, not five; write {EXAMPLE}")
    for part, (name, low, high, words) in zip(parts, FIELDS, strict=True):
        for piece in part.split(","):
            if not _fits(piece, low, high, words):
                raise NotRight(f"{piece!r} is no {name}; write {EXAMPLE}")
    return " ".join(parts)


def _fits(piece: str, low: int, high: int, words: Sequence[str]) -> bool:
    found = PART.fullmatch(piece.lower())
    if not found or found[3] == "0":
        return False
    ends = [_number(end, words) for end in found.groups()[:2] if end]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)


def _number(text: str, words: Sequence[str]) -> int:
    if text in words:
        return words.index(text) + 1
    return int(text) if is_whole(text) else -1


def as_hour(text: str) -> str:
    """`03:30` as the cron fields that mean it."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise NotRight(f'{text!r} is no time of day; write "03:30", with the quotes')
    return f"{int(found[2])} {int(found[1])} * * *"


def as_zone(text: str) -> str:
    from zoneinfo import ZoneInfo  # seldom needed

    try:
        return ZoneInfo(text).key
    except (OSError, ValueError, LookupError):
        raise NotRight(f"{text!r} is no time zone; write Europe/Berlin or UTC") from None
