"""What an operator, a load or the calendar asks: the goal first, then the graph."""

from collections.abc import Mapping
from dataclasses import replace

from overseer.core import acts, errands, flapping, graph, launching, life
from overseer.core.one_shot import is_run_by_load
from overseer.core.phase import is_reloading, listed
from overseer.core.turn import Turn
from overseer.model.action import Follow
from overseer.model.dependency import Need
from overseer.model.event import (
    Adopted,
    Asked,
    Closing,
    Planned,
    Reshaped,
    Scheduled,
    Verb,
    is_by_load,
)
from overseer.model.news import Kind
from overseer.model.schedule import CORRECTION, LATE, Result, Run
from overseer.model.state import INIT, RESTART, START, STOP, UNMONITORED, UP, Goal, Hold, Life
from overseer.model.status import Job, Stage, Then
from overseer.units import show_seconds


def asked(turn: Turn, event: Asked) -> None:
    turn.by = event.by
    ordered(turn, event)
    turn.tell(Kind.ASKED, f"{event.verb} by {event.by}", by=event.by)
    match event.verb:
        case Verb.START:
            wants(turn, Goal.UP, event)
            start(turn)
        case Verb.STOP:
            if turn.status.goal is Goal.UP or not is_by_load(event.by, event.words):
                wants(turn, Goal.DOWN, event)
            graph.enter(turn, STOP, f"stopped by {event.by}")
        case Verb.RESTART:
            restart(turn, event)
        case Verb.UNMONITOR:
            wants(turn, Goal.UNMONITORED, event)
            graph.enter(turn, UNMONITORED, f"unmonitored by {event.by}")
        case Verb.RELOAD:
            reload(turn)


AIMS: Mapping[Verb, Goal] = {
    Verb.START: Goal.UP,
    Verb.RESTART: Goal.UP,
    Verb.STOP: Goal.DOWN,
    Verb.UNMONITOR: Goal.UNMONITORED,
}
"""What an order has to be so; a reload and a run leave that as it is."""


def ordered(turn: Turn, event: Asked) -> None:
    """Take note of it before it is carried out. One that wants what is wanted already joins those
    before it: all of them are answered by what becomes of it."""
    turn.set(request=event.request, refusal="", refused=0)
    by_load = is_by_load(event.by, event.words)
    turn.order = event.by if by_load else f"{event.verb} by {event.by}"
    aim = AIMS.get(event.verb)
    if aim is not None and (aim is not turn.status.goal or not turn.status.order):
        turn.set(answers_from=event.request, order=turn.order)


def refuse(turn: Turn, request: int, why: str) -> None:
    """It is not done, and changes nothing for those who wait for something else."""
    turn.set(request=max(turn.status.request, request), refused=request, refusal=why)


def reload(turn: Turn) -> None:
    """Where one is under way it is that one that answers."""
    if is_reloading(turn.status):
        return
    why_not = acts.reload(turn, f"reload by {turn.by}")
    turn.set(reload_failure=why_not)
    if not why_not and not is_reloading(turn.status):
        turn.tell(Kind.RELOADED, f"reloaded by {turn.by}", by=turn.by)


def wants(turn: Turn, goal: Goal, event: Asked) -> None:
    """The goal is taken at once, in every life; what counted before counts no more."""
    turn.set(goal=goal, set_by=event.by, set_words=event.words, set_at=turn.now)
    turn.set(asked=False, start_failure="", finished=False, failed=False)
    turn.forget_counts()
    if goal is not Goal.UP:
        turn.set(standing=())


def start(turn: Turn) -> None:
    """Up is what is wanted; where it is up already nothing happens."""
    status = turn.status
    if status.life in graph.LIVING and status.state in (INIT, START, RESTART, UP):
        checked = status.errand is not None and status.errand.job is Job.CHECK
        return turn.set(asked=status.life is Life.GRACE or checked)
    turn.set(asked=status.life is not Life.ALIVE)
    if status.life is Life.GRACE:  # nobody has asked it so far: it has all of its time
        turn.set(ready_since=turn.now, due=max(launching.grace_ends(turn), turn.now))
    why = f"start by {turn.by}"
    if status.state in (START, RESTART) and status.life is not Life.DOWN:
        turn.set(reason=why)
        return life.RUN[status.life](turn)
    graph.enter(turn, INIT, why)
    return None


def restart(turn: Turn, event: Asked) -> None:
    """What is up is not taken away where what has to be done before has failed: that is said."""
    done_before = (lack for lack in turn.status.lacking if lack.need is Need.COMPLETED)
    stuck = tuple(lack for lack in done_before if lack.stuck)
    lives = turn.status.life in graph.LIVING
    wants(turn, Goal.UP, event)
    if stuck and lives:
        ask = f"`overseer why {stuck[0].on}` says what to do"
        why = f"not restarted ({ask}): it would wait for {listed(stuck)}"
        refuse(turn, event.request, why)
        return turn.tell(Kind.WARNING, why, by=event.by)
    turn.set(asked=True)
    graph.enter(turn, RESTART, f"restart by {event.by}")
    return None


def scheduled(turn: Turn, event: Scheduled) -> None:
    """`restart_at`: no sign of trouble, so neither counted nor delayed. A moment that was slept
    through is left out: the hour that it was chosen for is over."""
    status = turn.status
    if not is_new(turn, event):
        return None
    said = f"restart_at {event.text}"
    run = Run(moment=event.moment, by=said)
    if event.late > LATE:
        why = f"{said} left out: {passed(event)}"
        return turn.tell(Kind.WARNING, why, run=run, result=Result.MISSED)
    free = status.hold is Hold.NONE and not status.closing
    if status.goal is not Goal.UP or status.life not in graph.LIVING or not free:
        return None
    if status.lacking:
        without = f"it would wait for {listed(status.lacking)}"
        why = f"not restarted, {said}: {without}"
        return turn.tell(Kind.WARNING, why, run=run, result=Result.SKIPPED)
    turn.by = "the calendar"
    turn.tell(Kind.ASKED, f"restart by {turn.by}", by=turn.by, run=run, result=Result.OK)
    graph.enter(turn, RESTART, said)
    return None


def planned(turn: Turn, event: Planned) -> None:
    turn.set(planned=event.moment, planned_at=event.at, planned_by=event.text)


def is_new(turn: Turn, event: Scheduled) -> bool:
    """Taken note of, with whatever follows; False for a moment that was answered before."""
    last = turn.status.planned
    if event.moment is None:
        return True
    if event.at is None and last is not None and last - CORRECTION <= event.moment <= last:
        return False
    turn.set(planned=event.moment, planned_at=event.at)
    return True


def passed(event: Scheduled) -> str:
    return f"its moment passed {show_seconds(event.late)} ago"


def reshaped(turn: Turn, event: Reshaped) -> None:
    """The watch file says something else now; nothing whose goal is not up is started."""
    status = turn.status
    goes_on(turn, event)
    if status.monitored and status.state not in states(turn):
        graph.enter(turn, INIT, f"no state {status.state} any more")
    if status.standing or status.acted:
        graph.forget_checks(turn)
    if not event.hard and flapping.lift_if_gone(turn) and turn.status.goal is Goal.UP:
        graph.enter(turn, INIT, "changed by a load")
    if not event.hard or turn.status.goal is not Goal.UP:
        return
    mended = turn.status.hold is not Hold.NONE or is_run_by_load(turn.watch, turn.status)
    turn.forget_counts()
    turn.set(start_failure="")
    turn.by = "load"
    if mended and turn.status.life is Life.DOWN:
        turn.set(asked=True)
        graph.enter(turn, INIT, "changed by a load")
        return None
    if turn.status.life in (Life.WAITING, Life.DOWN):
        turn.set(asked=True)
        return life.RUN[turn.status.life](turn) if turn.status.life is Life.WAITING else None
    if event.restart:
        renew(turn)
    return None


def goes_on(turn: Turn, event: Reshaped) -> None:
    """What is under way is cut short by no live change: a time that is running is another one
    only where its own key has changed, and then still counts from where it began."""
    status, watch = turn.status, turn.watch
    if status.life is Life.GRACE:
        if event.ready:
            turn.set(ready=(), unready="", ready_since=turn.now)
        turn.set(due=max(launching.grace_ends(turn), turn.now))
    errand = status.errand
    if status.life is Life.LAUNCHING and errand and errand.stage is Stage.RUNNING:
        restarts = errand.job is Job.RESTART
        patience = watch.restart_timeout if restarts else watch.start_timeout
        turn.set(due=max(errand.began + patience, turn.now))


def renew(turn: Turn) -> None:
    """A changed program: for a launch under way, when that has ended."""
    if turn.status.life in graph.LIVING:
        turn.set(asked=True)
        graph.enter(turn, RESTART, "changed by a load")
    elif turn.status.then is not Then.END:
        errands.wait_for(turn, Then.RENEW_NOW)


def states(turn: Turn) -> set[str]:
    own = {INIT, START, UP, RESTART, STOP}
    return own | {state for row in turn.watch.transitions for state in row.states}


def adopted(turn: Turn, event: Adopted) -> None:
    """An operator puts a running process under the watch."""
    turn.by = event.by
    if turn.status.life not in (Life.DOWN, Life.WAITING, Life.UNKNOWN):
        return refuse(turn, event.request, f"not adopted: it is {turn.status.life}")
    ordered(turn, Asked(Verb.START, event.by, request=event.request))
    turn.set(goal=Goal.UP, set_by=event.by, set_at=turn.now, asked=False)
    turn.forget_counts()
    program = replace(turn.watch.program, notify_socket=False, watchdog=None)
    turn.set(process=event.process, errand=None, program=program, steady_due=None)
    turn.do(Follow(event.process))
    turn.tell(Kind.ADOPTED, f"pid {event.process.pid} adopted by {event.by}", by=event.by)
    turn.set(launched_at=turn.now)
    launching.alive(turn)
    graph.enter(turn, UP, f"adopted by {event.by}")
    return None


def closing(turn: Turn, event: Closing) -> None:
    """Terminate ends overseer, not what is wanted. What nobody monitors is left alone."""
    turn.set(closing=True)
    if event.stop and turn.status.goal is not Goal.UNMONITORED:
        life.END[turn.status.life](turn)
