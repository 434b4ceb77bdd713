"""`run --observe`: what there is is looked at, judged and told, and nothing is ever touched.

A machine beside the other: the same statuses and the same news, without one action that begins,
ends or signals anything. It finds a process by its pid file, or is told of it by `adopt`.
"""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from overseer.core import errands, graph, judging, operator, spell, stopping
from overseer.core.machine import Step, rang, succeeded
from overseer.core.turn import Turn
from overseer.model import event as happened
from overseer.model.event import Timer
from overseer.model.news import Kind
from overseer.model.process import Process, signal_name
from overseer.model.state import STOP, UNMONITORED, UP, Goal, Life
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch

LOOK_EVERY = 5.0
"""Seconds between looks for what is not there."""
NOTHING_TO_GO_BY = "no `pid_file` to find it by; `overseer adopt NAME PID` shows it"
FOLLOWS = "only observed: nothing is started"


def step(watch: Watch, status: Status, event: happened.Event, now: float) -> Step:
    """Answer one event; *now* in seconds of CLOCK_BOOTTIME."""
    turn = Turn(watch, status, now)
    RULES.get(type(event), nothing)(turn, event)
    return Step(turn.status, tuple(turn.actions))


def begun(turn: Turn, event: happened.Begun) -> None:
    """Afresh: only what it was shown before is still known, if that lives."""
    known, watch = turn.status, turn.watch
    goal = Goal.UP if watch.autostart and watch.kind == "watch" else Goal.UNMONITORED
    process = known.process if known.boot == event.boot else None
    turn.status = Status(
        name=known.name, boot=event.boot, goal=goal, set_by="autostart", entry=known.entry,
        since=turn.now, process=process, standing=known.standing if process else (),
    )  # fmt: skip
    if watch.kind != "watch":
        what = "a task" if watch.is_task else "what has a schedule"
        turn.set(reason=f"{what} is not run by a daemon that only observes")
    else:
        turn.set(reason="looked for")
        look(turn)


def look(turn: Turn) -> None:
    if turn.program.pid_file is None and turn.status.process is None:
        return missing(turn, NOTHING_TO_GO_BY)
    turn.set(due=turn.now + LOOK_EVERY)
    return errands.ask_look(turn)


def looked(turn: Turn, event: happened.Looked) -> None:
    if event.token != turn.status.token:
        return
    if event.doubt:
        judging.cannot_tell(turn, event.doubt)
    elif event.process is None or event.process == turn.status.buried:
        missing(turn, "not running")
    else:
        found(turn, event.process)


def found(turn: Turn, process: Process) -> None:
    stable = turn.watch.restart_delay.reset_after
    if process != turn.status.process:  # of another process everything is told afresh
        turn.set(standing=())
    turn.set(process=process, program=turn.watch.program, launched_at=process.began, trouble="")
    turn.set(up_at=turn.now, steady_due=max(process.began + stable, turn.now))
    turn.becomes(Life.ALIVE, None)
    turn.tell(Kind.ADOPTED, f"found running, pid {process.pid}; only observed")
    goes(turn, UP, "found running, only observed")


def missing(turn: Turn, why: str) -> None:
    can_be_found = turn.program.pid_file is not None
    turn.set(process=None, up_at=None, steady_due=None, trouble="")
    turn.becomes(Life.DOWN, turn.now + LOOK_EVERY if can_be_found else None)
    state = STOP if turn.status.goal is Goal.UP else UNMONITORED
    if turn.status.state != state:
        goes(turn, state, f"{why}; only observed")


def goes(turn: Turn, state: str, why: str) -> None:
    before = turn.status.state
    turn.set(came_from=before, state=state, entry=turn.status.entry + 1, since=turn.now, reason=why)
    turn.tell(Kind.MOVED, f"{before} -> {state} ({why})")


def exited(turn: Turn, event: happened.Exited) -> None:
    if event.process != turn.status.process:
        return turn.set(buried=event.process)
    ran = stopping.ended(turn, event.process, event.exit)
    goal = turn.status.goal
    missing(turn, f"{event.exit}")
    turn.set(standing=())
    if goal is Goal.UP:
        why = str(event.exit)
        turn.tell(Kind.EXITED, why, exit=event.exit, ran_for=ran, next=FOLLOWS)
    return look(turn)


def timer(turn: Turn, event: happened.TimerRang) -> None:
    if event.timer is Timer.LIFE and turn.status.due == event.due:
        look(turn)
    elif event.timer is Timer.STEADY:
        rang(turn, event)


def answered(turn: Turn, event: happened.Answered) -> None:
    """Told once for each process: what a daemon that acts would do."""
    row, status = graph.row_of(turn.watch, event), turn.status
    if row is None or event.entry not in (None, status.entry) or not status.monitored:
        return
    if not (row.to or row.otherwise or row.acts):
        return graph.stands(turn, row, event)
    check = spell.when(row.when)
    if event.met and check not in status.standing:
        turn.set(standing=(*status.standing, check))
        turn.tell(
            Kind.CHECK_MET,
            f"{event.reason}: {would(row)}",
            check=check,
            samples=event.samples,
            notify=row.notify,
            next="only observed: nothing is done",
        )


def would(row: Transition) -> str:
    if row.signal:
        return f"{signal_name(row.signal)} would be sent"
    if row.run:
        return f"{shlex.join(row.run)} would be run"
    return f"{'reload' if row.reload else row.to} would follow"


def reshaped(turn: Turn, event: happened.Reshaped) -> None:
    """The watch file says something else now."""
    graph.forget_checks(turn)
    if turn.status.process is None and turn.watch.kind == "watch":
        look(turn)


def adopted(turn: Turn, event: happened.Adopted) -> None:
    operator.adopted(turn, event)
    turn.set(program=turn.watch.program)


def nothing(turn: Turn, event: happened.Event) -> None: ...


RULES: Mapping[type, Callable[[Turn, Any], None]] = {
    happened.Begun: begun,
    happened.Looked: looked,
    happened.Exited: exited,
    happened.Succeeded: succeeded,
    happened.TimerRang: timer,
    happened.Answered: answered,
    happened.Doubted: graph.doubted,
    happened.Reshaped: reshaped,
    happened.Adopted: adopted,
}
