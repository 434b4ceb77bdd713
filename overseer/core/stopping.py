"""Ending a process, and what it leaves behind: politely, then not, and never for ever."""

from overseer.core import errands, leftovers
from overseer.core.turn import Turn
from overseer.model.action import Hook, Signal, Sweep
from overseer.model.event import Swept
from overseer.model.news import Kind
from overseer.model.process import Exit, Process, signal_name
from overseer.model.state import STOP, Goal, Life
from overseer.model.status import Job, Then
from overseer.units import show_seconds

SWEEP_AGAIN = 0.2
"""Seconds between looks at what is left of a tree."""
LAST_PATIENCE = 5.0
"""Seconds after SIGKILL before a process counts as stuck."""
CRASH_PATIENCE = 5.0
"""Seconds between TERM and KILL for what a crashed process left behind."""


def begin(turn: Turn) -> None:
    """The stop command if there is one, else the first signal."""
    errands.drop_reload(turn)
    deadline = turn.now + turn.program.stop_timeout
    turn.becomes(Life.STOPPING, deadline)
    turn.set(stop_deadline=deadline, stop_step=0, steady_due=None, up_at=None)
    errands.wait_for(turn, Then.NOTHING)
    if turn.program.stop is not None or "before_stop" in turn.program.hooks:
        return errands.send(turn, Job.STOP)
    turn.set(errand=None)
    return next_signal(turn)


def next_signal(turn: Turn) -> None:
    """The next step of the sequence; SIGKILL after the last."""
    status, steps = turn.status, turn.program.stop_signals
    if status.process is None:
        return
    deadline = status.stop_deadline or turn.now
    if status.stop_step >= len(steps) or turn.now >= deadline:
        return insist(turn)
    step = steps[status.stop_step]
    turn.do(Signal(status.process, step.signal))
    due = min(turn.now + step.seconds, deadline)
    turn.set(stop_step=status.stop_step + 1, due=due)


def insist(turn: Turn) -> None:
    """SIGKILL, for the whole tree where that is what `kill:` says."""
    status = turn.status
    turn.set(stop_step=len(turn.program.stop_signals) + 1, due=turn.now + LAST_PATIENCE)
    if status.process:
        turn.do(Signal(status.process, errands.KILL, tree=turn.program.kill == "tree"))
    elif status.remains:
        turn.do(Sweep(status.remains, errands.KILL, leftovers.since(turn, status.remains)))
    if status.errand and status.errand.process:
        turn.do(Signal(status.errand.process, errands.KILL, tree=True))


def has_insisted(turn: Turn) -> bool:
    return turn.status.stop_step > len(turn.program.stop_signals)


def may_wait(turn: Turn) -> bool:
    """The last signal before SIGKILL has been sent, or its stop command runs."""
    status = turn.status
    waits = status.stop_step == len(turn.program.stop_signals) or status.errand is not None
    return status.process is not None and waits


def rang(turn: Turn) -> None:
    """Patience is over, or it is time to look at the leftovers again."""
    status = turn.status
    if status.process is None and status.remains and not is_late(turn):
        turn.set(due=turn.now + SWEEP_AGAIN)
        since = leftovers.since(turn, status.remains)
        return turn.do(Sweep(status.remains, None, since))
    if has_insisted(turn):
        return stuck(turn)
    if status.process is None or status.errand:
        return insist(turn)
    return next_signal(turn)


def is_late(turn: Turn) -> bool:
    """True when what is left has had its time. Without a deadline it is only waited for."""
    deadline = turn.status.stop_deadline
    if deadline is None:
        return False
    return turn.now >= deadline + (LAST_PATIENCE if has_insisted(turn) else 0.0)


def stuck(turn: Turn) -> None:
    status = turn.status
    what = status.process or status.remains or (status.errand and status.errand.process)
    pid = what.pid if what else "?"
    message = f"pid {pid} survived SIGKILL"
    turn.becomes(Life.STUCK, turn.now + errands.LOOK_AGAIN)
    turn.set(trouble=message, asked=False)
    turn.tell(Kind.STOP_FAILED, message, next="nothing is launched while it lives")


def see(turn: Turn) -> None:
    """Does what is stuck, or cannot be told, still live?"""
    remains = turn.status.remains
    if turn.status.life is Life.STUCK and remains and turn.status.process is None:
        turn.do(Sweep(remains, errands.KILL, leftovers.since(turn, remains)))
    else:
        errands.ask_look(turn)


def main_ended(turn: Turn, process: Process, left: bool) -> None:
    """The process itself has gone; its tree may not have."""
    turn.set(process=None)
    turn.becomes(Life.STOPPING, turn.status.due)
    if turn.program.kill == "tree":
        turn.set(remains=process)
        polite = None if has_insisted(turn) else last_signal(turn)
        turn.do(Sweep(process, polite or errands.KILL))
        turn.set(due=turn.now + SWEEP_AGAIN)
        return
    over_if_done(turn)


def last_signal(turn: Turn) -> int:
    steps = turn.program.stop_signals
    return steps[min(turn.status.stop_step, len(steps)) - 1].signal if steps else errands.TERM


def swept(turn: Turn, event: Swept) -> None:
    if event.process == turn.status.remains and not event.left:
        turn.set(remains=None)
        over_if_done(turn)


def over_if_done(turn: Turn) -> None:
    """Neither the process nor its stop command live: that is the end of it."""
    status = turn.status
    if status.process or (status.errand and status.errand.job is Job.STOP):
        return
    if status.remains is None:
        over(turn)


def hook(turn: Turn, name: str) -> None:
    """Aside: nothing waits for it."""
    if name in turn.program.hooks:
        turn.do(Hook(name, turn.program, turn.status.process, turn.status.reason))


def over(turn: Turn) -> None:
    bare = turn.status.sweeping  # its process had ended before
    if not bare:
        hook(turn, "after_stop")
    turn.set(remains=None, process=None, errand=None, stop_deadline=None, stop_step=0, trouble="")
    turn.set(sweeping=False)
    turn.becomes(Life.DOWN, None)
    turn.stopped = not bare
    stopped(turn)


def stopped(turn: Turn) -> None:
    """Say so where that is the end of it, and no new process follows."""
    status = turn.status
    stays = status.goal is not Goal.UP or status.state == STOP
    if stays and status.then in (Then.NOTHING, Then.END):
        turn.tell(Kind.STOPPED, "stopped")


def clear_up(turn: Turn, process: Process) -> None:
    """After a crash: what it has left behind is in the way of the next launch."""
    ends = turn.program.leftovers == "end"
    turn.set(process=None, remains=process, stop_step=1)
    turn.set(stop_deadline=turn.now + CRASH_PATIENCE if ends else None)
    turn.becomes(Life.STOPPING, turn.now + SWEEP_AGAIN)
    turn.do(Sweep(process, errands.TERM if ends else None, leftovers.since(turn, process)))


def ended(turn: Turn, process: Process, exit: Exit) -> float:
    """Write down an end; how many seconds it ran."""
    ran = turn.now - process.began
    turn.set(buried=process, last_exit=exit, last_exit_at=turn.now, last_ran_for=ran)
    return ran


def describe(turn: Turn) -> str:
    """What is being done to it at this moment."""
    status = turn.status
    if status.errand:
        return "its stop command is running"
    if has_insisted(turn):
        return "SIGKILL sent"
    sent = signal_name(last_signal(turn)) if status.stop_step else "a signal"
    left = (status.stop_deadline or turn.now) - turn.now
    return f"{sent} sent, SIGKILL in {show_seconds(max(left, 0))}"
