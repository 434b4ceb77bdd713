"""Rows of text in columns that fit the terminal: what is too long gives way, and nothing is hidden
that has no other place."""

import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

LEAST = 20
"""Columns that the last one has, however narrow the terminal is."""
LEAST_NAME = 20
"""Columns that a name has before other columns are left out for it."""
INDENT = "    "
"""Before what stands under its row."""


def columns(heads: Sequence[str], rows: Iterable[Sequence[str]], width: int | None) -> list[str]:
    """With *width* no line is longer, unless the columns before the last need more."""
    table = [tuple(heads), *(tuple(" ".join(cell.split()) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads) - 1)]
    room = None if width is None else max(LEAST, width - sum(widths) - 2 * len(widths))
    return [_line(row, widths, room) for row in table]


class Grid:
    """Columns of which the first is a name and the last a note. Where *width* is too narrow, a note
    goes under its row, a name loses its middle, and columns are left out: *spare*, by their heads,
    the first first."""

    def __init__(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        width: int | None,
        spare: Collection[str] = (),
    ) -> None:
        self._width = width
        self._heads = heads
        self._places = list(range(len(heads) - 1))
        self._widths = [
            max(len(heads[at]), *(len(row[at]) for row in rows), 0) for at in self._places
        ]
        if width is not None:
            self._fit(width, spare)

    def _fit(self, width: int, spare: Collection[str]) -> None:
        for head in spare:
            if self._needed() - self._widths[0] + min(self._widths[0], LEAST_NAME) <= width:
                break
            self._places.remove(self._heads.index(head))
        rest = self._needed() - self._widths[0]
        self._widths[0] = min(self._widths[0], max(LEAST_NAME, width - rest))

    def _needed(self) -> int:
        return sum(self._widths[at] for at in self._places) + 2 * (len(self._places) - 1)

    def head(self) -> str:
        room = None if self._width is None else self._width - self._needed() - 2
        return self._cells([*self._heads[:-1], self._heads[-1] if room is None or room > 3 else ""])

    def lines(self, row: Sequence[str]) -> Iterator[str]:
        """The row; under it its note, where that has no room beside it."""
        note = " ".join(row[-1].split())
        room = len(note) if self._width is None else self._width - self._needed() - 2
        if len(note) <= room:
            yield self._cells([*row[:-1], note])
            return
        yield self._cells([*row[:-1], ""])
        width = self._width or len(note)
        for text in textwrap.wrap(note, max(LEAST, width - len(INDENT)), break_on_hyphens=False):
            yield f"{INDENT}{text}"

    def _cells(self, row: Sequence[str]) -> str:
        cells = [f"{middle_cut(row[0], self.name):<{self.name}}"]
        cells += [f"{row[at]:<{self._widths[at]}}" for at in self._places[1:]]
        return "  ".join([*cells, row[-1]]).rstrip()

    @property
    def name(self) -> int:
        """Columns of the name."""
        return self._widths[0]


def cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def middle_cut(text: str, room: int) -> str:
    """Without its middle: names often differ at their ends."""
    if len(text) <= room:
        return text
    end = (room - 1) // 2
    return f"{text[: room - 1 - end]}…{text[len(text) - end :]}"


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    last = row[-1] if room is None else cut(row[-1], room)
    padded = (f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=True))
    return "  ".join([*padded, last]).rstrip()


def clock(moment: str) -> str:
    """`01-31 15:42:07` of what the daemon writes."""
    return moment[5:19].replace("T", " ")
