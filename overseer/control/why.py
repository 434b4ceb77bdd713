"""One paragraph on a watch: what happened, what shows it, who asked, what follows, what to type.

Made of one watch of the daemon's answer to `status`, asked for in full, and of nothing else: so
the command and a dashboard say the same.
"""

from datetime import datetime
from typing import Any

from overseer.control.advice import advice
from overseer.control.phrases import PHRASES, of_task, other
from overseer.control.protocol import Answer
from overseer.model.process import signal_name
from overseer.terminal import quotable
from overseer.units import first_of, show_seconds

WELL = frozenset({"steady", "finished"})  # what went wrong before is over
FAILED = {"exited": "ended uninvited", "start_failed": "failed to start"}
MOST_LEFT = 3
AT_ONCE = 0.1  # seconds
ENDS = frozenset({"exited", "start_failed", "run_failed", "command_failed"})
SAME = 5.0
"""Seconds between the end of a process and its line in the history, at most."""
CAUSED = frozenset({"restarted", "check_met", "restart_failed", "check_cleared"})
FOLLOWS = {
    "next try": "it is tried again",
    "tried again": "it is tried again",
    "looked at again": "it is looked at again",
    "counts as up": "it counts as up",
    "given up if not ready": "its start is given up if it is not ready",
    "next run": "it is run",
    "next restart": "it is restarted",
}
"""What `status` says in two words."""


def why(watch: Answer, today: str = "") -> str:
    """The paragraph. *watch* has `full`; the more history there is in it, the better. Of moments
    of *today*, `2026-11-23`, it has the time alone."""
    tell = of_task if watch.get("kind") == "task" else PHRASES.get(watch["phase"], other)
    said = tell(watch)
    said += trouble(watch, said)
    said += [*last_end(watch), *log_said(watch), *failures(watch), *checks(watch)]
    said += [*left_over(watch), *incidents(watch)]
    if watch.get("silenced"):
        said.append(f"Nobody is told of it: {watch['silenced']}.")
    text = " ".join([*said, *wish(watch), *following(watch), advice(watch)])
    return text.replace(f"{today} ", "") if today else text


def trouble(watch: Answer, said: list[str]) -> list[str]:
    found = watch["full"]["trouble"]
    return [f"Trouble: {found}."] if found and not_yet(found, said) else []


def incidents(watch: Answer) -> list[str]:
    """Alarms that are not over, which is so also of what is up."""
    return [
        f"An incident is open{since(one)}: {one['headline']} ({one['id']})."
        for one in watch.get("incidents", ())
    ]


def since(incident: dict[str, Any]) -> str:
    return f" since {moment(incident['since'])}" if incident["since"] else ""


def left_over(watch: Answer) -> list[str]:
    """What its launches have left behind, and lives on."""
    left = watch["full"].get("left_over", ())
    if not left:
        return []
    named = first_of([f"{process['pid']} ({process['command']})" for process in left], MOST_LEFT)
    return [f"Left behind by its launches, and alive: pid {named}."]


def last_end(watch: Answer) -> list[str]:
    """How the last process ended, where there was one."""
    end = watch["last_exit"]
    if end is None:
        return []
    ran, most = end.get("ran_for_s"), "at most " if end.get("unknown") else ""
    lived = "" if ran is None else f" after it had run for {most}{show_seconds(ran)}"
    lived = " at once" if ran is not None and ran < AT_ONCE else lived
    before = "before this one " if watch["pid"] is not None else ""
    what = "command" if watch.get("kind") == "task" else "process"
    if end.get("asked") and "signal" in end and watch["phase"] == "stopped":
        how = f"ended by {signal_name(end['signal'])}, as asked,"
    else:
        how = ended(end)
    seen = "seen at" if most else "at"
    return [f"The last {what} {before}{how}{lived}, {seen} {moment(end['at'])}."]


def log_said(watch: Answer) -> list[str]:
    """What the log said when that happened which is told of."""
    kept = watch["full"].get("evidence")
    if kept is None or not is_about(kept, watch):
        return []
    if kept["error_line"]:
        return [f"Its log said: {quoted(kept['error_line'])}."]
    if kept["lines"]:
        return [f"The last line of its log was {quoted(kept['lines'][-1])}."]
    return [f"{kept['note'][:1].upper()}{kept['note'][1:]}."] if kept["note"] else []


def is_about(kept: dict[str, Any], watch: Answer) -> bool:
    """The last end, or a start that failed and has not been mended."""
    end = watch["last_exit"]
    if end and end["at"] and kept["kind"] in ENDS:
        between = datetime.fromisoformat(kept["at"]) - datetime.fromisoformat(end["at"])
        return abs(between.total_seconds()) < SAME
    return kept["kind"] in ENDS and watch["phase"] not in ("up", "reloading")


def quoted(line: str) -> str:
    return f'"{quotable(line)}"'


def ended(end: dict[str, Any]) -> str:
    if "signal" in end:
        from overseer.model.process import Exit

        return f"was {Exit(signal=end['signal'], oom=end.get('oom', False))}"
    return f"ended with exit code {end['code']}" if "code" in end else "ended, exit code unknown,"


def failures(watch: Answer) -> list[str]:
    """How often it has failed since it was well, as far as the history goes back."""
    found: dict[str, list[str]] = {}
    for one in reversed(watch["full"]["history"]):
        if one["kind"] in WELL or one["kind"] == "asked":
            break
        if one["kind"] in FAILED:
            found.setdefault(one["kind"], []).append(one["at"])
    return [
        f"It has {FAILED[kind]} {len(moments)} times since {moment(moments[-1])}."
        for kind, moments in found.items()
        if len(moments) > 1
    ]


def checks(watch: Answer) -> list[str]:
    """The samples behind what a check caused, and how the checks stand that are met now."""
    lines = []
    last = next((one for one in reversed(watch["full"]["history"]) if one["kind"] in CAUSED), None)
    if last and last["kind"] != "check_cleared":
        samples = ", ".join(last.get("samples", ()))
        shown = f"; samples {samples}" if samples else ""
        shown += (
            f"; {last['next']}" if last["kind"] == "restart_failed" and last.get("next") else ""
        )
        lines.append(f"At {moment(last['at'])}: {last['message']}{shown}.")
    for one in watch["samples"]:
        if one.get("doubt"):
            lines.append(
                f"Its check {one['condition']} has no answer ({one['doubt']});"
                " nothing is done because of it until it has."
            )
        elif one["met"]:
            values = ", ".join(one["values"])
            lines.append(f"{one['condition']} is met now: {values}, limit {one['limit']}.")
        elif one.get("notice"):
            lines.append(f"Its check {one['condition']}: {one['notice']}.")
    return lines


def wish(watch: Answer) -> list[str]:
    """Who wants it so, in which words, since when."""
    full = watch["full"]
    by, when = full["set_by"], f" since {moment(full['set_at'])}" if full["set_at"] else ""
    alone = watch["goal"] == "unmonitored"
    wanted = "It is left alone" if alone else f"It is wanted {watch['goal']}"
    if when:
        wanted = f"It has been {'left alone' if alone else 'wanted ' + watch['goal']}"
    if not by:
        return [f"{wanted}; nobody has asked for anything else."]
    if by == "autostart":
        return [f"{wanted}{when}, because its file says so (autostart)."]
    words = full["set_words"]
    named = f", who said {words!r}" if words and words != watch["name"] else ""
    return [f"{wanted}{when} by {by}{named}."]


def following(watch: Answer) -> list[str]:
    """What overseer does next by itself, and when."""
    coming = watch["next"]
    if coming is None:
        return []
    what = FOLLOWS.get(coming["what"], coming["what"])
    return [f"Next: {what} at {moment(coming['at'])}, in {show_seconds(coming['in_s'])}."]


def moment(text: str) -> str:
    """`2026-11-23 15:42:07`, as the daemon tells it, in its zone."""
    return "an unknown time" if not text else text[:19].replace("T", " ")


def not_yet(text: str, said: list[str]) -> bool:
    return not any(text in sentence for sentence in said)
