"""From a launch to a living process, by way of the commands that are run for it."""

from dataclasses import replace

from overseer.core import checking, errands, leftovers, stop_command, stopping
from overseer.core.one_shot import is_one_shot
from overseer.core.outdated import outdated
from overseer.core.phase import NOT_STARTED
from overseer.core.stopping import COMMANDS
from overseer.core.turn import Ended, Turn
from overseer.model.action import Cancel
from overseer.model.event import LaunchDelayed, Launched, LaunchFailed, LeftBehind
from overseer.model.news import Kind
from overseer.model.process import ENDED, Exit, Process
from overseer.model.state import RESTART, STOP, Life
from overseer.model.status import Errand, Job, Stage, Status, Then
from overseer.units import show_seconds


def launched(turn: Turn, event: Launched) -> None:
    """A command has a process: the program itself, or one to wait for."""
    errand = turn.status.errand
    if errand is None or errand.id != event.id or errand.process:
        return
    errands.output_begins(turn, event)
    if errand.job is Job.LAUNCH:
        return born(turn, event.process)
    errands.has_process(turn, event.process)
    return under_way(turn)


def under_way(turn: Turn) -> None:
    """A command has a process: its time runs from its launch."""
    errand = turn.status.errand
    if errand is None:
        return None
    if errand.job in stopping.COMMANDS:
        return stop_command.launched(turn, errand)
    limit = turn.watch.start_timeout if errand.job is Job.START else turn.watch.restart_timeout
    turn.set(due=max(turn.now, errand.began + limit), trouble="")
    if errand.job in (Job.START, Job.RESTART) and turn.status.then in (Then.END, Then.LAUNCH):
        errands.cut_short(turn)
    return None


def born(turn: Turn, process: Process) -> None:
    """A process is there: keep it, unless by now another, or none, is wanted."""
    then, by, errand = turn.status.then, turn.status.then_by, turn.status.errand
    renewed = errand is not None and errand.job is Job.RESTART
    turn.set(after="after_restart" if renewed else "after_start")
    if renewed and not outdated(turn.program, turn.watch.program):
        turn.set(program=turn.watch.program)  # what counts from the next start counts now
    turn.set(errand=None, process=process, program=turn.program, launched_at=turn.now)
    turn.set(up_at=None, extended=None, found=False)
    if then in (Then.END, Then.LAUNCH, Then.RENEW_NOW):
        turn.by = by
        stopping.begin(turn)
        if then is not Then.END:
            errands.wait_for(turn, Then.LAUNCH)
        return
    grace(turn, turn.now)


def grace(turn: Turn, began: float) -> None:
    """Not up until it has lived long enough; how long depends on what brought it here. A one-shot
    is up while it runs. However old it is, `start_timeout` runs from the moment when somebody
    asks whether it is ready."""
    turn.set(then=Then.NOTHING, launched_at=began, ready=(), unready="", ready_since=turn.now)
    ends = grace_ends(turn)
    if is_one_shot(turn.watch) or (turn.now >= ends and not turn.watch.ready):
        return alive(turn)
    return turn.becomes(Life.GRACE, max(ends, turn.now))


def grace_ends(turn: Turn) -> float:
    watch = turn.watch
    longer = turn.status.state == RESTART and watch.restart_grace is not None
    patience = watch.restart_grace if longer else watch.start_grace
    return (turn.status.launched_at or turn.now) + (patience or 0.0)


def alive(turn: Turn) -> None:
    began = turn.status.launched_at or turn.now
    turn.becomes(Life.ALIVE, None)
    turn.set(up_at=turn.now, asked=False, trouble="", unready="", then=Then.NOTHING)
    stopping.hook(turn, turn.status.after)
    turn.set(after="")
    if turn.status.steady_due is None:
        turn.set(steady_due=max(began + turn.watch.restart_delay.reset_after, turn.now))


def goes_on(turn: Turn) -> None:
    """What was up, and lives, is up: a daemon that begins, or a restart that came to nothing,
    changes nothing about that."""
    status = turn.status
    turn.becomes(Life.ALIVE, None)
    turn.set(asked=False, trouble="", unready="", then=Then.NOTHING)
    if status.steady_due is None and status.life is not Life.LOOKING:  # people were told of it
        began = status.launched_at or turn.now
        turn.set(steady_due=max(began + turn.watch.restart_delay.reset_after, turn.now))


def launch_failed(turn: Turn, event: LaunchFailed) -> None:
    """It could not even be run."""
    errand = turn.status.errand
    if errand is None or errand.id != event.id or errand.process:
        return
    errands.output_begins(turn, event)
    match errand.job:
        case Job.LAUNCH | Job.START if event.skipped:
            skipped(turn, event.why)
        case Job.LAUNCH | Job.START:
            failed_start(turn, event.why, hopeless=event.hopeless)
        case Job.RESTART:
            turn.tell(Kind.RESTART_FAILED, f"restart command: {event.why}", hopeless=event.hopeless)
            errands.has_ended(turn, None)
        case Job.STOP | Job.AFTER_STOP:
            stop_command.over(turn, errand, event.why)
        case Job.RELOAD:
            reload_over(turn, event.why)
        case Job.CHECK:
            checking.over(turn, errand, event.why)


def left_behind(turn: Turn, event: LeftBehind) -> None:
    """Earlier launches have left something that lives: it ends first."""
    errand = turn.status.errand
    if errand and errand.id == event.id and not errand.process and turn.status.then is Then.END:
        return leftovers.end(turn, event.processes[0])
    return leftovers.refused(turn, event)


def launch_delayed(turn: Turn, event: LaunchDelayed) -> None:
    """It is on its way: late, and not failed."""
    errand = turn.status.errand
    if errand is None or errand.id != event.id or errand.process:
        return
    turn.set(errand=replace(errand, delayed=event.why))
    if event.told:
        turn.tell(Kind.WARNING, event.why)


def command_ended(turn: Turn, errand: Errand, exit: Exit) -> None:
    match errand.job:
        case Job.STOP | Job.AFTER_STOP:
            stop_command.over(turn, errand, "" if exit.code == 0 or exit == ENDED else str(exit))
        case Job.CHECK:
            checking.ended(turn, errand, exit)
        case Job.RELOAD:
            well = exit.code == 0
            reload_over(turn, "" if well else f"reload command: {exit}")
        case _:
            errands.has_ended(turn, exit)


def reload_over(turn: Turn, failure: str) -> None:
    """Its command has ended; a program that says how far it is may not be ready yet."""
    if failure:
        turn.set(reloading=None, reload_heard=False)
    errands.beside_over(turn)
    turn.set(reload_failure=failure)
    if failure:
        turn.tell(Kind.WARNING, failure)
    elif turn.status.reload_heard:
        turn.set(reload_asked=True)
    else:
        turn.tell(Kind.RELOADED, "reloaded")


def failed_start(
    turn: Turn,
    why: str,
    exit: Exit | None = None,
    *,
    hopeless: bool = False,
    left: Process | None = None,
) -> None:
    """The attempt came to nothing, but for what it has *left* behind, which is ended; the graph
    hears of it, unless something else is wanted."""
    then, by, errand = turn.status.then, turn.status.then_by, turn.status.errand
    cancelled = errand is not None and errand.stage is Stage.CUT and errand.process is None
    turn.set(errand=None, process=None, up_at=None, steady_due=None)
    if left:
        leftovers.end(turn, left, leftovers.PATIENCE)
    else:
        turn.becomes(Life.DOWN, None)
    if then in (Then.NOTHING, Then.RUN) and not cancelled:
        turn.set(then=Then.NOTHING)
        turn.ended = Ended(exit, None, failed_start=why, hopeless=hopeless)
    else:
        turn.set(then=then, then_by=by, trouble="")
        turn.tell(Kind.STOPPING, why)


def skipped(turn: Turn, why: str) -> None:
    """Its `before_start` says that it is not to run here and now, which is no failure."""
    superseded = turn.status.then not in (Then.NOTHING, Then.RUN)
    turn.set(errand=None, process=None, up_at=None, steady_due=None)
    turn.becomes(Life.DOWN, None)
    if not superseded:
        message = f"{NOT_STARTED}{why}"
        turn.set(then=Then.NOTHING, asked=False, finished=True)
        turn.tell(Kind.FINISHED, message)
        turn.goes(STOP, message)


def rang(turn: Turn) -> None:
    """The timer of a launch: what it means follows from how far the command has come."""
    errand = turn.status.errand
    if errand is None:
        return None
    if errand.stage in (Stage.CUT, Stage.KILLED):
        return ending(turn, errand)
    match errand.stage:
        case Stage.CLEARING | Stage.SWEEPING:
            return leftovers.rang(turn)
        case Stage.ASKED:
            return not_launched_yet(turn, errand)
        case Stage.RUNNING:
            return too_long(turn, errand)
        case Stage.OVERDUE:
            return errands.cut_short(turn)
        case _:  # it waits to be judged
            turn.set(due=turn.now + errands.LOOK_AGAIN)
            return errands.ask_look(turn)


def not_launched_yet(turn: Turn, errand: Errand) -> None:
    waited = show_seconds(turn.now - errand.began)
    turn.set(due=turn.now + errands.LOOK_AGAIN)
    if not errand.delayed:
        why = f"the system has not launched it for {waited}"
        turn.set(errand=replace(errand, delayed=why))


def ending(turn: Turn, errand: Errand) -> None:
    """A command that is being ended has not: SIGKILL after TERM, then somebody looks."""
    if errand.process is None:  # it waits to be cancelled, or is about to be born
        turn.set(due=turn.now + errands.LATE)
        return turn.do(Cancel(errand.id))
    if errand.until is None:  # its signal waits to be sent
        return errands.end(turn, errands.TERM if errand.stage is Stage.CUT else errands.KILL)
    if errand.stage is Stage.CUT:
        return errands.kill(turn)
    return stop_command.look_at(turn, errand)


def survives(status: Status) -> bool:
    """True while a start or restart command that SIGKILL has not ended is what is stuck."""
    errand = status.errand
    return errand is not None and errand.stage is Stage.KILLED and errand.job not in COMMANDS


def too_long(turn: Turn, errand: Errand) -> None:
    errands.time_is_over(turn)
    if errand.job is Job.START:
        errands.at(turn, Stage.OVERDUE)
        turn.set(due=turn.now + errands.LOOK_AGAIN)
        errands.ask_look(turn)
    else:
        errands.cut_short(turn)
