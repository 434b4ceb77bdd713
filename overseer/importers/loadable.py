"""What is written loads: what `overseer check` would refuse becomes a comment with the reason."""

import tempfile
from collections.abc import Sequence

from overseer import config
from overseer.errors import ConfigError, Problem
from overseer.importers.page import Remark, comment

PASSES = 20
"""Leaving a part out may be a problem of what is around it: of a row, a key, the watch."""


def loadable(text: str) -> tuple[str, list[str]]:
    """*text* without the parts that do not load, and why each was left out."""
    reasons: list[str] = []
    for _ in range(PASSES):
        found = problems(text)
        if not found:
            break
        lines = text.split("\n")
        last_first = sorted(found, key=lambda problem: problem.line, reverse=True)
        left_out = [problem.message for problem in last_first if _leave_out(lines, problem)]
        reasons += reversed(left_out)
        text = "\n".join(lines)
    return text, reasons


def problems(text: str) -> list[Problem]:
    """Those of the text, whatever this machine has."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        try:
            config.load([file.name], check_host=False)
        except ConfigError as error:
            return [problem for problem in error.problems if not problem.warning]
    return []


def _leave_out(lines: list[str], problem: Problem) -> bool:
    """Make a comment of the key or row that *problem* is in; False where it is one already."""
    first = problem.line - 1
    if not 0 <= first < len(lines) or not _is_written(lines[first]):
        return False
    first = _row(lines, first)
    indent = _indent(lines[first])
    last = first + 1
    while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) > indent):
        last += 1
    while not lines[last - 1].strip():
        last -= 1
    before = " " * indent
    block = [f"{before}#     {line[indent:]}".rstrip() for line in lines[first:last]]
    if lines[first] == "watches:":
        block.append("watches: {}")
    lines[first:last] = [*comment(Remark(f"left out: {problem.message}"), before), *block]
    return True


def _row(lines: Sequence[str], place: int) -> int:
    """The first line of the row of a list that a line is part of, or the line itself."""
    indent = _indent(lines[place])
    for number in range(place, -1, -1):
        if not _is_written(lines[number]) or _indent(lines[number]) > indent:
            continue
        if lines[number].lstrip().startswith("- "):
            return number
        if _indent(lines[number]) < indent:
            return place
    return place


def _is_written(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
