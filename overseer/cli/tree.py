"""What depends on what, as trees: under each watch those that it depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from overseer.cli import show
from overseer.cli.tables import Grid

HEADS = ("WATCH", "STATE", "NEEDED", "NOTE")
ABOVE = " (see above)"
FORK, LAST = "├─ ", "└─ "
BELOW = {"": "", FORK: "│  ", LAST: "   "}
Needs = Mapping[str, Sequence[str]]
Watch = dict[str, Any]


class Branch(NamedTuple):
    name: str
    above: str  # who depends on it here
    lead: str  # what is drawn before its name
    again: bool  # what it depends on was shown before


def branches(names: Sequence[str], needs: Needs) -> Iterator[Branch]:
    """From *names*, those first that nothing depends on. Not recursive: a chain may be long."""
    shown: set[str] = set()
    to_do = [Branch(name, "", "", False) for name in reversed(tops(names, needs))]
    while to_do:
        name, above, lead, _ = to_do.pop()
        below = needs.get(name, ())
        again = name in shown
        if again and not above:  # of a circle, and shown in it
            continue
        yield Branch(name, above, lead, again and bool(below))
        if again:
            continue
        shown.add(name)
        indent = lead[:-3] + BELOW[lead[-3:]]
        marks = [FORK] * len(below[1:]) + [LAST] * len(below[:1])
        inner = [
            Branch(one, name, indent + mark, False) for one, mark in zip(below, marks, strict=True)
        ]
        to_do += reversed(inner)


def tops(names: Sequence[str], needs: Needs) -> list[str]:
    """Each circle comes last, as nothing of it is a top."""
    needed = {one for name in names for one in needs.get(name, ())}
    return [*(name for name in names if name not in needed), *(n for n in names if n in needed)]


def states(
    status: dict[str, Any], chosen: Sequence[str], width: int | None, coloured: bool
) -> list[str]:
    """`overseer status --tree`; of *chosen* and what they depend on, or of all."""
    watches: dict[str, Watch] = {watch["name"]: watch for watch in status["watches"]}
    needs = {name: [one["on"] for one in watch["depends_on"]] for name, watch in watches.items()}
    found = list(branches(chosen or list(watches), needs))
    rows = [row(one, watches) for one in found]
    grid = Grid(HEADS, rows, width, ("NEEDED",))
    lines = [grid.head()]
    for branch, cells in zip(found, rows, strict=True):
        first, *under = grid.lines(cells)
        watch = watches.get(branch.name)
        lines += [show.tint(first, watch, grid.name, coloured) if watch else first, *under]
    return [*lines, "", *show.summary(status, width)]


def row(branch: Branch, watches: Mapping[str, Watch]) -> tuple[str, str, str, str]:
    watch = watches.get(branch.name)
    name = branch.lead + branch.name + (ABOVE if branch.again else "")
    needed = ""
    if branch.above:
        tie = next(one for one in watches[branch.above]["depends_on"] if one["on"] == branch.name)
        needed = str(tie["need"]) if tie["met"] else f"not {tie['need']}"
    if watch is None:
        return name, "-", needed, "there is no such watch"
    return name, show.word(watch), needed, str(watch["note"])


def drawing(names: Sequence[str], needs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """`overseer graph`: *needs* says what each must be."""
    for one in branches(names, {name: list(found) for name, found in needs.items()}):
        need = f"  {needs[one.above][one.name]}" if one.above else ""
        yield one.lead + one.name + need + (ABOVE if one.again else "")


def mermaid(names: Iterable[str], needs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """As https://mermaid.js.org/syntax/flowchart.html has it; names may hold what it does not."""
    numbers = {
        name: f"n{number}" for number, name in enumerate(dict.fromkeys(all_of(names, needs)))
    }
    yield "flowchart TD"
    for name, number in numbers.items():
        yield f'    {number}["{name}"]'
    for name, found in needs.items():
        for on, need in found.items():
            yield f"    {numbers[name]} -->|{need}| {numbers[on]}"


def all_of(names: Iterable[str], needs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield from names
    for found in needs.values():
        yield from found
