"""When a line of a log was written: by its own words, else by when the log was how long."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from overseer import units
from overseer.errors import UsageError

HEAD = 120
"""Characters of a line that are looked through for its time."""
TOLERANCE = 5.0
"""Seconds that a time may lie outside of the span in which the line was written."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO = re.compile(
    r"^\W{0,3}(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r" ?(Z|[+-]\d\d:?\d\d)?(?!\d)"
)
ACCESS = re.compile(
    r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ?([+-]\d{4})?\]"
)
SYSLOG = re.compile(r"^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?=\W)")


class Span(NamedTuple):
    """Between which moments the line was written, seconds since the epoch; None: not known."""

    after: float | None = None
    before: float | None = None


def own_time(line: str, span: Span) -> float | None:
    """The time with which the line begins: ISO 8601, that of nginx and Apache, or of syslog. One
    that cannot be so, such as UTC without a word about it, is none."""
    found = next((at for read in READ if (at := read(line[:HEAD])) is not None), None)
    if found is None:
        return None
    early = span.after is not None and found < span.after - TOLERANCE
    late = span.before is not None and found > span.before + TOLERANCE
    return None if early or late else found


def iso(line: str) -> float | None:
    m = ISO.search(line)
    return None if m is None else moment(m[1], m[2], m[3], (m[4], m[5], m[6]), m[7], m[8])


def access(line: str) -> float | None:
    m = ACCESS.search(line)
    if m is None or m[2].lower() not in MONTHS:
        return None
    month = str(MONTHS.index(m[2].lower()) + 1)
    return moment(m[3], month, m[1], (m[4], m[5], m[6]), m[7], m[8])


def syslog(line: str) -> float | None:
    """Without a year: the last one in which that is not to come."""
    m = SYSLOG.search(line)
    if m is None or m[1].lower() not in MONTHS:
        return None
    month, now = str(MONTHS.index(m[1].lower()) + 1), time.time()
    for year in (time.localtime().tm_year, time.localtime().tm_year - 1):
        at = moment(str(year), month, m[2], (m[3], m[4], m[5]), None, None)
        if at is not None and at < now + 86400:
            return at
    return None


READ: tuple[Callable[[str], float | None], ...] = (iso, access, syslog)


def moment(
    year: str, month: str, day: str, clock: tuple[str, str, str], part: str | None, zone: str | None
) -> float | None:
    try:
        hour, minute, second = map(int, clock)
        at = datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    if zone is None:
        told = at.replace(tzinfo=None).timestamp()
    else:
        ahead = timedelta(0)
        if zone != "Z":
            ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            ahead = -ahead if zone[0] == "-" else ahead
        told = (at - ahead).timestamp()
    return told + (float(f"0.{part}") if part else 0.0)


def asked(option: str, text: str | None) -> float | None:
    """`10m` ago, `15:42` of today or yesterday, `2026-11-29 15:42`, ISO 8601."""
    if text is None:
        return None
    now = time.time()
    try:
        return now - units.seconds(text)
    except ValueError:
        pass
    try:
        if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
            at = datetime.fromisoformat(f"{datetime.now().astimezone().date()}T{text}").timestamp()
            return at if at <= now else at - 86400
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise UsageError(
            f"{option}: {text!r} is no time; write 10m (ago), 15:42, or '2026-11-29 15:42'"
        ) from None


def show(at: float | None) -> str | None:
    """RFC 3339, in the zone of the machine."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).astimezone().isoformat(timespec="milliseconds")
