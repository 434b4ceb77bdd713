"""The commands of a stop: the stop command and the hooks before and after, each with its time."""

from dataclasses import replace

from overseer.core import errands, stopping
from overseer.core.errands import LATE
from overseer.core.stop_steps import first_signal, named
from overseer.core.stopping import next_signal
from overseer.core.turn import Turn
from overseer.model.action import Sweep
from overseer.model.news import Kind
from overseer.model.process import signal_name
from overseer.model.program import HOOK_PATIENCE
from overseer.model.state import Life
from overseer.model.status import Errand, Job, Stage
from overseer.units import show_seconds


def rang(turn: Turn) -> None:
    """Time is over, or it is time to look at the leftovers again."""
    status, now = turn.status, turn.now
    errand = status.errand
    if errand and errand.stage is Stage.ASKED:
        waited = show_seconds(now - errand.began)
        why = f"its {named(turn, errand)} has not been launched for {waited}"
        turn.set(errand=replace(errand, delayed=errand.delayed or why))
    if errand and errand.until is not None and now >= errand.until:
        is_late(turn, errand)
        if turn.status.life is not Life.STOPPING:
            return
    if status.acting is not None and now >= status.acting + LATE:
        stopping.is_late(turn)
    elif status.stop_deadline is not None and now >= status.stop_deadline:
        stopping.step_is_over(turn)
    elif status.acting is None and status.process is None and status.remains:
        stopping.look(turn, status.remains)
    stopping.plan(turn)


def is_late(turn: Turn, errand: Errand) -> None:
    """A stop command is cut short, and the stop signal comes at once; a hook after it is ended,
    and holds up nothing any more."""
    what, spent = named(turn, errand), show_seconds(turn.now - errand.began)
    if errand.job is Job.AFTER_STOP:
        errands.kill(turn)
        turn.tell(Kind.WARNING, f"{what}: not over in {spent}, killed")
        return stopping.over(turn, hooked=True)
    if errand.stage is Stage.RUNNING:
        follows = f"; {signal_name(first_signal(turn))} follows" if turn.status.process else ""
        errands.cut_short(turn)
        turn.tell(Kind.WARNING, f"{what}: not over in {spent}, cut short{follows}")
        if turn.status.process and turn.status.stop_deadline is None:
            next_signal(turn)
    elif errand.stage is Stage.CUT:
        errands.kill(turn)
    else:
        look_at(turn, errand)
    return None


def look_at(turn: Turn, errand: Errand) -> None:
    """Has SIGKILL helped? Nothing is said of it before somebody has looked."""
    if errand.process:
        turn.set(errand=replace(errand, until=turn.now + LATE), due=turn.now + LATE)
        turn.do(Sweep(errand.process))


def launched(turn: Turn, errand: Errand) -> None:
    """Its time begins."""
    limit = turn.program.stop_timeout
    if errand.job is Job.AFTER_STOP:
        limit = min(HOOK_PATIENCE, limit) if turn.status.closing else HOOK_PATIENCE
    turn.set(errand=replace(errand, until=errand.began + limit), trouble="")
    pid = errand.process.pid if errand.process else "?"
    turn.tell(Kind.STOPPING, f"{named(turn, errand)} begun, pid {pid}")
    stopping.plan(turn)


def over(turn: Turn, errand: Errand, failure: str) -> None:
    """Where it went well the process has `stop_timeout` to end by itself, as god gives it; else
    the stop signal comes at once."""
    turn.set(errand=None, trouble="")
    what = named(turn, errand)
    if errand.job is Job.AFTER_STOP:
        if failure:
            turn.tell(Kind.WARNING, f"{what}: {failure}")
        return stopping.over(turn, hooked=True)
    lives = turn.status.process is not None
    follows = f"; {signal_name(first_signal(turn))} follows" if lives else ""
    if errand.stage in (Stage.CUT, Stage.KILLED):  # what follows has begun
        stopping.plan(turn)
    elif failure:
        turn.tell(Kind.WARNING, f"{what}: {failure}{follows}")
        if lives:
            next_signal(turn)
    elif lives and turn.program.stop is None:
        next_signal(turn)
    elif lives:
        wait = turn.program.stop_timeout
        turn.tell(Kind.STOPPING, f"{what}: done; it has {show_seconds(wait)} to end")
        turn.set(stop_deadline=turn.now + wait)
        stopping.plan(turn)
    return stopping.over_if_done(turn)


def lost(turn: Turn, errand: Errand) -> None:
    """An earlier daemon's, which is over or was never run: it is not run again."""
    turn.set(errand=None, trouble="")
    if errand.job is Job.AFTER_STOP:
        return stopping.over(turn, hooked=True)
    if turn.status.process and turn.status.stop_step == 0:
        return next_signal(turn)
    return stopping.over_if_done(turn)
