"""What is done to a process that goes on: reloading it, sending it a signal, running a program."""

import shlex

from overseer.core import errands, reloading
from overseer.core.turn import Turn
from overseer.model.action import Hook, Signal
from overseer.model.event import Answered
from overseer.model.news import Kind
from overseer.model.process import Process, signal_name
from overseer.model.state import Life
from overseer.model.status import Job
from overseer.model.transition import Transition


def act(turn: Turn, row: Transition, event: Answered) -> bool:
    """What a row does that leads nowhere; False if it only tells."""
    if not event.met or not row.acts:
        return False
    if row.run:
        turn.do(Hook("run", turn.program, turn.status.process, event.reason, row.run))
        kind, done, why_not = Kind.CHECK_MET, f"{shlex.join(row.run)} run", ""
    elif row.reload:
        kind, done, why_not = Kind.RELOADED, "reload", reload(turn, event.reason)
    else:
        number = row.signal or 0
        kind, done, why_not = Kind.CHECK_MET, f"{signal_name(number)} sent", send(turn, number)
    kind = Kind.WARNING if why_not else kind
    turn.tell(kind, f"{why_not or done}: {event.reason}", samples=event.samples, notify=row.notify)
    return True


def reload(turn: Turn, why: str) -> str:
    """No new process, no launch counted. Why not, "" if it is done or under way."""
    process, how = living(turn), turn.program.reload
    if how is None:
        return "not reloaded: no `reload:`"
    if process is None or turn.status.errand or turn.status.reloading is not None:
        return "not reloaded: it is busy"
    if isinstance(how, int):
        turn.do(Signal(process, how))
        if turn.program.notify_socket:
            reloading.begin(turn)
        return ""
    errands.send(turn, Job.RELOAD, why)
    turn.set(due=turn.now + turn.watch.restart_timeout)
    return ""


def send(turn: Turn, number: int) -> str:
    """Why not, "" if it is sent."""
    process = living(turn)
    if process is None:
        return f"{signal_name(number)} not sent: nothing is up"
    turn.do(Signal(process, number))
    return ""


def living(turn: Turn) -> Process | None:
    return turn.status.process if turn.status.life is Life.ALIVE else None
