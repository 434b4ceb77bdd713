"""What a launch has left behind: ended before the next one, with a stop, and with the run or the
command that has left it.

While a process is being stopped, stopping.py sweeps up after it. Here is the rest: a command that
waits for what earlier launches have left (clearing), one that waits for what it has left itself
(sweeping), and a watch of which nothing else is there to be stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from overseer.core import errands
from overseer.core.stop_steps import AFTER_CRASH, current
from overseer.core.stop_steps import listed as named
from overseer.core.turn import Turn
from overseer.model.action import Spawn, Sweep
from overseer.model.event import Exited, LeftBehind, Swept
from overseer.model.news import Kind
from overseer.model.process import Exit, Process, signal_name
from overseer.model.state import Life
from overseer.model.status import Errand, Job, Stage, Then
from overseer.units import first_of, show_seconds

AGAIN = 0.2
"""Seconds between looks at what is left."""
ASKED_TO_END, KILLED = 1, 2
"""How far the stop_step of a command that waits has come: TERM, and KILL."""
PATIENCE = 5.0
"""Seconds between TERM and KILL where no stop_timeout counts, and from KILL until it is stuck."""
WAITS = (Stage.CLEARING, Stage.SWEEPING)
MOST_NAMED = 3

Ended = Callable[[Turn, Errand, Exit], None]
"""What follows when a run or a task's command has ended, and what it has left too."""


def refused(turn: Turn, event: LeftBehind) -> None:
    """Nothing is launched beside what earlier launches have left: that ends first."""
    errand = turn.status.errand
    if errand is None or errand.id != event.id or errand.process:
        return
    if errand.stage not in (Stage.ASKED, Stage.CUT):
        return
    message = f"{listed(event.processes)}, left behind by an earlier launch"
    ends = turn.program.leftovers == "end"
    what = "ended before the next" if ends else "waited for (leftovers: wait)"
    if not errand.refused:
        turn.tell(Kind.WARNING, f"{message}: {what}")
    again = errand.refused + 1
    turn.set(errand=replace(errand, stage=Stage.CLEARING, refused=again, delayed=message))
    return sweep(turn, event.processes[0], PATIENCE if ends else None, at_once=not errand.refused)


def after(turn: Turn, errand: Errand, event: Exited, patience: float | None) -> bool:
    """A run or a command of a task has ended; True where what it has left has to end first.
    *patience*: seconds between TERM and KILL, where it was cut short."""
    how = turn.program.leftovers
    if not event.left or (turn.program.ignores_leftovers and patience is None):
        return False
    if patience is None and how == "end":
        patience = PATIENCE
    if event.behind:
        left = f"it has left {listed(event.behind)} behind"
        turn.tell(Kind.WARNING, f"{left}: {'waited for' if patience is None else 'ended with it'}")
    turn.set(errand=replace(errand, exit=event.exit, stage=Stage.SWEEPING))
    sweep(turn, event.process, patience)
    return True


def sweep(turn: Turn, root: Process, patience: float | None, *, at_once: bool = True) -> None:
    """*patience* None: only waited for. Not *at_once*: at the next look, so that a launch which is
    refused again and again keeps nobody busy."""
    deadline = None if patience is None else turn.now + patience
    turn.set(remains=root, stop_deadline=deadline, stop_step=0, acting=None)
    turn.set(due=turn.now + AGAIN)
    if at_once and patience is None:
        look(turn, root)
    elif at_once:
        send(turn, root, ASKED_TO_END)


def send(turn: Turn, root: Process, step: int) -> None:
    """The signal of that step; its time begins when it has been sent."""
    turn.set(stop_step=step, acting=turn.now)
    signal = errands.TERM if step == ASKED_TO_END else errands.KILL
    turn.do(Sweep(root, signal, since(turn, root)))


def look(turn: Turn, root: Process) -> None:
    turn.do(Sweep(root, None, since(turn, root)))


def since(turn: Turn, root: Process) -> int:
    """Where the program carries other people's work only what began with that process counts."""
    return root.ticks if turn.program.kill == "process" else 0


def end(turn: Turn, root: Process | None, patience: float | None = None) -> None:
    """Nothing else of it is there: end what was left behind, and be down then."""
    turn.set(then=Then.NOTHING, process=None, remains=root, errand=None, steady_due=None)
    if root is None:
        return turn.becomes(Life.DOWN, None)
    turn.becomes(Life.STOPPING, turn.now + errands.LATE)
    turn.set(sweeping=True, stop_step=1 if patience is None else AFTER_CRASH, trouble="")
    turn.set(stop_deadline=None, acting=turn.now)
    return turn.do(Sweep(root, current(turn), since(turn, root)))


def end_after_all(turn: Turn) -> None:
    """It is down already. Where somebody wants it so, what its launches have left ends too."""
    status = turn.status
    asked = turn.by or status.closing or (status.then is Then.END and status.then_by)
    end(turn, status.buried if asked and turn.program.kill == "tree" else None)


def end_idle(turn: Turn) -> None:
    """Of what keeps no process up, and runs nothing now: what its earlier runs and commands have
    left ends too."""
    last = turn.status.buried
    if turn.status.life is not Life.DOWN or last is None or turn.program.kill != "tree":
        return
    errand = errands.prepare(turn, Job.CLEAN)
    turn.becomes(Life.LAUNCHING, None)
    turn.set(errand=replace(errand, stage=Stage.SWEEPING))
    sweep(turn, last, turn.program.stop_timeout)


def hasten(turn: Turn) -> None:
    """The errand is not wanted any more: what is only waited for is ended too."""
    status = turn.status
    if waits(turn) and status.remains and status.stop_deadline is None:
        sweep(turn, status.remains, turn.program.stop_timeout)


def rang(turn: Turn) -> None:
    """Look again; TERM, and SIGKILL once its time is over. What waits to be sent is late, and no
    more."""
    status, now = turn.status, turn.now
    root, step, deadline = status.remains, status.stop_step, status.stop_deadline
    assert root
    turn.set(due=now + AGAIN)
    if status.acting is not None:
        if now >= status.acting + errands.LATE:
            is_late(turn, root, status.acting)
    elif deadline is None or step == KILLED:
        look(turn, root)
    elif step < ASKED_TO_END:
        send(turn, root, ASKED_TO_END)
    elif now >= deadline:
        send(turn, root, KILLED)
    else:
        look(turn, root)


def is_late(turn: Turn, root: Process, began: float) -> None:
    """The signal is asked for again."""
    waited = show_seconds(turn.now - began)
    turn.set(trouble=f"the end of what was left behind has waited to be asked for {waited}")
    send(turn, root, turn.status.stop_step)
    turn.set(due=turn.now + errands.LATE)


def lives(turn: Turn, event: Swept) -> None:
    """Somebody has looked, and may have sent a signal: its time runs from now."""
    status = turn.status
    step, acting, deadline = status.stop_step, status.acting, status.stop_deadline
    if event.signal is not None and acting is not None:
        waited = turn.now - acting
        until = turn.now + PATIENCE if step == KILLED else (deadline or turn.now) + waited
        if status.errand and status.errand.job is Job.CLEAN:
            what = f"{signal_name(event.signal)} sent to {named(event)}, left behind"
            turn.tell(Kind.STOPPING, what)
        turn.set(acting=None, stop_deadline=until, trouble="")
    elif step == KILLED and acting is None and deadline is not None and turn.now >= deadline:
        stuck(turn, event)


def stuck(turn: Turn, event: Swept) -> None:
    """Seen to live after SIGKILL."""
    if turn.status.life is Life.STUCK:
        return
    message = f"{named(event)}, left behind, survived SIGKILL"
    turn.tell(Kind.STOP_FAILED, message, next="nothing is launched while it lives")
    turn.becomes(Life.STUCK, turn.now + errands.LOOK_AGAIN)
    turn.set(trouble=message, asked=False)


def still_stuck(turn: Turn) -> None:
    turn.set(due=turn.now + errands.LOOK_AGAIN)
    if root := turn.status.remains:
        turn.do(Sweep(root, errands.KILL, since(turn, root)))


def waits(turn: Turn) -> bool:
    """True while an errand waits for what is left behind."""
    errand = turn.status.errand
    return errand is not None and errand.stage in WAITS


def nothing(_turn: Turn, _errand: Errand, _exit: Exit) -> None:
    """For a watch: what its process leaves is ended by stopping.py."""


def swept(turn: Turn, event: Swept, ended: Ended = nothing) -> bool:
    """False where no errand waits for it. Nothing is left: go on with the launch, or with what
    follows the end of a run."""
    status, errand = turn.status, turn.status.errand
    if errand is None or errand.stage not in WAITS or event.process != status.remains:
        return False
    if event.left:
        lives(turn, event)
        return True
    turn.set(remains=None, stop_deadline=None, stop_step=0, acting=None)
    if errand.stage is Stage.SWEEPING:
        ended(turn, errand, errand.exit or Exit())
    else:
        launch(turn, errand)
    return True


def launch(turn: Turn, errand: Errand) -> None:
    """What it was refused for is gone: run it after all, under the same id."""
    if turn.status.then is Then.LAUNCH:
        turn.set(then=Then.NOTHING)  # this one is the new one
    turn.becomes(Life.LAUNCHING, turn.now + turn.watch.start_timeout)
    errand = replace(errand, stage=Stage.ASKED, delayed="")
    turn.set(errand=errand, trouble="")
    state = turn.status.state if errand.job is Job.STATE else ""
    turn.do(Spawn(errand, turn.program, None, turn.status.reason, state))


def resume(turn: Turn, errand: Errand) -> None:
    """Another daemon goes on with it; a launch that was refused is refused again where need be."""
    if errand.stage is Stage.CLEARING:
        return launch(turn, errand)
    turn.set(due=turn.now + AGAIN)
    root = turn.status.remains
    if root and turn.status.acting is not None:  # it may never have been sent
        send(turn, root, turn.status.stop_step)
    elif root:
        look(turn, root)
    return None


def listed(processes: Sequence[Process]) -> str:
    """`pid 12, pid 14 and 2 more`"""
    return first_of([f"pid {process.pid}" for process in processes], MOST_NAMED)
