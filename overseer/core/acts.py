"""What is done to a process that goes on: reloading it, sending it a signal, running a program."""

import shlex
from collections.abc import Iterator
from dataclasses import replace

from overseer.core import errands, reloading, spell
from overseer.core.turn import Turn
from overseer.model.action import Hook, Signal
from overseer.model.event import Answered
from overseer.model.news import Kind
from overseer.model.process import Process, signal_name
from overseer.model.state import Life
from overseer.model.status import Acted, Job
from overseer.model.transition import Transition


def act(turn: Turn, row: Transition, event: Answered) -> bool:
    """What a row does that leads nowhere, once each time it begins to be met: a daemon that follows
    asks again, and does not act again. False if it only tells."""
    if not row.acts:
        return False
    spelled = spell.row(row)
    process = None if event.entry is None else turn.status.process
    holding = list(still_holding(turn))
    others = tuple(acted for acted in holding if acted.row != spelled)
    before = next((acted for acted in holding if acted.row == spelled), None)
    if not event.met:
        if before and before.met:
            turn.set(acted=(*others, replace(before, met=False)))
        return True
    if before and before.met:
        return True
    if perform(turn, row, event):
        now = Acted(spelled, turn.now, event.entry, process, met=not row.when.sudden)
        turn.set(acted=(*others, now))
    return True


def still_holding(turn: Turn) -> Iterator[Acted]:
    """Of the state and the process that are there: in others each row begins afresh."""
    status = turn.status
    here = (status.entry, status.process)
    for acted in status.acted:
        if acted.entry is None or (acted.entry, acted.process) == here:
            yield acted


def perform(turn: Turn, row: Transition, event: Answered) -> bool:
    """True where it is done or under way."""
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
    return not why_not


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
