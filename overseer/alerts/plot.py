"""Samples as bars, where they are numbers: what a table can draw in every mail client."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from overseer import units

FULL = 100
READ: Sequence[Callable[[str], float]] = (units.size, units.percent, units.seconds, float)


class Bar(NamedTuple):
    """*length* of FULL; *bad*: it crossed the limit."""

    label: str
    length: int
    bad: bool


def bars(samples: Sequence[str]) -> list[Bar]:
    """None where one sample says no more than its text, or they are no numbers."""
    labels = [sample.removeprefix("*") for sample in samples]
    values = [number(label) for label in labels]
    known = [value for value in values if value is not None]
    most = max(known, default=0.0)
    if len(known) < max(len(values), 2) or most <= 0:
        return []
    return [
        Bar(label, max(1, round(FULL * value / most)), sample.startswith("*"))
        for sample, label, value in zip(samples, labels, known, strict=True)
    ]


def number(label: str) -> float | None:
    for read in READ:
        try:
            value = read(label)
        except (ValueError, TypeError):
            continue
        return value if value >= 0 else None
    return None
