"""The table of watches: from the daemon's objects to lines that fit."""

import textwrap
from collections.abc import Sequence
from typing import Any

from overseer.cli.tables import Grid
from overseer.units import show_bytes, show_count, show_percent, show_seconds

HEADS = ("WATCH", "STATE", "PID", "UP", "CPU", "MEM", "RST", "NOTE")
GREEN, YELLOW, RED, DIM, PLAIN = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
COLOURS = {
    "up": GREEN,
    "completed": GREEN,
    "reloading": GREEN,
    "scheduled": GREEN,
    "running": GREEN,
    "failed": RED,
    "starting": YELLOW,
    "restarting": YELLOW,
    "stopping": YELLOW,
    "waiting": YELLOW,
    "backoff": RED,
    "held": RED,
    "gave_up": RED,
    "unknown": RED,
    "stop_failed": RED,
    "stopped": DIM,
    "unmonitored": DIM,
}
SUSPENDED = "suspended"
FINE = ("up", "reloading")
BY_ITSELF = ("scheduled", "running", "completed", "failed")
"""Of what is not meant to be up all the time: it is counted apart."""
SPARE = ("RST", "CPU", "MEM", "UP", "PID")
"""Columns that a narrow terminal does without, the first first."""
Watch = dict[str, Any]


def table(status: dict[str, Any], width: int | None, coloured: bool) -> list[str]:
    """`overseer status`; with *width* no line is longer."""
    watches = status["watches"]
    rows = [cells(watch) for watch in watches]
    grid = Grid(HEADS, rows, width, SPARE)
    lines = [grid.head()]
    for watch, row in zip(watches, rows, strict=True):
        first, *under = grid.lines(row)
        lines += [tint(first, watch, grid.name, coloured), *under]
    return [*lines, "", *summary(status, width)]


def tint(text: str, watch: Watch, name: int, coloured: bool) -> str:
    """Colour the word of the state alone, which stands behind *name* columns."""
    colour = RED if watch.get("suspended") else COLOURS.get(watch["phase"])
    if not coloured or colour is None:
        return text
    begin, end = name + 2, name + 2 + len(word(watch))
    return f"{text[:begin]}{colour}{text[begin:end]}{PLAIN}{text[end:]}"


def word(watch: Watch) -> str:
    """The phase; of a task that is monitored its own state, with the phase where that is not up.
    A one-shot that is up runs; what a signal has stopped is suspended."""
    phase, state = str(watch["phase"]), str(watch["state"])
    if watch.get("suspended"):
        return SUSPENDED if phase in FINE else f"{phase} ({SUSPENDED})"
    if watch.get("kind") == "once" and phase == "up":
        return "running"
    if watch.get("kind") != "task" or state == "unmonitored":
        return phase
    return state if phase == "up" else f"{state} ({phase})"


def cells(watch: Watch) -> list[str]:
    return [
        watch["name"],
        word(watch),
        known(watch["pid"], str),
        known(watch["uptime_s"], show_seconds),
        known(watch["cpu_percent"], show_percent),
        known(watch["memory_bytes"], show_bytes),
        str(watch["restarts"]),
        watch["note"],
    ]


def known(value: Any, show: Any) -> str:
    return "-" if value is None else str(show(value))


def summary(status: dict[str, Any], width: int | None = None) -> list[str]:
    """What has become of every watch, in numbers; then which overseer that is, and the notices."""
    daemon = status["daemon"]
    left_out = status.get("left_out", ())  # an older daemon says nothing of them
    numbers = totals(status["watches"]) + (f", {len(left_out)} left out" if left_out else "")
    said = f"{numbers}; overseer pid {daemon['pid']} on {daemon['host']}"
    return [line for text in (said, *status["notices"]) for line in folded(text, width)]


def totals(watches: Sequence[Watch]) -> str:
    """`13 up of 13 wanted, 3 stopped, 1 incident open`: each watch is in one of these numbers."""
    counts: dict[str, int] = {}
    fine = wanted = 0
    for watch in watches:
        phase, meant = str(watch["phase"]), watch["goal"] == "up"
        once = watch.get("kind") == "once"
        kept_up = meant and not once and phase not in BY_ITSELF
        wanted += kept_up
        if kept_up and phase in FINE and not watch.get("suspended"):
            fine += 1
        else:
            what = word(watch) if watch.get("kind") != "task" else phase
            counts[what] = counts.get(what, 0) + 1
    parts = [f"{fine} up of {wanted} wanted"]
    parts += [f"{count} {what}" for what, count in sorted(counts.items())]
    if count := sum(len(watch.get("incidents", ())) for watch in watches):
        parts.append(f"{show_count(count, 'incident')} open")
    return ", ".join(parts)


def folded(text: str, width: int | None, hang: str = "  ") -> list[str]:
    """Within the terminal; *hang* stands before all but the first line."""
    if width is None or len(text) <= width or "\x1b" in text:
        return [text]
    hang = hang if len(hang) < width // 2 else "  "
    return textwrap.wrap(
        text, width, subsequent_indent=hang, break_on_hyphens=False, drop_whitespace=True
    )


def shortened(lines: Sequence[str], height: int) -> list[str]:
    """What is too long for the screen loses rows of its table, and keeps the numbers below it."""
    if len(lines) <= height or "" not in lines:
        return list(lines)
    below = lines[len(lines) - 1 - list(reversed(lines)).index("") :]
    room = height - len(below) - 1
    if room < 1:
        return list(below[:height])
    return [*lines[:room], f"… {len(lines) - len(below) - room} more lines", *below]
