"""Rows of text in columns, the last of which gives way where the terminal ends."""

from collections.abc import Iterable, Sequence

LEAST = 20
"""Columns that the last one has, however narrow the terminal is."""


def columns(heads: Sequence[str], rows: Iterable[Sequence[str]], width: int | None) -> list[str]:
    """With *width* no line is longer, unless the columns before the last need more."""
    table = [tuple(heads), *(tuple(" ".join(cell.split()) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads) - 1)]
    room = None if width is None else max(LEAST, width - sum(widths) - 2 * len(widths))
    return [_line(row, widths, room) for row in table]


def cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    last = row[-1] if room is None else cut(row[-1], room)
    padded = (f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=True))
    return "  ".join([*padded, last]).rstrip()


def clock(moment: str) -> str:
    """`01-31 15:42:07` of what the daemon writes."""
    return moment[5:19].replace("T", " ")
