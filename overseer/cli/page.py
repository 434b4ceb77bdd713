"""One watch in full: what is so, why, what follows, and what it was made of."""

from collections.abc import Iterable
from typing import Any

from overseer.cli.lines import harmless, moment
from overseer.cli.show import COLOURS, PLAIN, SUSPENDED, Watch, known
from overseer.model.process import signal_name
from overseer.units import show_bytes, show_percent, show_seconds

NAMES = 10
"""Columns for the names of facts."""
PROCESS = frozenset({"pid", "up", "cpu", "memory", "restarts"})
"""Facts that a task does not have."""


def page(watch: Watch, coloured: bool = False) -> list[str]:
    """`overseer status NAME`."""
    full = watch["full"]
    lines = [watch["name"]]
    lines += [f"  {name:<{NAMES}} {value}" for name, value in facts(watch, full, coloured)]
    lines += section("states", map(run_in, full.get("states", ())))
    lines += section("checks", (sampled(one) for one in watch["samples"]))
    lines += section("history", (history_line(entry) for entry in full["history"]))
    lines += evidence(full.get("evidence"))
    return lines + section("output", map(harmless, full.get("output", ())))


def evidence(kept: dict[str, Any] | None) -> list[str]:
    """What its log said when it last ended, or when something else went wrong."""
    if kept is None or not (kept["lines"] or kept["note"]):
        return []
    title = f"its log at {moment(kept['lines_at'] or kept['at'])} ({harmless(kept['message'])})"
    return section(title, map(harmless, kept["lines"] or [kept["note"]]))


def left_over(one: dict[str, Any]) -> str:
    """`pid 12 (nginx)`"""
    return (
        f"pid {one['pid']} ({harmless(one['command'])})" if one["command"] else f"pid {one['pid']}"
    )


def facts(watch: Watch, full: dict[str, Any], coloured: bool) -> list[tuple[str, str]]:
    said = [
        ("state", state(watch, coloured)),
        ("why", watch["note"] or why_without_note(watch)),
        (
            "incident",
            "; ".join(f"{one['id']}: {one['headline']}" for one in watch.get("incidents", ())),
        ),
        ("trouble", full["trouble"]),
        ("next", following(watch["next"])),
        ("left over", ", ".join(left_over(one) for one in full.get("left_over", ()))),
        ("goal", goal(watch, full)),
        ("tags", " ".join(f"@{tag}" for tag in watch["tags"])),
        ("pid", known(watch["pid"], str)),
        ("up", known(watch["uptime_s"], show_seconds)),
        ("says", full["says"]),
        ("cpu", known(watch["cpu_percent"], show_percent)),
        ("memory", known(watch["memory_bytes"], show_bytes)),
        ("restarts", str(watch["restarts"])),
        ("last exit", last_exit(watch["last_exit"])),
        ("command", full["command"]),
        ("user", user(full)),
        ("file", full["origin"]),
        ("pid file", full["pid_file"] or ""),
        ("log", full["log"] or "-"),
        ("error log", full["err_log"] or ""),
    ]
    mute = PROCESS if watch.get("kind") in ("task", "scheduled") else ()
    return [(name, value) for name, value in said if value and name not in mute]


def why_without_note(watch: Watch) -> str:
    """Of what is up the reason is what led to its launch, and about the process before."""
    from overseer.core.phase import is_about_another

    reason = str(watch["reason"] or "-")
    living = watch["phase"] in ("up", "reloading") and watch["pid"] is not None
    return f"after this: {reason}" if living and is_about_another(reason) else reason


def run_in(one: dict[str, Any]) -> str:
    """A state of a task, and what is run there."""
    return f"{one['state']}: {one['command'] or '-'}"


def state(watch: Watch, coloured: bool) -> str:
    word = watch["phase"]
    tinted = f"{COLOURS[word]}{word}{PLAIN}" if coloured and word in COLOURS else word
    if watch.get("suspended"):
        tinted = f"{tinted}, {SUSPENDED}"
    since = f" since {moment(watch['since'])}" if watch["since"] else ""
    return f"{tinted} (in the graph: {watch['state']}{since})"


def goal(watch: Watch, full: dict[str, Any]) -> str:
    """What is wanted, who said so, in which words, and when."""
    by = f", set by {full['set_by']}" if full["set_by"] else ""
    words = full["set_words"]
    asked = f" as {words!r}" if words and words != watch["name"] else ""
    when = f", {moment(full['set_at'])}" if full["set_at"] else ""
    return f"{watch['goal']}{by}{asked}{when}"


def following(next: dict[str, Any] | None) -> str:
    if next is None:
        return "-"
    return f"{next['what']} {moment(next['at'])} (in {show_seconds(next['in_s'])})"


def user(full: dict[str, Any]) -> str:
    who = full["user"] or "as overseer"
    return f"{who}, group {full['group']}" if full["group"] else who


def section(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"    {text}" for text in lines]
    return [f"  {title}", *found] if found else []


def sampled(one: dict[str, Any]) -> str:
    if one.get("doubt"):
        return f"{one['condition']}: no answer: {one['doubt']}  (limit {one['limit']})"
    values = ", ".join(one["values"]) or "no sample yet"
    notice = f"; {one['notice']}" if one.get("notice") else ""
    met = ", met" if one["met"] else ""
    return f"{one['condition']}: {values}{notice}  (limit {one['limit']}{met})"


def last_exit(exit: dict[str, Any] | None) -> str:
    if exit is None:
        return "-"
    ran = exit.get("ran_for_s")
    asked = ", as asked" if exit.get("asked") else ""
    return f"{ended(exit)}{asked}, {moment(exit['at'])}" + (
        f", after {show_seconds(ran)}" if ran is not None else ""
    )


def ended(exit: dict[str, Any]) -> str:
    if "signal" in exit:
        oom = " (out of memory, it seems)" if exit.get("oom") else ""
        return f"{signal_name(exit['signal'])}{oom}"
    return f"exit code {exit['code']}" if "code" in exit else "exit code unknown"


def history_line(entry: dict[str, Any]) -> str:
    by = f" [{entry['by']}]" if entry["by"] else ""
    return f"{moment(entry['at'])}  {entry['kind']}: {entry['message']}{by}"
