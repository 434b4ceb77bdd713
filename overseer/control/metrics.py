"""Numbers for Prometheus, in its text format: made of the daemon's answer to `status`."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from overseer.control.protocol import Answer

PHASES = (
    "starting",
    "up",
    "reloading",
    "restarting",
    "stopping",
    "stopped",
    "backoff",
    "held",
    "gave_up",
    "completed",
    "unmonitored",
    "waiting",
    "scheduled",
    "running",
    "failed",
    "unknown",
    "stop_failed",
)
OF_ITSELF = (
    ("longest_turn_s", "loop_longest_turn_seconds", "The longest turn of the last minute or two."),
    ("turn_s", "loop_turn_seconds", "Age of the turn under way; 0 while the loop sleeps."),
    ("stuck", "loop_stuck", "1 while the loop does not turn."),
    ("stuck_times", "loop_stuck_times", "Turns of more than ten seconds since the start."),
    ("checks_late_s", "checks_late_seconds", "How late the check is that is due longest."),
    ("memory_bytes", "resident_memory_bytes", "Memory of the daemon."),
    ("descriptors", "open_descriptors", "Descriptors that the daemon has open."),
    ("descriptors_most", "max_descriptors", "Descriptors that it may have open."),
    ("threads", "threads", "Threads of the daemon."),
)
"""Keys of `self`, and what they are called for Prometheus."""
FINE = ("up", "reloading", "completed", "scheduled", "running")
Sample = tuple[dict[str, str], float | None]


def text(status: Answer) -> str:
    """The page; *status* is best asked for with `tree`, so that whole families are counted."""
    return "\n".join([*daemon(status), *watches(status["watches"])]) + "\n"


def daemon(status: Answer) -> Iterator[str]:
    about, alerts = status["daemon"], status["alerts"]
    names = {"version": about["version"], "host": about["host"]}
    yield from one("info", "Which overseer this is.", 1, names)
    since = datetime.fromisoformat(about["since"]).timestamp()
    yield from one("start_time_seconds", "When the daemon was started, since the epoch.", since)
    yield from metric(
        "watches",
        "gauge",
        "Watches by phase.",
        [({"phase": phase}, counted(status["watches"], phase)) for phase in PHASES],
    )
    yield from one("alerts_undelivered", "Alerts that wait to be delivered.", alerts["waiting"])
    yield from one("alerts_lost", "Alerts of the last day that were given up.", alerts["lost"])
    left = len(status["left_over"])
    yield from one(
        "left_over_processes",
        "Processes left behind by launches, or by watches that are gone.",
        left,
    )
    kept = "1 while the disk takes what is to be kept."
    yield from one("state_written", kept, float(not status["trouble"]))
    yield from itself(status.get("self") or {})


def itself(facts: Answer) -> Iterator[str]:
    """What the daemon measures of itself."""
    for key, name, what in OF_ITSELF:
        if facts.get(key) is not None:
            yield from one(name, what, float(facts[key]))
    if facts:
        named = [({"queue": name}, float(number)) for name, number in facts["queues"].items()]
        yield from metric("queue_depth", "gauge", "What waits inside the daemon.", named)


def watches(every: list[Answer]) -> Iterator[str]:
    def by_watch(name: str, kind: str, what: str, numbers: Iterable[float | None]) -> Iterator[str]:
        named = ({"watch": watch["name"]} for watch in every)
        return metric(f"watch_{name}", kind, what, zip(named, numbers, strict=True))

    yield from by_watch(
        "up",
        "gauge",
        "1 while all is well: up, ended as expected, or scheduled.",
        map(is_fine, every),
    )
    wanted = (float(watch["goal"] == "up") for watch in every)
    yield from by_watch("wanted", "gauge", "1 while it is wanted up.", wanted)
    yield from by_watch(
        "restarts_total",
        "counter",
        "Launches of overseer's own that followed an end.",
        (watch["restarts"] for watch in every),
    )
    up = (watch["uptime_s"] for watch in every)
    yield from by_watch("uptime_seconds", "gauge", "Age of its process.", up)
    memory = (watch["memory_bytes"] for watch in every)
    yield from by_watch("memory_bytes", "gauge", "Memory of its processes.", memory)
    shares = (watch["cpu_percent"] for watch in every)
    yield from by_watch(
        "cpu_ratio",
        "gauge",
        "CPU of its processes since the look before; 1 is one core.",
        (None if share is None else share / 100 for share in shares),
    )
    count = (watch.get("processes") for watch in every)
    yield from by_watch("processes", "gauge", "Processes of its tree.", count)


def is_fine(watch: Answer) -> float:
    return float(watch["phase"] in FINE)


def counted(every: list[Answer], phase: str) -> float:
    return float(sum(watch["phase"] == phase for watch in every))


def one(name: str, what: str, value: float, labels: dict[str, str] | None = None) -> Iterator[str]:
    return metric(name, "gauge", what, [(labels or {}, value)])


def metric(name: str, kind: str, what: str, samples: Iterable[Sample]) -> Iterator[str]:
    """A family with its lines of help; what is not known has no line."""
    yield f"# HELP overseer_{name} {what}"
    yield f"# TYPE overseer_{name} {kind}"
    for labels, value in samples:
        if value is not None:
            yield f"overseer_{name}{braced(labels)} {float(value):.10g}"


def braced(labels: dict[str, str]) -> str:
    said = ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items())
    return f"{{{said}}}" if said else ""


def escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
