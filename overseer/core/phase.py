"""The one word for where a watch is, and what follows next: made of goal, hold, state and life."""

import re
from collections.abc import Sequence

from overseer.model.dependency import Lack
from overseer.model.process import signal_name
from overseer.model.schedule import BAD
from overseer.model.state import RESTART, STOP, UP, Goal, Hold, Life, Phase
from overseer.model.status import Job, Status, Then
from overseer.model.watch import Watch
from overseer.units import show_seconds

MOST_NAMED = 3
"""Watches that are named of those waited for."""


def phase(watch: Watch, status: Status) -> Phase:
    """One of the words of `status`, and no other."""
    if watch.is_task:
        return of_task(status)
    if watch.schedule:
        return of_runs(status)
    by_life = {
        Life.STUCK: Phase.STOP_FAILED,
        Life.UNKNOWN: Phase.UNKNOWN,
        Life.WAITING: Phase.WAITING if is_waiting(status) else Phase.BACKOFF,
        Life.STOPPING: stopping(status),
        Life.LOOKING: Phase.STOPPING if status.then is Then.END else Phase.STARTING,
        Life.LAUNCHING: starting(status),
        Life.GRACE: starting(status),
        Life.ALIVE: alive(status),
        Life.DOWN: down(status),
    }
    return by_life[status.life]


def is_waiting(status: Status) -> bool:
    """True where it is launched when what it depends on is there; a pause has a timer."""
    return status.life is Life.WAITING and status.due is None


def stopping(status: Status) -> Phase:
    again = status.then in (Then.RUN, Then.LAUNCH, Then.RENEW, Then.RENEW_NOW)
    return Phase.RESTARTING if again else Phase.STOPPING


def starting(status: Status) -> Phase:
    if status.then is Then.END:
        return Phase.STOPPING
    if not status.monitored:
        return Phase.UNMONITORED
    command = status.errand is not None and status.errand.job is Job.RESTART
    return Phase.RESTARTING if command or status.state == RESTART else Phase.STARTING


def alive(status: Status) -> Phase:
    if status.goal is Goal.UNMONITORED or not status.monitored:
        return Phase.UNMONITORED
    if is_reloading(status):
        return Phase.RELOADING
    if status.errand and status.errand.job is Job.CHECK:
        return Phase.RESTARTING
    return Phase.UP if status.state == UP else Phase.STARTING


def is_reloading(status: Status) -> bool:
    command = status.errand is not None and status.errand.job is Job.RELOAD
    return command or status.reloading is not None


def down(status: Status) -> Phase:
    if status.goal is Goal.UNMONITORED:
        return Phase.UNMONITORED
    if status.hold is Hold.GAVE_UP:
        return Phase.GAVE_UP
    if status.hold is not Hold.NONE:
        return Phase.HELD
    if status.finished:
        return Phase.COMPLETED
    if status.failed:
        return Phase.FAILED
    if status.goal is Goal.UP and not (status.monitored or status.closing):  # by a row
        return Phase.UNMONITORED
    stopped = status.goal is Goal.DOWN or status.state == STOP or status.closing
    return Phase.STOPPED if stopped else Phase.STARTING


def of_task(status: Status) -> Phase:
    """Up while it is monitored and the command of its state has not failed; where that has, what
    the state stands for may not be so: unknown."""
    if status.life in (Life.STUCK, Life.UNKNOWN):
        return Phase.STOP_FAILED if status.life is Life.STUCK else Phase.UNKNOWN
    if status.monitored and not status.closing:
        return Phase.UNKNOWN if status.trouble else Phase.UP
    return Phase.STOPPING if status.life is Life.LAUNCHING else down(status)


def of_runs(status: Status) -> Phase:
    """Of what has a schedule: whether a run is under way, and else how the last one ended."""
    if status.life in (Life.STUCK, Life.UNKNOWN):
        return Phase.STOP_FAILED if status.life is Life.STUCK else Phase.UNKNOWN
    if status.life is Life.LAUNCHING:
        return Phase.STOPPING if status.run is None or status.run.cut else Phase.RUNNING
    if status.goal is not Goal.UP or status.closing:
        return Phase.UNMONITORED if status.goal is Goal.UNMONITORED else Phase.STOPPED
    if status.queued and status.lacking:
        return Phase.WAITING
    failed = status.last_run and status.last_run.result in BAD
    return Phase.FAILED if failed else Phase.SCHEDULED


NOT_STARTED = "not started: "
"""How the reason of a watch begins that its `before_start` has left as it was."""
START_FAILED = "start failed: "
"""How the reason of a watch begins whose start has come to nothing."""


def upcoming(watch: Watch, status: Status) -> tuple[str, float] | None:
    """What overseer does next by itself, and when (seconds of CLOCK_BOOTTIME)."""
    if status.hold_due is not None:
        what = "checks may restart it again" if status.hold is Hold.CHECKS else "tried again"
        return what, status.hold_due
    if status.due is None:
        return None
    if status.life is Life.GRACE and not status.monitored:
        return None
    if status.life is Life.GRACE and len(status.ready) < len(watch.ready):
        return "given up if not ready", readiness_deadline(watch, status, status.due)
    what = {
        Life.WAITING: "next try",
        Life.GRACE: "counts as up",
        Life.STUCK: "looked at again",
        Life.UNKNOWN: "looked at again",
    }.get(status.life, "")
    if status.life is Life.STOPPING:
        return next_of_stop(watch, status)
    return (what, status.due) if what else None


def readiness_deadline(watch: Watch, status: Status, due: float) -> float:
    """When a start has failed that is not ready by then; until *due* it has to live at least."""
    began = due if status.ready_since is None else status.ready_since + watch.start_timeout
    return max(began, due, status.extended or 0.0)


def next_of_stop(watch: Watch, status: Status) -> tuple[str, float] | None:
    """The step that follows where the one before does not help."""
    errand, steps = status.errand, (status.program or watch.program).stop_signals
    if errand and errand.until is not None:
        what = "after_stop" if errand.job is Job.AFTER_STOP else "stop command"
        return f"its {what} is cut short", errand.until
    if status.stop_deadline is None:
        return None
    if status.stop_step > len(steps):
        return "looked at whether SIGKILL has helped", status.stop_deadline
    if 0 <= status.stop_step < len(steps):
        return signal_name(steps[status.stop_step].signal), status.stop_deadline
    return "SIGKILL", status.stop_deadline


def because(status: Status) -> str:
    """Why it is where it is, in one clause; for a living process what brought it here."""
    if status.trouble:
        return status.trouble
    if status.delay:
        return status.delay
    if is_waiting(status):
        return f"waiting for {listed(status.lacking)}"
    if status.life is Life.GRACE and status.unready and status.monitored:
        return f"not ready: {status.unready}"
    if status.hold is Hold.CHECKS:
        given_up = status.hold_due is None
        return f"{'given up' if given_up else 'flapping'} by its checks, left running"
    return status.reason


FOUND = "found running, without a record"
"""The reason of what an earlier daemon launched and did not record."""
ASKED = re.compile(rf"^(autostart|looked for|{FOUND})$|(?<!killed )\bby \S+$")


def is_about_another(reason: str) -> bool:
    """True where the reason of a watch with a process tells of the one before: how it ended, or
    what a check saw of it. The others say who wanted this one."""
    return bool(reason) and not ASKED.search(reason)


def listed(lacking: Sequence[Lack]) -> str:
    """`db to be ready (stopped by ada), cache to be started, 4 more`"""
    named = [str(lack) for lack in lacking[:MOST_NAMED]]
    rest = len(lacking) - len(named)
    return ", ".join([*named, f"{rest} more"] if rest else named)


def ended_as_asked(watch: Watch, status: Status) -> bool:
    """The last process was told to end, and did what it was told."""
    exit = status.last_exit
    if exit is None or not status.last_exit_asked:
        return False
    signals = {step.signal for step in (status.program or watch.program).stop_signals}
    by_signal = exit.signal in signals or (exit.code or 0) - SHELLS_SIGNAL in signals
    return by_signal or exit.code in watch.success_codes


SHELLS_SIGNAL = 128
"""What a shell adds to the number of the signal that has ended its program (sh(1))."""


def aside(watch: Watch, status: Status) -> str:
    """How the last process ended, if it did, nothing lives now, and it is worth a word."""
    if status.last_exit is None or status.process is not None or ended_as_asked(watch, status):
        return ""
    ran = status.last_ran_for
    return f"{status.last_exit} after {show_seconds(ran)}" if ran is not None else ""
