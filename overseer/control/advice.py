"""What the operator of a watch may type, whatever has become of it."""

from overseer.control.phrases import is_retried
from overseer.control.protocol import Answer

Words = tuple[tuple[str, str], ...]
"""What to type, and what it does."""
TRIES = frozenset({"backoff", "held", "gave_up"})
SETTLES = frozenset({"restart_failed", "launched", "up", "steady"})
ENDINGS = frozenset({"start_failed", "exited"})
HELD_UP = (("restart {}", "restarts it all the same"),)
GIVEN_UP = (*HELD_UP, ("start {}", "lets its checks restart it again"))
RENEW = (("restart {}", "replaces it"),)
TYPE: dict[str, Words] = {
    "starting": (("logs {}", "shows what it prints"), ("stop {}", "ends the attempt")),
    "restarting": (("status {}", "shows how far it is"),),
    "stopping": (("status {}", "shows how far it is"),),
    "stopped": (("start {}", "brings it up"),),
    "backoff": (
        ("logs {}", "shows what it said"),
        ("start {}", "tries at once"),
        ("stop {}", "ends the tries"),
    ),
    "held": (
        ("logs {}", "shows what it said"),
        ("start {}", "tries at once"),
        ("stop {}", "ends the tries"),
    ),
    "gave_up": (("logs {}", "shows what it said"), ("start {}", "tries once more")),
    "completed": (("start {}", "runs it once more"),),
    "unmonitored": (("monitor {}", "has it looked after"),),
    "scheduled": (("trigger {}", "runs it now"),),
    "running": (("logs {} -f", "shows what it prints"), ("stop {}", "ends it")),
    "failed": (("logs {}", "shows what it said"), ("trigger {}", "runs it once more")),
    "unknown": (
        ("status {}", "shows what is known, and what to remove"),
        ("adopt {} PID", "says which one it is"),
    ),
    "stop_failed": (("status {}", "shows the pid"),),
}
"""By phase: what to type, and what it does. Nothing where all is well."""
TYPE_OF_TASK: dict[str, Words] = {
    "held": (("start {}", "monitors it at once"), ("unmonitor {}", "ends the tries")),
    "gave_up": (("start {}", "monitors it once more"),),
    "stopped": (("monitor {}", "has it begin"),),
    "unmonitored": (("monitor {}", "has it begin"),),
    "unknown": (
        ("logs {}", "shows what its command said"),
        ("start {}", "has it begin anew"),
    ),
    "stop_failed": (("status {}", "shows the pid"),),
}
"""The same for a task."""


def advice(watch: Answer) -> str:
    """`Type ...` in one sentence, or that nothing needs to be done."""
    if watch["full"].get("observed"):
        return "Whatever it is, this daemon only observes."
    words = words_for(watch)
    if watch["phase"] in TRIES and never_ran(watch):
        where = watch["full"]["origin"]
        return f"Mend that, or {where} and type `overseer load`; {typed(watch, words[1:])}."
    if watch.get("suspended"):
        go_on = f"`kill -CONT {watch['pid']}` has its process go on"
        return f"Type: {go_on}; {typed(watch, RENEW)}."
    words = (*words, *of_incidents(watch))
    if not words:
        return "Nothing needs to be done."
    return f"Type: {typed(watch, words)}."


def of_held(watch: Answer) -> Words:
    return HELD_UP if is_retried(watch) else GIVEN_UP


def words_for(watch: Answer) -> Words:
    phase = watch["phase"]
    if phase == "held" and not is_retried(watch):
        phase = "gave_up"
    if watch.get("kind") == "task":
        return TYPE_OF_TASK.get(phase, ())
    if phase == "waiting":
        return of_waiting(watch)
    if phase == "failed" and watch.get("kind") in ("once", "watch"):
        return (("logs {}", "shows what it said"), ("start {}", "runs it once more"))
    return TYPE.get(phase, of_held(watch) if watch["held"] else of_checks(watch))


def of_incidents(watch: Answer) -> Words:
    return tuple(
        (f"history --incident {incident['id']}", "shows what happened")
        for incident in watch.get("incidents", ())[:1]
    )


def typed(watch: Answer, words: Words) -> str:
    return "; ".join(f"`overseer {one.format(watch['name'])}` {does}" for one, does in words)


def of_checks(watch: Answer) -> Words:
    """Of what is up: there may be something to look at all the same."""
    if any(one["met"] or one.get("doubt") or one.get("notice") for one in watch["samples"]):
        return (("status {}", "shows its checks"),)
    kinds = (one["kind"] for one in reversed(watch["full"]["history"]))
    last = next((kind for kind in kinds if kind in SETTLES), "")
    return (("logs {}", "shows what the command said"),) if last == "restart_failed" else ()


def never_ran(watch: Answer) -> bool:
    """The last try has come to no process: it has said nothing, and its log does not help."""
    tries = (one for one in reversed(watch["full"]["history"]) if one["kind"] in ENDINGS)
    last = next(tries, None)
    return bool(last and last["kind"] == "start_failed" and last.get("exit") is None)


def of_waiting(watch: Answer) -> Words:
    """About the first that it waits for in vain."""
    lacking = [one for one in watch["depends_on"] if not one["met"] and one["stuck"]]
    if not lacking:
        return ()
    on = lacking[0]["on"]
    if lacking[0]["need"] == "completed":
        runs = "runs it once more" if lacking[0].get("phase") == "failed" else "runs it"
        verb = "trigger" if lacking[0].get("kind") == "scheduled" else "start"
        follows = f"{runs}; when it has completed, {watch['name']} is launched"
        return ((f"logs {on}", "shows what it said"), (f"{verb} {on}", follows))
    keeps = (f"why {on}", "says what keeps it")
    if lacking[0].get("phase") == "waiting":  # started by hand it waits all the same
        return (keeps,)
    return (keeps, (f"start {on}", "brings it up"))
