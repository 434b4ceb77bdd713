"""Seconds, sizes and shares, as people write and read them."""

import re
from collections.abc import Sequence

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
# god counts kilobytes of 1024 bytes, so 100MB and 100MiB are the same here.
BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
BYTES |= {
    unit.replace("B", end): size
    for unit, size in BYTES.items()
    if unit != "B"
    for end in ("iB", "")
}

LONGEST = 100 * 365 * SECONDS["d"]
"""Seconds. What is longer was not meant, and no clock can count it."""
LARGEST = 2.0**60
"""Bytes, and percent."""
LONGEST_NUMBER = 18
"""Digits of a whole number."""
LAST_ID = 2**32 - 2

PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
DURATION = re.compile(rf"(?:{PIECE.pattern})+")
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT](?:i?B)?|B)")
SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


class TooMuch(ValueError):
    """It can be read, and is more than can be meant."""


def seconds(text: str | int | float) -> float:
    """Read `90s`, `2h30m`, or a bare number of seconds; ValueError for anything else."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _bounded(float(text), LONGEST, "a duration")
    if isinstance(text, str) and text.isascii() and text.isdigit():
        return _bounded(float(text), LONGEST, "a duration")
    if not isinstance(text, str) or not DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration")
    value = sum(float(n) * SECONDS[unit] for n, unit in PIECE.findall(text))
    return _bounded(value, LONGEST, "a duration")


def size(text: str) -> int:
    """Read `100MB`, `100M` or `1.5GiB` as bytes; ValueError for anything else, bare numbers too."""
    match = SIZE.fullmatch(text) if isinstance(text, str) else None
    if not match or match[2] not in BYTES:
        raise ValueError(f"{text!r} is not a size")
    return int(_bounded(float(match[1]) * BYTES[match[2]], LARGEST, "a size"))


def percent(text: str) -> float:
    """Read `50%` as 50.0; ValueError for anything else, bare numbers too."""
    match = SHARE.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is not a percentage")
    return _bounded(float(match[1]), LARGEST, "a percentage")


def share(text: str) -> float:
    """Read `90%` of what ends at 100 %, as a limit: ValueError for what is never above it."""
    value = percent(text)
    if value >= 100:
        raise ValueError(f"nothing is above {text!r}")
    return value


def is_whole(text: str) -> bool:
    """True for a number of ASCII digits that is not absurd; Python counts `²` and `٣` as digits."""
    return len(text) <= LONGEST_NUMBER and text.isascii() and text.isdigit()


def is_id(text: str) -> bool:
    """True for the number of a user or group; the last of 32 bits means none, setresuid(2)."""
    return is_whole(text) and int(text) <= LAST_ID


def _bounded(value: float, most: float, what: str) -> float:
    if not abs(value) <= most:
        raise TooMuch(f"{value:.3g} is too much for {what}")
    return value


def show_count(number: int, noun: str, plural: str = "s") -> str:
    """Write how many: `1 watch`, `2 watches`."""
    return f"{number} {noun}{'' if number == 1 else plural}"


def first_of(words: Sequence[str], most: int) -> str:
    """`web, db and 2 more`"""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def show_seconds(value: float) -> str:
    """Write a duration with at most two units: 0.4s, 42s, 5m, 2h30m, 3d4h."""
    if value < 10 and value != int(value):
        return f"{value:.1f}s"
    rest, words = round(value), []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, int(SECONDS[unit]))
        if count:
            words.append(f"{count}{unit}")
    return "".join(words[:2]) or "0s"


def show_latency(value: float) -> str:
    """Write how long an answer took: 12ms, 1.4s, 42s."""
    return f"{value * 1000:.0f}ms" if value < 1 else show_seconds(value)


def show_bytes(value: float) -> str:
    """Write a size in the unit a person would choose: 812KB, 61MB, 1.5GB."""
    for unit in ("TB", "GB", "MB", "KB"):
        if value >= BYTES[unit]:
            number = value / BYTES[unit]
            return (
                f"{number:.1f}{unit}"
                if unit in ("TB", "GB") and number < 10
                else f"{number:.0f}{unit}"
            )
    return f"{value:.0f}B"


def show_percent(value: float) -> str:
    """Write a share of one core or of a disk: 0.3%, 52%."""
    return f"{value:.1f}%" if 0 < value < 9.95 else f"{value:.0f}%"
