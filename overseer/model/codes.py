"""HTTP status codes, as a watch file writes them."""

import re
from dataclasses import dataclass

PATTERN = r"([1-5]\d\d)(-[1-5]\d\d)?|[1-5]xx"


@dataclass(frozen=True, slots=True)
class Codes:
    """`200`, `200-399`, `2xx`, or several of them: *ranges* from, to, both included."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, code: object) -> bool:
        return isinstance(code, int) and any(low <= code <= high for low, high in self.ranges)

    def __str__(self) -> str:
        words = (str(low) if low == high else f"{low}-{high}" for low, high in self.ranges)
        return ", ".join(words)


def read_codes(text: str) -> tuple[int, int]:
    """The first and the last of `200-399`, `2xx` or `200`; ValueError for what is no code."""
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no HTTP code")
    if text.endswith("xx"):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    low, _, high = text.partition("-")
    if high and int(high) < int(low):
        raise ValueError(f"{text!r} goes backwards")
    return int(low), int(high or low)
