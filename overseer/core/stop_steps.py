"""How far a stop has come: the signal of its step, the time that has, and how it is named."""

from overseer.core.errands import KILL, TERM
from overseer.core.turn import Turn
from overseer.model.event import Swept
from overseer.model.status import Errand, Job

LAST_PATIENCE = 5.0
"""Seconds after SIGKILL before what is seen to live counts as stuck."""
CRASH_PATIENCE = 5.0
"""Seconds between TERM and KILL for what a crashed process left behind."""
AFTER_CRASH = -1
"""The stop_step of what a crash has left behind."""


def has_insisted(turn: Turn) -> bool:
    return turn.status.stop_step > len(turn.program.stop_signals)


def current(turn: Turn) -> int:
    """The signal of the step that it is at."""
    steps, step = turn.program.stop_signals, turn.status.stop_step
    if has_insisted(turn):
        return KILL
    return TERM if step == AFTER_CRASH or not steps else steps[max(step, 1) - 1].signal


def patience(turn: Turn) -> float:
    """Seconds that the signal of this step has to help."""
    if has_insisted(turn):
        return LAST_PATIENCE
    step = turn.status.stop_step
    return CRASH_PATIENCE if step == AFTER_CRASH else turn.program.stop_signals[step - 1].seconds


def may_wait(turn: Turn) -> bool:
    """The last signal before SIGKILL has been sent, or its stop command runs."""
    status = turn.status
    waits = status.stop_step == len(turn.program.stop_signals) or status.errand is not None
    return status.process is not None and waits


def first_signal(turn: Turn) -> int:
    steps = turn.program.stop_signals
    return steps[0].signal if steps else KILL


def named(turn: Turn, errand: Errand) -> str:
    if errand.job is Job.AFTER_STOP:
        return "after_stop"
    return "stop command" if turn.program.stop is not None else "before_stop"


def listed(event: Swept) -> str:
    """`pid 12 (sleep 1000), pid 14 (cat) and 2 more`"""
    named = ", ".join(event.who) or f"pid {event.process.pid}"
    more = event.left - len(event.who)
    return f"{named} and {more} more" if event.who and more > 0 else named
