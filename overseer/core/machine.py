"""The life of a watch: what follows from each event.

Pure: no clock, no processes, no logging. Start reading at RULES; then life.py for what is done
to the process, graph.py for where the watch goes. A task has rules of its own: task.py;
so has what is run by a schedule: job.py.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from overseer.core import (
    begin,
    checking,
    depending,
    ends,
    errands,
    flapping,
    graph,
    job,
    judging,
    launching,
    leftovers,
    life,
    operator,
    readiness,
    reloading,
    stop_command,
    stopping,
    task,
)
from overseer.core.one_shot import is_one_shot
from overseer.core.turn import Ended, Turn
from overseer.model import event as happened
from overseer.model.action import Action
from overseer.model.background import advice
from overseer.model.event import Timer
from overseer.model.news import Kind
from overseer.model.program import Argv
from overseer.model.state import INIT, Hold, Life
from overseer.model.status import Stage, Status, Then
from overseer.model.watch import Watch

NOT_SEEN = (Life.LOOKING, Life.UNKNOWN)


class Step(NamedTuple):
    status: Status
    actions: tuple[Action, ...] = ()


def step(watch: Watch, status: Status, event: happened.Event, now: float) -> Step:
    """Answer one event; *now* in seconds of CLOCK_BOOTTIME."""
    turn = Turn(watch, status, now)
    RULES_OF[watch.kind][type(event)](turn, event)
    if watch.schedule is None:
        graph.settle(turn)
    return Step(turn.status, tuple(turn.actions))


def exited(turn: Turn, event: happened.Exited) -> None:
    """A process has ended: a command's, the watch's own, or one that is no longer of interest."""
    status = turn.status
    if status.errand and event.process == status.errand.process:
        return launching.command_ended(turn, status.errand, event.exit)
    if event.process != status.process:  # whoever says later that it was found is late
        return turn.set(buried=event.process)
    ran = stopping.ended(turn, event.process, event.exit)
    match status.life:
        case Life.STUCK if launching.survives(status):  # its end says what follows
            turn.set(process=None)
        case Life.STOPPING | Life.STUCK:
            stopping.main_ended(turn, event.process, event.left)
        case Life.GRACE | Life.ALIVE:
            uninvited(turn, event, ran)
        case Life.LOOKING | Life.UNKNOWN:  # the answer to the look will say what that means
            turn.set(process=None, then=Then.JUDGE if status.then is Then.NOTHING else status.then)
        case _:
            turn.set(process=None)
    return None


def uninvited(turn: Turn, event: happened.Exited, ran: float) -> None:
    """Nobody asked it to end. A pid file may name its successor; else the graph decides."""
    status = turn.status
    checking.needless(turn)
    errands.drop_reload(turn)
    turn.set(process=None, steady_due=None)
    if turn.program.daemonizes:
        errands.look(turn)
        return turn.set(then=Then.JUDGE)
    young = status.life is Life.GRACE
    turn.set(up_at=None)
    gone = left_for_background(event, turn.program.command or ())
    turn.ended = Ended(event.exit, ran, (gone or f"{event.exit}") if young else "", background=gone)
    if event.left and not turn.program.ignores_leftovers:
        return stopping.clear_up(turn, event.process)
    if gone and young and not ends.leaves_it(turn.watch, turn.status, turn.ended):
        leftovers.end(turn, event.process, leftovers.PATIENCE)  # else there would be two
        return turn.set(sweeping=not stopping.has_hook(turn))
    return stopping.after_crash(turn)


def left_for_background(event: happened.Exited, command: Argv) -> str:
    """A program that is to stay in the foreground has ended well, and something of it goes on."""
    if event.exit.code != 0 or not event.behind:
        return ""
    where = leftovers.listed(event.behind)
    return f"it went to the background as {where}: {advice(command)}"


def swept(turn: Turn, event: happened.Swept) -> None:
    if not leftovers.swept(turn, event):
        stopping.swept(turn, event)


def succeeded(turn: Turn, event: happened.Succeeded) -> None:
    """Its successor is the watch's process from now on; the old one may end in its own time."""
    status = turn.status
    if event.process != status.process or status.life not in graph.LIVING:
        return
    if event.successor == status.buried:
        return
    turn.set(process=event.successor)
    if status.life is Life.GRACE:
        turn.set(ready=(), unready="")
    old, new = event.process.pid, event.successor.pid
    turn.tell(Kind.ADOPTED, f"its pid file names pid {new} now: followed, in place of pid {old}")


def rang(turn: Turn, event: happened.TimerRang) -> None:
    """A timer; one that was replaced meanwhile is recognised by its moment."""
    status = turn.status
    match event.timer:
        case Timer.LIFE if status.due == event.due:
            LIFE_TIMER[status.life](turn)
        case Timer.HOLD if status.hold_due == event.due:
            hold_is_over(turn)
        case Timer.STEADY if status.steady_due == event.due and status.life in NOT_SEEN:
            turn.set(steady_due=turn.now + errands.LOOK_AGAIN)  # it may be no more
        case Timer.STEADY if status.steady_due == event.due:
            turn.set(young=0, steady_due=None)
            flapping.calmed(turn)
            let_be = status.hold is Hold.CHECKS
            if not let_be and not is_one_shot(turn.watch):  # that is well when it has completed
                turn.tell(Kind.STEADY, "up and steady")


def hold_is_over(turn: Turn) -> None:
    alive = turn.status.hold is Hold.CHECKS
    turn.lift()
    if not alive:
        turn.tell(Kind.RETRYING, "monitored again after flapping")
        graph.enter(turn, INIT, "retrying after flapping")


def in_alive(turn: Turn) -> None:
    """Only a reload has a timer in this life."""
    errand = turn.status.errand
    turn.set(due=None)
    if errand is None:
        reloading.rang(turn)
    elif errand.process is None:  # its time begins with its launch
        turn.set(due=turn.now + errands.LATE)
    elif errand.stage is Stage.RUNNING:
        errands.cut_short(turn)
    else:
        errands.kill(turn)


def look_again(turn: Turn) -> None:
    turn.set(due=turn.now + errands.LOOK_AGAIN)
    stopping.see(turn)


def look_is_late(turn: Turn) -> None:
    """It waits for its turn: neither there nor gone. Whoever looks says so where it hangs."""
    turn.set(trouble="its process has still to be looked for", due=turn.now + errands.LOOK_AGAIN)
    errands.look_once_more(turn)


LIFE_TIMER: Mapping[Life, Callable[[Turn], None]] = {
    Life.DOWN: life.stays,
    Life.LOOKING: look_is_late,
    Life.LAUNCHING: launching.rang,
    Life.GRACE: readiness.grace_is_over,
    Life.ALIVE: in_alive,
    Life.STOPPING: stop_command.rang,
    Life.WAITING: life.waited,
    Life.STUCK: look_again,
    Life.UNKNOWN: look_again,
}
RULES: Mapping[type, Callable[[Turn, Any], None]] = {
    happened.Begun: begin.begun,
    happened.Asked: operator.asked,
    happened.Planned: operator.planned,
    happened.Scheduled: operator.scheduled,
    happened.Reshaped: operator.reshaped,
    happened.Provided: depending.provided,
    happened.Closing: operator.closing,
    happened.Adopted: operator.adopted,
    happened.Launched: launching.launched,
    happened.LaunchDelayed: launching.launch_delayed,
    happened.LaunchFailed: launching.launch_failed,
    happened.LeftBehind: launching.left_behind,
    happened.Exited: exited,
    happened.Succeeded: succeeded,
    happened.Extended: readiness.extended,
    happened.Reloading: reloading.said,
    happened.Looked: judging.looked,
    happened.Signalled: stopping.signalled,
    happened.Swept: swept,
    happened.TimerRang: rang,
    happened.HookFailed: lambda turn, event: turn.tell(Kind.WARNING, event.why),
    happened.Answered: graph.answered,
    happened.Readied: readiness.readied,
    happened.Doubted: graph.doubted,
}
RULES_OF: Mapping[str, Mapping[type, Callable[[Turn, Any], None]]] = {
    "watch": RULES,
    "task": task.RULES,
    "scheduled": job.RULES,
}
