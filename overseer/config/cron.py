"""Whether a calendar text makes sense; when it rings is for the calendar to say."""

import re
from collections.abc import Sequence

from overseer.config.forms import NotRight
from overseer.config.trouble import suggestion
from overseer.units import DURATION, is_whole

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
SUNDAY = 7
HOUR = re.compile(r"\d{1,2}:\d{2}")
ON_CALENDAR = re.compile(
    r"(?P<days>[A-Za-z]{3,}(?:(?:\.\.|[-,])[A-Za-z]{3,})*\s+)?"
    r"(?:(?P<date>(?:\*|\d{4})-(?:\*|[\d,]+)-(?:\*|[\d,]+))\s+)?"
    r"(?P<hour>\d{1,2}|\*):(?P<minute>\d{2})(?P<second>:\d{2})?"
)
"""systemd.time(7): `*-*-* 04:00:00`, `Mon..Fri 09:00`."""
LAST = re.compile(r"(?i)last|l|l-\d+|lw|\d+[lw]|\w+#\d|[a-z]{3}l")
"""`L`, `15W`, `mon#1`, `5L`."""
EVERY = {"minute": "m", "hour": "h", "day of the month": "d"}
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
        raise NotRight(_not_five(text, len(parts)))
    for part, field in zip(parts, FIELDS, strict=True):
        for piece in part.split(","):
            _check(piece, *field)
    return " ".join(parts)


def _not_five(text: str, count: int) -> str:
    """What was probably meant by a text that is no line of cron."""
    calendar = ON_CALENDAR.fullmatch(text)
    if calendar and (calendar["days"] or calendar["date"] or calendar["second"]):
        return f"{text!r} is written for systemd; {_of_systemd(calendar)}"
    span = text.removeprefix("@every").strip()
    if DURATION.fullmatch(span):
        return f"{text!r} is a time between two runs; write {{every: {span}}}"
    if HOUR.fullmatch(text):
        return f'{text!r} is a time of day; write {{at: "{text}"}}'
    if _short(text, DAYS) in DAYS:
        return f"{text!r} is the fifth field; write 30 4 * * {_short(text, DAYS)}"
    if text.startswith("@"):
        near = suggestion(text, MACROS, otherwise=f"write {', '.join(MACROS)}")
        return f"{text!r} is not understood{near}"
    if f"@{text.lower()}" in MACROS:
        return f"{text!r} is not understood; write '@{text.lower()}'"
    fields = "1 field" if count == 1 else f"{count} fields"
    seconds = "; there are no seconds" if count == 6 else ""
    return f"{text!r} has {fields}, not five{seconds}; write {EXAMPLE}"


def _of_systemd(calendar: re.Match[str]) -> str:
    """OnCalendar as cron, where it has no date."""
    weekdays = _short((calendar["days"] or "*").strip().replace("..", "-"), DAYS)
    if calendar["date"] not in (None, "*-*-*") or set(re.findall("[a-z]+", weekdays)) - {*DAYS}:
        return f"here it is cron; write {EXAMPLE}"
    hour = calendar["hour"] if calendar["hour"] == "*" else int(calendar["hour"])
    return f"write '{int(calendar['minute'])} {hour} * * {weekdays}'"


def _short(text: str, words: Sequence[str]) -> str:
    """`Monday-Friday` as `mon-fri`."""

    def shorten(found: re.Match[str]) -> str:
        return next((word for word in words if found[0].startswith(word)), found[0])

    return re.sub("[a-z]+", shorten, text.lower())


def _check(piece: str, name: str, low: int, high: int, words: Sequence[str]) -> None:
    """NotRight says what is wrong, and what is right."""
    found = PART.fullmatch(piece.lower())
    if not found:
        raise NotRight(
            f"{piece!r} is no {name}{_strange(piece, name, words) or _range(low, high, words)}"
        )
    numbers = [_number(end, words) for end in found.groups()[:2] if end]
    if found[3] == "0" or not all(low <= number <= high for number in numbers):
        hint = _strange(piece, name, words) or _range(low, high, words)
        raise NotRight(f"{piece!r} is no {name}{hint}")
    if numbers != sorted(numbers):
        right = _around(*(found[1], found[2]), low, high, words)
        raise NotRight(f"{piece!r} is no {name}: it runs backwards; write {right}")
    first, last = numbers[0] if numbers else low, numbers[1] if len(numbers) > 1 else high
    if found[3] and int(found[3]) > last - first:
        unit = EVERY.get(name)
        instead = f"{{every: {int(found[3])}{unit}}}" if unit and not numbers else EXAMPLE
        hint = _range(low, high, words, then="")
        raise NotRight(f"{piece!r} is no {name}: the step is too long{hint}; write {instead}")


def _strange(piece: str, name: str, words: Sequence[str]) -> str:
    """What other programs take for a day."""
    if piece == "?":
        return "; write *"
    short = _short(piece, words)
    if (
        short != piece.lower()
        and PART.fullmatch(short)
        and {*re.findall("[a-z]+", short)} <= {*words}
    ):
        return f"; write {short}"
    if name.startswith("day") and LAST.fullmatch(piece):
        return f": there is no L, W or #; write {'mon' if words else '28'}"
    return ""


def _range(low: int, high: int, words: Sequence[str], *, then: str = f"; write {EXAMPLE}") -> str:
    """`: they go from 0 to 59`."""
    named = f", or {words[0]} to {words[-1]}" if words else ""
    return f": {low} to {high}{named}{then}"


def _around(first: str, last: str, low: int, high: int, words: Sequence[str]) -> str:
    """A span that goes on at the beginning, as two that do not: `fri-mon` is `fri-sun,mon`."""
    begin, end = (words[0], words[-1]) if first in words else (str(low), str(high))
    if high == SUNDAY and first not in words:
        end = str(SUNDAY - 1)
    pair = ((first, end), (begin, last))
    return ",".join(a if a == b else f"{a}-{b}" for a, b in pair)


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
