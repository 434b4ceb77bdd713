"""The life of a program that is run by a schedule: what follows from each event.

Nothing is to be kept up: between its runs nothing lives, and that is as it should be. What one
run is made of is in runs.py. Start reading at RULES.
"""

from collections.abc import Callable, Mapping
from typing import Any

from overseer.core import begin, duty, errands, launching, leftovers, operator, runs, stopping
from overseer.core.turn import Turn
from overseer.model import event as happened
from overseer.model.action import Follow
from overseer.model.event import Timer, Verb
from overseer.model.news import Kind
from overseer.model.schedule import LATE, Missed, Result, Run
from overseer.model.state import SCHEDULED, UNMONITORED, Goal, Life
from overseer.units import show_seconds


def begun(turn: Turn, event: happened.Begun) -> None:
    """A daemon begins: what runs is heard of again, what was put off is made up for."""
    known = turn.status
    turn.set(boot=event.boot, closing=False, lacking=begin.unseen(turn.watch))
    if not known.boot:
        goal = Goal.UP if turn.watch.autostart else Goal.UNMONITORED
        turn.set(goal=goal, set_by="autostart", set_at=turn.now)
        if goal is Goal.UP:
            goes(turn, SCHEDULED, "autostart")
        return
    begin.undo_load(turn)
    if known.boot != event.boot:
        runs.lost_with_the_machine(turn)
        arrive(turn)
        if turn.status.queued:
            turn.set(due=turn.now + runs.PATIENCE)
    elif begin.is_of_another_kind(turn.watch, known):
        begin.leave_behind(turn)
        begin.forget(turn)
        arrive(turn)
    elif event.replaced and turn.status.errand:
        begin.go_on(turn)
    else:
        resume(turn)


def arrive(turn: Turn) -> None:
    """In the state that the goal asks for, with the run that waits."""
    state = SCHEDULED if turn.status.goal is Goal.UP else UNMONITORED
    if turn.status.state != state:
        goes(turn, state, "it is run by a schedule")
    runs.go_on(turn)


def resume(turn: Turn) -> None:
    """The same boot: a run lives on without a daemon."""
    errand = turn.status.errand
    if errand is None:
        arrive(turn)
    elif turn.status.life is Life.STUCK and errand.process and not leftovers.waits(turn):
        turn.do(Follow(errand.process))
    else:
        begin.rejoin(turn, errand)


def goes(turn: Turn, state: str, why: str) -> None:
    before = turn.status
    turn.set(came_from=before.state, state=state, entry=before.entry + 1, since=turn.now)
    turn.set(reason=why)
    turn.tell(Kind.MOVED, f"{before.state} -> {state} ({why})", by=turn.by)


def asked(turn: Turn, event: happened.Asked) -> None:
    turn.by = event.by
    if event.verb in (Verb.RESTART, Verb.RELOAD):
        why = "it is run by a schedule, and nothing of it is to be kept up"
        return operator.refuse(turn, event.request, why)
    operator.ordered(turn, event)
    why = f"{event.verb} by {event.by}"
    turn.tell(Kind.ASKED, why, by=event.by)
    if event.verb is Verb.TRIGGER:
        return runs.due(turn, Run(by=event.by, request=event.request))
    if event.verb is Verb.START:
        was = turn.status.goal
        operator.wants(turn, Goal.UP, event)
        return None if was is Goal.UP else goes(turn, SCHEDULED, why)
    goal = Goal.DOWN if event.verb is Verb.STOP else Goal.UNMONITORED
    operator.wants(turn, goal, event)
    turn.set(queued=None)
    if turn.status.state != UNMONITORED:
        goes(turn, UNMONITORED, why)
    if goal is Goal.DOWN:
        runs.cut(turn, f"stopped by {event.by}")
        leftovers.end_idle(turn)
    return None


def scheduled(turn: Turn, event: happened.Scheduled) -> None:
    """Its moment has come; while nobody wants it run, that is taken note of and no more."""
    plan, status = turn.watch.schedule, turn.status
    if plan is None or not operator.is_new(turn, event):
        return
    if status.goal is not Goal.UP or status.closing:
        return
    late = event.late > LATE
    missed = event.missed + late
    if missed and plan.missed is Missed.SKIP:
        tell_missed(turn, event, missed)
    if late and plan.missed is Missed.SKIP:
        return
    more = f", for {missed} that were missed" if missed and plan.missed is Missed.RUN else ""
    runs.due(turn, Run(moment=event.moment, by=f"schedule {event.text}{more}"))


def tell_missed(turn: Turn, event: happened.Scheduled, missed: int) -> None:
    """No machine or no overseer was there, or the clock was set forward."""
    ago = f"{show_seconds(event.late)} ago" if event.late > LATE else "unheard"
    if missed == 1:
        said = f"its moment passed {ago}"
    else:
        said = f"{missed} moments passed, the last of them {ago}"
    turn.tell(
        Kind.RUN_MISSED,
        f"not run: {said} (missed: skip)",
        run=Run(moment=event.moment, by=f"schedule {event.text}"),
        result=Result.MISSED,
    )


def adopted(turn: Turn, event: happened.Adopted) -> None:
    operator.refuse(turn, event.request, "not adopted: it is run by a schedule")


def closing(turn: Turn, event: happened.Closing) -> None:
    turn.set(closing=True)
    if event.stop:
        runs.close(turn)


def provided(turn: Turn, event: happened.Provided) -> None:
    """The run that waits for others begins when all of them are there."""
    turn.set(lacking=event.lacking)
    runs.go_on(turn)


def exited(turn: Turn, event: happened.Exited) -> None:
    errand = turn.status.errand
    if errand and errand.process == event.process:
        stopping.ended(turn, event.process, event.exit)
        if not leftovers.after(turn, errand, event, duty.rest_of_time(turn, errand)):
            runs.ended(turn, errand, event.exit)


def swept(turn: Turn, event: happened.Swept) -> None:
    if not event.left and runs.is_dropped(turn, event):
        return runs.drop(turn)
    if not leftovers.swept(turn, event, runs.ended):
        stopping.swept(turn, event)
    return None


def rang(turn: Turn, event: happened.TimerRang) -> None:
    if event.timer is Timer.LIFE and turn.status.due == event.due:
        if turn.status.life is Life.DOWN:
            runs.waits_long(turn)
        elif runs.goes_on(turn):
            errands.time_is_over(turn)
            runs.end(turn)
        else:
            duty.rang(turn)


def reshaped(turn: Turn, _event: happened.Reshaped) -> None:
    """Another time limit counts for the run that goes on."""
    runs.limit(turn)


def nothing(_turn: Turn, _event: object) -> None:
    """For a process that is to be kept up."""


RULES: Mapping[type, Callable[[Turn, Any], None]] = {
    happened.Begun: begun,
    happened.Asked: asked,
    happened.Planned: operator.planned,
    happened.Scheduled: scheduled,
    happened.Reshaped: reshaped,
    happened.Provided: provided,
    happened.Closing: closing,
    happened.Adopted: adopted,
    happened.Launched: runs.launched,
    happened.LaunchDelayed: launching.launch_delayed,
    happened.LaunchFailed: runs.launch_failed,
    happened.LeftBehind: leftovers.refused,
    happened.Exited: exited,
    happened.Succeeded: nothing,
    happened.Extended: nothing,
    happened.Looked: runs.looked,
    happened.Signalled: stopping.signalled,
    happened.Swept: swept,
    happened.Readied: nothing,
    happened.HookFailed: nothing,
    happened.TimerRang: rang,
    happened.Answered: nothing,
    happened.Doubted: nothing,
}
