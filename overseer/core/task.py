"""The life of a task: states of its own, and no process to look after (god: Task).

The graph serves it as it serves a program; what entering a state asks is in duty.py. Start
reading at RULES.
"""

from collections.abc import Callable, Mapping
from typing import Any

from overseer.core import begin, duty, flapping, graph, launching, leftovers, operator, stopping
from overseer.core.turn import Turn
from overseer.model import event as happened
from overseer.model.action import Follow
from overseer.model.event import Timer, Verb
from overseer.model.news import Kind
from overseer.model.state import UNMONITORED, Goal, Life
from overseer.model.status import Then


def begun(turn: Turn, event: happened.Begun) -> None:
    begin.begin(turn, event, resume)


def resume(turn: Turn) -> None:
    """The same boot: it goes on in the state where it was, without running its command again."""
    fit(turn)
    status = turn.status
    if status.life is Life.DOWN:
        if status.then is Then.RUN:  # cut short when overseer ended
            duty.run(turn)
    elif status.errand is None:
        duty.over(turn, "")
    elif status.life is Life.STUCK and status.errand.process and not leftovers.waits(turn):
        turn.do(Follow(status.errand.process))
    else:
        begin.rejoin(turn, status.errand)


def fit(turn: Turn) -> None:
    """The watch file may not have its state any more; without a goal it is in none."""
    state = turn.status.state
    if turn.status.monitored and turn.status.goal is not Goal.UP:  # it was a program then
        turn.set(state=UNMONITORED)
    elif turn.status.monitored and turn.watch.state_of(state) is None:
        graph.enter(turn, turn.watch.first_state, f"no state {state} any more")


def reshaped(turn: Turn, _event: happened.Reshaped) -> None:
    fit(turn)
    if flapping.lift_if_gone(turn) and turn.status.goal is Goal.UP:
        graph.enter(turn, turn.watch.first_state, "changed by a load")
    if turn.status.standing or turn.status.acted:
        graph.forget_checks(turn)


WORDS = {Verb.STOP: "stopped", Verb.UNMONITOR: "unmonitored"}
"""How the reason of what has been asked begins, as that of a program does."""


def asked(turn: Turn, event: happened.Asked) -> None:
    """monitor and start lead to the first state, unmonitor and stop out of all; for the rest
    there is no process."""
    turn.by = event.by
    if event.verb in (Verb.RESTART, Verb.RELOAD, Verb.TRIGGER):
        why = f"it is a task, without a process to {event.verb}"
        return operator.refuse(turn, event.request, why)
    operator.ordered(turn, event)
    turn.tell(Kind.ASKED, f"{event.verb} by {event.by}", by=event.by)
    why = f"{WORDS.get(event.verb, event.verb)} by {event.by}"
    if event.verb is Verb.START:
        goes_on = turn.status.monitored and event.words != turn.watch.name
        operator.wants(turn, Goal.UP, event)
        flapping.calm_down(turn)
        if not goes_on:
            graph.enter(turn, turn.watch.first_state, why)
        return None
    goal = Goal.DOWN if event.verb is Verb.STOP else Goal.UNMONITORED
    operator.wants(turn, goal, event)
    turn.set(steady_due=None)
    graph.enter(turn, UNMONITORED, why)
    if goal is Goal.DOWN:
        leftovers.end_idle(turn)
    return None


def adopted(turn: Turn, event: happened.Adopted) -> None:
    operator.refuse(turn, event.request, "not adopted: it is a task, without a process")


def closing(turn: Turn, event: happened.Closing) -> None:
    """Terminate ends overseer, not what is wanted: the state stays."""
    turn.set(closing=True, steady_due=None)
    if event.stop:
        duty.close(turn)


def exited(turn: Turn, event: happened.Exited) -> None:
    errand = turn.status.errand
    if errand and errand.process == event.process:
        stopping.ended(turn, event.process, event.exit)
        if not leftovers.after(turn, errand, event, duty.rest_of_time(turn, errand)):
            duty.ended(turn, errand, event.exit)


def rang(turn: Turn, event: happened.TimerRang) -> None:
    status = turn.status
    if event.timer is Timer.LIFE and status.due == event.due:
        duty.rang(turn)
    elif event.timer is Timer.HOLD and status.hold_due == event.due and not status.closing:
        turn.lift()
        turn.tell(Kind.RETRYING, "monitored again after flapping")
        flapping.calm_down(turn)
        graph.enter(turn, turn.watch.first_state, "retrying after flapping")

    elif event.timer is Timer.STEADY and status.steady_due == event.due:
        turn.set(steady_due=None)
        flapping.calmed(turn)
        if status.monitored:
            turn.tell(Kind.STEADY, "does not flap any more")


def nothing(_turn: Turn, _event: object) -> None:
    """For a process only."""


RULES: Mapping[type, Callable[[Turn, Any], None]] = {
    happened.Begun: begun,
    happened.Asked: asked,
    happened.Planned: nothing,
    happened.Scheduled: nothing,
    happened.Reshaped: reshaped,
    happened.Provided: nothing,
    happened.Closing: closing,
    happened.Adopted: adopted,
    happened.Launched: duty.launched,
    happened.LaunchDelayed: launching.launch_delayed,
    happened.LaunchFailed: duty.launch_failed,
    happened.LeftBehind: leftovers.refused,
    happened.Exited: exited,
    happened.Succeeded: nothing,
    happened.Extended: nothing,
    happened.Reloading: nothing,
    happened.Looked: duty.looked,
    happened.Signalled: stopping.signalled,
    happened.Swept: duty.swept,
    happened.Readied: nothing,
    happened.HookFailed: lambda turn, event: turn.tell(Kind.WARNING, event.why),
    happened.TimerRang: rang,
    happened.Answered: graph.answered,
    happened.Doubted: graph.doubted,
}
