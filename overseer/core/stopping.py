"""Ending a process, and what it leaves behind: politely, then not, and never for ever.

The stop command has its time, then the process has as long to end by itself, then each signal has
its own; SIGKILL comes last, and after each of them somebody looks. Each time runs from when its
command was launched, its signal sent: `acting` says that this has been asked for and not heard of.
"""

from dataclasses import replace

from overseer.core import errands, leftovers
from overseer.core.errands import LATE
from overseer.core.stop_steps import (
    AFTER_CRASH,
    current,
    has_insisted,
    listed,
    may_wait,
    patience,
)
from overseer.core.turn import Turn
from overseer.model.action import Cancel, Follow, Hook, Signal, Sweep
from overseer.model.event import Signalled, Swept
from overseer.model.news import Kind
from overseer.model.process import Exit, Process, signal_name
from overseer.model.state import STOP, Goal, Life
from overseer.model.status import Job, Stage, Then
from overseer.units import show_seconds

SWEEP_AGAIN = 0.2
"""Seconds between looks at what is left of a tree."""
UP_HOOKS = frozenset({"after_start", "after_restart"})
COMMANDS = (Job.STOP, Job.AFTER_STOP)


def begin(turn: Turn) -> None:
    """The stop command if there is one, else the first signal."""
    errands.drop_reload(turn)
    for name in UP_HOOKS & turn.program.hooks.keys():  # what greets it has no say any more
        turn.do(Cancel(name))
    turn.becomes(Life.STOPPING, turn.now + LATE)
    turn.set(stop_deadline=None, stop_step=0, acting=None, steady_due=None, up_at=None)
    errands.wait_for(turn, Then.NOTHING)
    if turn.program.stop is not None or "before_stop" in turn.program.hooks:
        return errands.send(turn, Job.STOP)
    turn.set(errand=None)
    return next_signal(turn)


def next_signal(turn: Turn) -> None:
    """The next step of the sequence; SIGKILL after the last."""
    step = max(turn.status.stop_step, 0)
    after_crash = turn.status.stop_step == AFTER_CRASH
    if after_crash or step >= len(turn.program.stop_signals):
        step = len(turn.program.stop_signals)
    send(turn, step + 1)


def send(turn: Turn, step: int) -> None:
    """The signal of that step, to the process or else to what is left of it; its time begins when
    it has been sent."""
    turn.set(stop_step=step, stop_deadline=None, acting=turn.now)
    process, number = turn.status.process, current(turn)
    if process:
        whole = has_insisted(turn) and turn.program.kill == "tree"
        turn.do(Signal(process, number, tree=whole))
    elif turn.status.remains:
        sweep(turn, turn.status.remains, number)
    plan(turn)


def again(turn: Turn) -> None:
    """It may never have been sent: an earlier daemon was to, or it has waited for long."""
    if turn.status.stop_step:
        send(turn, turn.status.stop_step)
    elif turn.status.stop_deadline is None:
        next_signal(turn)


def extend(turn: Turn, until: float) -> None:
    """It asks for more time."""
    if not may_wait(turn):
        return
    errand = turn.status.errand
    if errand and errand.until is not None:
        turn.set(errand=replace(errand, until=max(errand.until, until)))
    if turn.status.stop_deadline is not None:
        turn.set(stop_deadline=max(turn.status.stop_deadline, until))
    plan(turn)


def plan(turn: Turn) -> None:
    """When it is looked after again: the first of what it waits for."""
    status, now = turn.status, turn.now
    waits_for = [status.stop_deadline, status.errand.until if status.errand else None]
    if status.acting is None and status.process is None and status.remains:
        waits_for.append(now + SWEEP_AGAIN)
    turn.set(due=min((one for one in waits_for if one is not None), default=now + LATE))


def signalled(turn: Turn, event: Signalled) -> None:
    """A signal has been sent, or could not be: from now on it has its time."""
    status, errand = turn.status, turn.status.errand
    if event.why:
        what = f"{signal_name(event.signal)} not sent to pid {event.process.pid}: {event.why}"
        turn.tell(Kind.WARNING, what)
    if errand and event.process == errand.process:
        return errands.signalled(turn, event)
    ours = event.process == status.process and event.signal == current(turn)
    if status.life is Life.STOPPING and status.acting is not None and ours:
        has_begun(turn, event.signal, f"pid {event.process.pid}", told=not event.why)
    elif event.process == status.buried and not event.why:  # its end was heard of before
        turn.tell(Kind.STOPPING, f"{signal_name(event.signal)} sent to pid {event.process.pid}")
    return None


def has_begun(turn: Turn, signal: int, to: str, *, told: bool) -> None:
    turn.set(acting=None, trouble="", stop_deadline=turn.now + patience(turn))
    if told:
        turn.tell(Kind.STOPPING, f"{signal_name(signal)} sent to {to}")
    plan(turn)


def is_late(turn: Turn) -> None:
    """Nothing is said failed that was not tried: it waits for its turn, and is asked for again."""
    status = turn.status
    waited = show_seconds(turn.now - (status.acting or turn.now))
    turn.set(trouble=f"{signal_name(current(turn))} has waited to be sent for {waited}")
    began = status.acting
    again(turn)
    turn.set(acting=began)


def step_is_over(turn: Turn) -> None:
    """The next signal; after SIGKILL nothing is said before somebody has looked."""
    status = turn.status
    target = status.process or status.remains
    if not has_insisted(turn):
        next_signal(turn)
    elif target:
        look(turn, target)


def sweep(turn: Turn, root: Process, signal: int | None = None) -> None:
    turn.do(Sweep(root, signal, leftovers.since(turn, root)))


def look(turn: Turn, target: Process) -> None:
    turn.set(acting=turn.now)
    sweep(turn, target)


def main_ended(turn: Turn, process: Process, left: bool) -> None:
    """The process itself has gone; its tree may not have."""
    turn.set(process=None)
    turn.becomes(Life.STOPPING, turn.now + LATE)
    if turn.program.kill == "tree":
        turn.set(remains=process, acting=turn.now)
        if turn.status.stop_step < 1:
            turn.set(stop_step=1)
        sweep(turn, process, current(turn))
        return plan(turn)
    return over_if_done(turn)


def swept(turn: Turn, event: Swept) -> None:
    """Somebody has looked: at what is left of a process, or whether SIGKILL has helped."""
    status, errand = turn.status, turn.status.errand
    if errand and event.process == errand.process and errand.stage is Stage.KILLED:
        return stuck(turn, event) if event.left else None
    if event.process not in (status.remains, status.process):
        return None
    if event.process == status.remains and not event.left:
        turn.set(remains=None, acting=None)
        return over_if_done(turn)
    if status.life is Life.STUCK and event.left:
        return still_stuck(turn)
    return seen(turn, event) if status.life is Life.STOPPING else None


def seen(turn: Turn, event: Swept) -> None:
    """It lives on; or the process itself has gone, and its end is still to be heard of."""
    status = turn.status
    turn.set(acting=None)
    if status.process and not event.left:
        turn.do(Follow(status.process))
    late = status.stop_deadline is not None and turn.now >= status.stop_deadline
    if event.signal is not None and status.stop_deadline is None:
        has_begun(turn, event.signal, listed(event), told=event.left > 0)
    elif event.left and has_insisted(turn) and late:
        return stuck(turn, event)
    return plan(turn)


def stuck(turn: Turn, event: Swept) -> None:
    """Seen to live after SIGKILL."""
    message = f"{listed(event)} survived SIGKILL"
    turn.becomes(Life.STUCK, turn.now + errands.LOOK_AGAIN)
    turn.set(trouble=message, asked=False, acting=None)
    turn.tell(Kind.STOP_FAILED, message, next="nothing is launched while it lives")


def still_stuck(turn: Turn) -> None:
    """The operator's stop tries once more; all else waits, and whoever asked for it hears so."""
    turn.set(asked=False, due=turn.now + errands.LOOK_AGAIN)
    if turn.status.then is not Then.END:
        return
    turn.by = turn.status.then_by
    if turn.status.process:
        begin(turn)
    elif turn.status.remains:
        errands.wait_for(turn, Then.NOTHING)
        turn.becomes(Life.STOPPING, turn.now + LATE)
        send(turn, len(turn.program.stop_signals) + 1)


def see(turn: Turn) -> None:
    """Does what is stuck, or cannot be told, still live?"""
    remains = turn.status.remains
    if turn.status.life is Life.STUCK and remains and turn.status.process is None:
        sweep(turn, remains, errands.KILL)
    else:
        errands.ask_look(turn)


def over_if_done(turn: Turn) -> None:
    """Neither the process nor a command of its stop live: that is the end of it."""
    status = turn.status
    if status.process or (status.errand and status.errand.job in COMMANDS):
        return
    if status.remains is None:
        over(turn)


def hook(turn: Turn, name: str) -> None:
    """Aside: nothing waits for it."""
    if name in turn.program.hooks:
        turn.do(Hook(name, turn.program, turn.status.process, turn.status.reason))


def over(turn: Turn, *, hooked: bool = False) -> None:
    """Nothing of it lives. What is to be done after its end is done before anything follows."""
    turn.set(remains=None, process=None, errand=None, stop_deadline=None, acting=None, trouble="")
    bare = turn.status.sweeping  # its process had ended before
    if not bare and not hooked and has_hook(turn):
        return run_hook(turn)
    crashed = turn.status.stop_step == AFTER_CRASH
    turn.set(stop_step=0, sweeping=False)
    turn.becomes(Life.DOWN, None)
    if crashed and hooked:
        return None
    turn.stopped = not bare
    return stopped(turn)


def has_hook(turn: Turn) -> bool:
    return "after_stop" in turn.program.hooks


def run_hook(turn: Turn) -> None:
    """A minute at most, as a command of its own: the next daemon knows of it too."""
    turn.becomes(Life.STOPPING, turn.now + LATE)
    by_itself = turn.status.stop_step == AFTER_CRASH and turn.status.last_exit
    errands.send(turn, Job.AFTER_STOP, str(by_itself) if by_itself else "")


def after_crash(turn: Turn) -> None:
    """It has ended uninvited and left nothing behind."""
    if not has_hook(turn):
        return turn.becomes(Life.DOWN, None)
    turn.set(stop_step=AFTER_CRASH, stop_deadline=None, acting=None)
    return run_hook(turn)


def stopped(turn: Turn) -> None:
    """Say so where that is the end of it, and no new process follows."""
    status = turn.status
    stays = status.goal is not Goal.UP or status.state == STOP
    if status.closing and not turn.stopped:  # it was down before, which has been said
        return
    if stays and status.then in (Then.NOTHING, Then.END):
        turn.tell(Kind.STOPPED, "stopped")


def clear_up(turn: Turn, process: Process) -> None:
    """After a crash: what it has left behind is in the way of the next launch."""
    ends = turn.program.leftovers == "end"
    turn.set(process=None, remains=process, stop_step=AFTER_CRASH, stop_deadline=None)
    turn.becomes(Life.STOPPING, turn.now + LATE)
    turn.set(acting=turn.now)
    sweep(turn, process, errands.TERM if ends else None)


def ended(turn: Turn, process: Process, exit: Exit) -> float:
    """Write down an end; how many seconds it ran."""
    ran = turn.now - process.began
    asked = turn.status.life is Life.STOPPING
    turn.set(buried=process, last_exit=exit, last_exit_at=turn.now, last_ran_for=ran)
    turn.set(last_exit_asked=asked)
    return ran
