"""`check_before_restart`: asked while the old process runs; where it says no, that goes on."""

from dataclasses import replace

from overseer.core import errands
from overseer.core.turn import Turn
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import RESTART, Goal, Life
from overseer.model.status import Errand, Job, Stage


def waits(turn: Turn, why: str) -> bool:
    """True where the restart has to wait for its check, which is begun where it is not under way.
    It is that of the file as it is now, for that is what would be launched."""
    status = turn.status
    if turn.checked or status.life is not Life.ALIVE or not turn.watch.program.check_before_restart:
        return False
    if status.errand and status.errand.job is Job.CHECK:
        if turn.by:  # somebody waits for it now
            turn.set(errand=replace(status.errand, by=turn.by, why=why))
        return True
    errands.drop_reload(turn)
    errands.send(turn, Job.CHECK, why, turn.watch.program)
    if errand := turn.status.errand:
        turn.set(errand=replace(errand, why=why), due=turn.now + turn.watch.restart_timeout)
    return True


def ended(turn: Turn, errand: Errand, exit: Exit) -> None:
    late = errand.stage in (Stage.CUT, Stage.KILLED)
    over(turn, errand, "" if exit.code == 0 else "took too long" if late else str(exit), exit)


def over(turn: Turn, errand: Errand, failure: str, exit: Exit | None = None) -> None:
    errands.beside_over(turn)
    if failure:
        why = f"{Job.CHECK}: {failure}"
        turn.set(asked=False, refusal=f"not restarted: {why}")
        turn.tell(Kind.RESTART_FAILED, why, exit=exit, next="the old process goes on")
    elif turn.status.goal is Goal.UP:
        turn.by, turn.checked = errand.by, True
        turn.goes(RESTART, errand.why)


def needless(turn: Turn) -> None:
    """What it was to spare has ended by itself: a restart that was asked for where the graph has no
    say follows without it."""
    status = turn.status
    errand = status.errand
    if errand and errand.job is Job.CHECK and not status.monitored and status.goal is Goal.UP:
        turn.by, turn.checked = errand.by, True
        turn.goes(RESTART, errand.why)
