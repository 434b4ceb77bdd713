"""Lines of the history as people read them, and those that repeat themselves folded into one."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from overseer.cli.show import DIM, GREEN, PLAIN, RED, YELLOW
from overseer.cli.tables import cut
from overseer.terminal import printable

Entry = dict[str, Any]
COLOURS = {
    "exited": RED,
    "start_failed": RED,
    "restart_failed": RED,
    "command_failed": RED,
    "run_failed": RED,
    "run_skipped": YELLOW,
    "run_missed": YELLOW,
    "run_finished": GREEN,
    "stop_failed": RED,
    "flapping": RED,
    "gave_up": RED,
    "unknown": RED,
    "restarted": YELLOW,
    "check_met": YELLOW,
    "check_unknown": YELLOW,
    "warning": YELLOW,
    "retrying": YELLOW,
    "up": GREEN,
    "steady": GREEN,
    "finished": GREEN,
}
LONGEST = 16
"""Lines of a story that is looked for again: a round of crashes, held back, tried again ..."""
LONGEST_ERROR = 160
LEAST = 3
"""Times that it has to be told before it is folded."""
VARIES = re.compile(
    r"pid \d+|(?<!\d)\d{1,20}(?:\.\d{1,20})?(?:ms|[KMGT]?i?B|%|[smhdw])(?=\W|\d|$)"
    r"|\d\d:\d\d:\d\d"
)
"""What differs from one time to the next although the story is the same."""


class Fold(NamedTuple):
    """Some lines in a row, told *times* times; *last* is the last of all of them."""

    entries: Sequence[Entry]
    times: int
    last: Entry


def fold(entries: Sequence[Entry]) -> Iterator[Fold]:
    """What repeats itself, once; everything else as it stands."""
    keys = [key(entry) for entry in entries]
    place = 0
    while place < len(entries):
        size, times = repeated(keys, place)
        end = place + size * times
        yield Fold(entries[place : place + size], times, entries[end - 1])
        place = end


def repeated(keys: Sequence[object], place: int) -> tuple[int, int]:
    """How long the story that begins here is, and how often it is told: that which folds most."""
    best = (1, 1)
    for size in range(1, LONGEST + 1):
        story, times = keys[place : place + size], 1
        while keys[place + size * times : place + size * (times + 1)] == story:
            times += 1
        if times >= LEAST and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def key(entry: Entry) -> tuple[str, str, str]:
    return entry["watch"], entry["kind"], VARIES.sub("#", entry["message"])


def folded(entries: Sequence[Entry], most: int, coloured: bool = False) -> list[str]:
    """At most so many lines, the newest."""
    lines = [text for one in fold(entries) for text in told(one, coloured)]
    return lines[-most:] if most else []


def told(one: Fold, coloured: bool) -> list[str]:
    if one.times == 1:
        return [line(entry, coloured) for entry in one.entries]
    lines = [text for inner in fold(one.entries) for text in told(inner, coloured)]
    until = moment(one.last["at"])
    if len(lines) == 1:
        return [f"{lines[0]} … {one.times} times, the last {until}"]
    return [*lines, f"  … these {len(lines)} lines {one.times} times, the last {until}"]


def line(entry: Entry, coloured: bool = False) -> str:
    """One line, of the history or of the stream of events."""
    at, whose, said = moment(entry["at"]), entry["watch"], harmless(entry["message"])
    if error := entry.get("error_line"):
        said = f"{said} ({cut(harmless(error), LONGEST_ERROR)})"
    colour = COLOURS.get(entry["kind"])
    if coloured:
        at = f"{DIM}{at}{PLAIN}"
        said = f"{colour}{said}{PLAIN}" if colour else said
    return f"{at} {whose}: {said}" if whose else f"{at} {said}"


def moment(text: str | None) -> str:
    """`2026-11-23 15:42:07` of what the daemon sends; its zone is the machine's."""
    return "at an unknown time" if text is None else text[:19].replace("T", " ")


def harmless(text: str) -> str:
    """What a program has printed, without what would move the cursor or set colours."""
    return printable(text.expandtabs())
