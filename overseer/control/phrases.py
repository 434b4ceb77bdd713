"""What is to be said of a watch in each phase."""

from collections.abc import Callable
from typing import Any

from overseer.control.protocol import Answer
from overseer.core.phase import is_about_another
from overseer.units import show_seconds

Sentences = list[str]


def up(watch: Answer) -> Sentences:
    text = f"{watch['name']} {for_how_long(watch)}{with_pid(watch)}{launched_after(watch)}."
    if watch.get("suspended"):
        return [
            text,
            f"But a signal has stopped its process: it does nothing{until_continued(watch)}.",
        ]
    return [text, too_often(watch)] if watch["held"] else [text]


def too_often(watch: Answer) -> str:
    """Of checks whose restarts are held: for a while, or until somebody takes a hand."""
    if is_retried(watch):
        return "Its checks have restarted it too often: until they may again it is left running."
    check = watch["full"].get("held_by")
    or_so = f", or until {check} is not met" if check else ""
    return (
        "Its checks have restarted it too often, and are given up: it is left running, and they"
        f" restart it no more until it is started by hand{or_so}."
    )


def is_retried(watch: Answer) -> bool:
    """What is held is tried again by itself."""
    coming = watch["next"]
    return coming is not None and coming["what"] in RETRIES


RETRIES = ("tried again", "checks may restart it again")


def starting(watch: Answer) -> Sentences:
    name = watch["name"]
    if watch["pid"] is None:
        return [f"{name} is being started{brought_by(watch)}; it has no process yet."]
    return [
        f"{name} is starting{with_pid(watch)}{launched_after(watch)}:"
        " it runs, but is not yet known to stay up."
    ]


def reloading(watch: Answer) -> Sentences:
    return [f"{watch['name']} is up{with_pid(watch)} and is reading its configuration again."]


def restarting(watch: Answer) -> Sentences:
    name, pid = watch["name"], watch["pid"]
    if pid is None or watch.get("ending", True):
        ends = f"; the old process (pid {pid}) has to end first" if pid else ""
        return [f"{name} is being restarted{brought_by(watch)}{ends}."]
    return [
        f"{name} has been restarted, pid {pid}{launched_after(watch)}:"
        " it runs, but is not yet known to stay up."
    ]


def stopping(watch: Answer) -> Sentences:
    return [
        f"{watch['name']} is being stopped{with_pid(watch)}{brought_by(watch)}:"
        " it has been told to end, and has not yet."
    ]


def stopped(watch: Answer) -> Sentences:
    if watch["goal"] == "down":
        return [f"{watch['name']} is down because it is wanted down."]
    return [f"{watch['name']} is down although it is wanted up{brought_by(watch)}."]


def backoff(watch: Answer) -> Sentences:
    if (watch["last_exit"] or {}).get("asked"):  # by a check
        return [f"{watch['name']} is to be launched again, after a pause: {reason(watch)}."]
    return [
        f"{watch['name']} does not stay up: {reason(watch)}.",
        "The pause before each new try grows while that goes on.",
    ]


def held(watch: Answer) -> Sentences:
    text = f"{watch['name']} is held back because it flaps: {reason(watch)}."
    return [text] if is_retried(watch) else [text, "It does nothing more by itself."]


def gave_up(watch: Answer) -> Sentences:
    return [
        f"overseer has given up on {watch['name']}: {reason(watch)}.",
        "It does nothing more by itself.",
    ]


def exited(watch: Answer) -> Sentences:
    how = in_brackets(watch["reason"])
    return [f"{watch['name']} has completed{how}, and is not started again by itself."]


def unmonitored(watch: Answer) -> Sentences:
    text = f"{watch['name']} is not monitored{brought_by(watch)}"
    if watch["pid"] is None:
        return [f"{text}: it has no process that overseer knows of, and is not started."]
    return [f"{text}: its process (pid {watch['pid']}) is left alone."]


def waiting(watch: Answer) -> Sentences:
    lacking = [one for one in watch["depends_on"] if not one["met"]]
    for_whom = ", ".join(
        f"{one['on']} to be {one['need']}{in_brackets(one['why'])}" for one in lacking
    )
    return [f"{watch['name']} waits for {for_whom or 'what it depends on'}; then it is launched."]


def unknown(watch: Answer) -> Sentences:
    return [
        f"Whether {watch['name']} runs cannot be told: {reason(watch)}.",
        "So it is neither signalled nor started a second time.",
    ]


def stop_failed(watch: Answer) -> Sentences:
    return [
        f"{watch['name']} could not be stopped: {reason(watch)}.",
        "What outlives SIGKILL hangs in the kernel, most often on a disk or a network file system"
        " that does not answer; nothing is launched while it lives.",
    ]


def scheduled(watch: Answer) -> Sentences:
    return [f"{watch['name']} is run by a schedule; nothing of it runs now{brought_by(watch)}."]


def running(watch: Answer) -> Sentences:
    return [f"{watch['name']} is run by a schedule; a run of it goes on{brought_by(watch)}."]


def failed(watch: Answer) -> Sentences:
    if watch["kind"] == "scheduled":
        return [f"The last run of {watch['name']} was not well: {reason(watch)}."]
    return [
        f"{watch['name']} has failed: {reason(watch)}. It runs once, and is not started again by"
        " itself; what depends on it waits until it has completed."
    ]


def other(watch: Answer) -> Sentences:
    """A phase of a newer daemon."""
    return [f"{watch['name']} is {watch['phase']}: {reason(watch)}."]


def of_task(watch: Answer) -> Sentences:
    """A task is in a state of its own, whatever its phase, or in none."""
    name, state = watch["name"], watch["state"]
    if watch["phase"] == "up":
        return [f"{name} is a task; it is in the state {state}{brought_by(watch)}."]
    if watch["phase"] == "unknown":
        return [
            f"{name} is a task; it is in the state {state}, but what that stands for may not be so:"
            f" {reason(watch)}.",
            "Its conditions are asked all the same.",
        ]
    if watch["phase"] in ("stopped", "unmonitored"):
        return [f"{name} is a task that is not monitored{brought_by(watch)}: it does nothing."]
    return PHRASES.get(watch["phase"], other)(watch)


PHRASES: dict[str, Callable[[Answer], Sentences]] = {
    "starting": starting,
    "up": up,
    "reloading": reloading,
    "restarting": restarting,
    "stopping": stopping,
    "stopped": stopped,
    "backoff": backoff,
    "held": held,
    "gave_up": gave_up,
    "completed": exited,
    "unmonitored": unmonitored,
    "waiting": waiting,
    "scheduled": scheduled,
    "running": running,
    "failed": failed,
    "unknown": unknown,
    "stop_failed": stop_failed,
}


def in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def reason(watch: Answer) -> str:
    return str(watch["full"]["trouble"] or watch["reason"] or "no reason is known")


def brought_by(watch: Answer) -> str:
    return f" ({watch['reason']})" if watch["reason"] else ""


def launched_after(watch: Answer) -> str:
    """Who asked for this process, or what led to it, which was about the process before."""
    if watch["pid"] is not None and is_about_another(watch["reason"]):
        return f", after this: {watch['reason']}"
    return brought_by(watch)


def until_continued(watch: Answer) -> str:
    return f" until `kill -CONT {watch['pid']}`" if watch["pid"] is not None else ""


def with_pid(watch: Answer) -> str:
    return f", pid {watch['pid']}" if watch["pid"] is not None else ""


def for_how_long(watch: Answer) -> str:
    spent: Any = watch["uptime_s"]
    return "is up" if spent is None else f"has been up for {show_seconds(spent)}"
