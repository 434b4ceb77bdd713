"""The table of watches: from the daemon's objects to lines that fit."""

from collections.abc import Sequence
from typing import Any

from overseer.units import show_bytes, show_percent, show_seconds

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
FINE = ("up", "reloading", "completed", "scheduled", "running")
LEAST_NOTE = 20
Watch = dict[str, Any]


def table(status: dict[str, Any], width: int | None, coloured: bool) -> list[str]:
    """`overseer status`; with *width* no line is longer."""
    watches = status["watches"]
    rows = [cells(watch) for watch in watches]
    columns = [
        max([len(head), *(len(row[place]) for row in rows)])
        for place, head in enumerate(HEADS[:-1])
    ]
    room = None if width is None else max(LEAST_NOTE, width - sum(columns) - 2 * len(columns))
    lines = [line(HEADS, columns, room)]
    for watch, row in zip(watches, rows, strict=True):
        text = line(row, columns, room)
        lines.append(tint(text, watch, columns, coloured))
    return [*lines, "", *summary(status)]


def line(row: Sequence[str], columns: Sequence[int], room: int | None) -> str:
    cut = row[-1] if room is None or len(row[-1]) <= room else row[-1][: room - 1] + "…"
    padded = [f"{cell:<{width}}" for cell, width in zip(row[:-1], columns, strict=True)]
    return "  ".join([*padded, cut]).rstrip()


def tint(text: str, watch: Watch, columns: Sequence[int], coloured: bool) -> str:
    """Colour the word of the state alone."""
    if not coloured or watch["phase"] not in COLOURS:
        return text
    begin, end = columns[0] + 2, columns[0] + 2 + len(word(watch))
    return f"{text[:begin]}{COLOURS[watch['phase']]}{text[begin:end]}{PLAIN}{text[end:]}"


def word(watch: Watch) -> str:
    """The phase; of a task that is monitored its own state, with the phase where that is not up."""
    phase, state = str(watch["phase"]), str(watch["state"])
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


def summary(status: dict[str, Any]) -> list[str]:
    """How many of those wanted are up, what is not, how long overseer runs; then the notices."""
    watches = status["watches"]
    wanted = [watch for watch in watches if watch["goal"] == "up"]
    fine = sum(watch["phase"] in FINE for watch in wanted)
    others: dict[str, int] = {}
    for watch in wanted:
        if watch["phase"] not in FINE:
            others[watch["phase"]] = others.get(watch["phase"], 0) + 1
    rest = "".join(f" · {count} {phase}" for phase, count in sorted(others.items()))
    daemon = status["daemon"]
    said = (
        f"{fine} up of {len(wanted)} wanted{rest}; overseer pid {daemon['pid']} on {daemon['host']}"
    )
    return [said, *status["notices"]]
