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
from overseer.core.turn import Turn
from overseer.model.action import Spawn, Sweep
from overseer.model.event import Exited, LeftBehind, Swept
from overseer.model.news import Kind
from overseer.model.process import Exit, Process
from overseer.model.state import Life
from overseer.model.status import Errand, Job, Stage, Then

AGAIN = 0.2
"""Seconds between looks at what is left."""
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
    turn.set(errand=replace(errand, stage=Stage.CLEARING, refused=errand.refused + 1))
    turn.set(trouble=message)
    return sweep(turn, event.processes[0], PATIENCE if ends else None, at_once=not errand.refused)


def after(turn: Turn, errand: Errand, event: Exited, patience: float | None) -> bool:
    """A run or a command of a task has ended; True where what it has left has to end first.
    *patience*: seconds between TERM and KILL, where it was cut short."""
    how = turn.program.leftovers
    if not event.left or (how == "ignore" and patience is None):
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
    turn.set(remains=root, stop_deadline=deadline, stop_step=0, due=turn.now + AGAIN)
    if at_once:
        turn.do(Sweep(root, None if patience is None else errands.TERM, since(turn, root)))


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


def hasten(turn: Turn) -> None:
    """The errand is not wanted any more: what is only waited for is ended too."""
    status = turn.status
    if waits(turn) and status.remains and status.stop_deadline is None:
        sweep(turn, status.remains, turn.program.stop_timeout)


def rang(turn: Turn) -> None:
    """Look again; SIGKILL once its time is over, and after that it is stuck."""
    status = turn.status
    assert status.remains
    late = status.stop_deadline is not None and turn.now >= status.stop_deadline
    if late and status.stop_step and turn.now >= (status.stop_deadline or 0.0) + PATIENCE:
        return stuck(turn)
    signal = errands.KILL if late else None
    turn.set(due=turn.now + AGAIN, stop_step=int(late))
    return turn.do(Sweep(status.remains, signal, since(turn, status.remains)))


def stuck(turn: Turn) -> None:
    status = turn.status
    pid = status.remains.pid if status.remains else "?"
    message = status.trouble or f"what pid {pid} has left behind"
    if status.life is not Life.STUCK:
        message = f"{message}, survived SIGKILL"
        turn.tell(Kind.STOP_FAILED, message, next="nothing is launched while it lives")
        turn.becomes(Life.STUCK, turn.now + errands.LOOK_AGAIN)
        turn.set(trouble=message, asked=False)
    else:
        turn.set(due=turn.now + errands.LOOK_AGAIN)
    if status.remains:
        turn.do(Sweep(status.remains, errands.KILL, since(turn, status.remains)))


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
        return True
    turn.set(remains=None, stop_deadline=None, stop_step=0)
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
    errands.at(turn, Stage.ASKED)
    turn.set(trouble="")
    errand = replace(errand, stage=Stage.ASKED)
    state = turn.status.state if errand.job is Job.STATE else ""
    turn.do(Spawn(errand, turn.program, None, turn.status.reason, state))


def resume(turn: Turn, errand: Errand) -> None:
    """Another daemon goes on with it; a launch that was refused is refused again where need be."""
    if errand.stage is Stage.CLEARING:
        return launch(turn, errand)
    turn.set(due=turn.now + AGAIN)
    if root := turn.status.remains:
        turn.do(Sweep(root, None, since(turn, root)))
    return None


def listed(processes: Sequence[Process]) -> str:
    """`pid 12, pid 14 and 2 more`"""
    named = ", ".join(f"pid {one.pid}" for one in processes[:MOST_NAMED])
    more = len(processes) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
