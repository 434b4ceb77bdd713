"""One run of a scheduled program: begun, ended, put off, cut short; each end is told.

One at a time. `life` is down while none is under way, launching while one is; `run` is that one,
`queued` the one that follows it.
"""

from dataclasses import replace

from overseer.core import duty, errands, leftovers
from overseer.core.phase import listed
from overseer.core.turn import Turn
from overseer.model.event import Launched, LaunchFailed, Looked, Swept
from overseer.model.news import Kind
from overseer.model.process import ENDED, Exit
from overseer.model.schedule import BAD, Ending, Missed, Overlap, Result, Run
from overseer.model.state import Goal, Life
from overseer.model.status import Errand, Job, Stage, Status, Then
from overseer.units import show_seconds

PATIENCE = 600.0
"""Seconds that a run may wait for what it depends on before people are told."""
KILLED = "cut short, the next run is due (overlap: kill)"


def due(turn: Turn, run: Run) -> None:
    """A run is to begin; while another one goes on `overlap` says what becomes of it. While what
    it depends on is not there it waits, the first of those that come."""
    status, plan = turn.status, turn.watch.schedule
    if status.life is Life.DOWN and status.lacking:
        return skip(turn, run) if status.queued or run.request else wait(turn, run)
    if status.life is Life.DOWN:
        return start(turn, run)
    overlap = plan.overlap if plan else Overlap.SKIP
    if overlap is Overlap.SKIP or status.queued or status.closing:
        return skip(turn, run)
    turn.set(queued=run)
    if overlap is Overlap.KILL:
        return cut(turn, KILLED)
    return turn.tell(Kind.RUN_QUEUED, f"run by {run.by} waits for the one before to end")


def wait(turn: Turn, run: Run) -> None:
    turn.set(queued=run, reason=f"waiting for {listed(turn.status.lacking)}")
    turn.set(due=turn.now + PATIENCE)
    turn.tell(Kind.RUN_QUEUED, f"run by {run.by} waits for {listed(turn.status.lacking)}")


def waits_long(turn: Turn) -> None:
    """People are told; it begins all the same when what it waits for is there."""
    status = turn.status
    turn.set(due=None)
    if status.queued and status.lacking:
        since = f"for {show_seconds(PATIENCE)} it waits for {listed(status.lacking)}"
        turn.tell(Kind.RUN_MISSED, f"not run yet: {since}")


def skip(turn: Turn, run: Run) -> None:
    """Told of the one that did not come to be, and answered to whoever asked for it."""
    status = turn.status
    began = status.errand.began if status.errand else turn.now
    since = f"since {show_seconds(max(turn.now - began, 0.1))}"
    why = f"the one before runs {since}"
    if status.run is None and status.errand:
        why = "what earlier runs have left is being ended"
    elif status.life in (Life.STUCK, Life.UNKNOWN):
        why = f"the one before is not known to be over: {status.trouble}"
    elif status.life is Life.DOWN:
        why = f"it waits for {listed(status.lacking)}"
    elif status.queued:
        why += ", and the next one waits already"
    said = f"not run: {why}"
    if run.request:
        return turn.set(refusal=said, refused=run.request)
    return turn.tell(Kind.RUN_SKIPPED, said, run=run, result=Result.SKIPPED)


def start(turn: Turn, run: Run) -> None:
    """The intent is on disk before anything is run."""
    turn.set(run=run, queued=None, trouble="", then=Then.NOTHING, reason=f"run by {run.by}")
    turn.set(program=turn.watch.program)
    turn.becomes(Life.LAUNCHING, turn.now + turn.watch.start_timeout)
    errands.send(turn, Job.RUN)
    turn.tell(Kind.RUN_STARTED, f"run by {run.by}")


def go_on(turn: Turn) -> None:
    """The run that was put off, if it is wanted still."""
    status = turn.status
    if status.lacking or status.closing:
        return
    if status.queued and status.life is Life.DOWN:
        if status.goal is Goal.UP or status.queued.request:
            start(turn, status.queued)
        else:
            turn.set(queued=None)


def launched(turn: Turn, event: Launched) -> None:
    status = turn.status
    errand = status.errand
    if errand and errand.id == event.id and not errand.process and status.run:
        errands.output_begins(turn, event)
        errands.has_process(turn, event.process)
        log_at, err_at = (one.at if one else None for one in (event.log, event.err))
        turn.set(run=replace(status.run, log_at=log_at, err_at=err_at))
        limit(turn)


def limit(turn: Turn) -> None:
    """It has `max_run_time`, or all the time it wants; one that is to be cut short has none."""
    status, plan = turn.status, turn.watch.schedule
    errand = status.errand
    if errand is None or not goes_on(turn):
        return
    most = plan.max_run_time if plan else None
    turn.becomes(Life.LAUNCHING, None if most is None else max(turn.now, errand.began + most))
    if status.run and status.run.cut:
        cut(turn, status.run.cut)


def launch_failed(turn: Turn, event: LaunchFailed) -> None:
    errand = turn.status.errand
    if errand and errand.id == event.id and not errand.process:
        errands.output_begins(turn, event)
        if is_cut(turn.status):
            return cut_off(turn)
        over(turn, Result.FAILED, event.why, hopeless=event.hopeless)
    return None


def looked(turn: Turn, event: Looked) -> None:
    """Was it begun by an earlier daemon that did not live to record it? It is never run twice."""
    errand = turn.status.errand
    if event.token != turn.status.token or errand is None or errand.stage is not Stage.LOST:
        return
    if event.doubt:
        duty.cannot_tell(turn, event.doubt)
    elif event.process:
        turn.set(trouble="")
        errands.has_process(turn, event.process)
        limit(turn)
    else:
        said = "overseer was killed as it began, and nothing of it runs now"
        over(turn, Result.FAILED, said)


def cut(turn: Turn, why: str) -> None:
    """End the run that is under way; one without a process is ended on arrival."""
    run, errand = turn.status.run, turn.status.errand
    leftovers.hasten(turn)
    if run is None or (errand and errand.stage is Stage.SWEEPING):  # it has ended before
        return
    turn.set(run=replace(run, cut=run.cut or why))
    end(turn)


def is_dropped(turn: Turn, event: Swept) -> bool:
    """It was cut short before it had begun: nothing stands in its way now, and it is not run."""
    status, errand = turn.status, turn.status.errand
    waited = errand is not None and errand.stage is Stage.CLEARING
    return waited and event.process == status.remains and is_cut(status)


def drop(turn: Turn) -> None:
    turn.set(remains=None, stop_deadline=None, stop_step=0, acting=None)
    cut_off(turn)


def is_cut(status: Status) -> bool:
    return bool(status.run and status.run.cut)


def cut_off(turn: Turn, exit: Exit | None = None) -> None:
    """It is over because it was cut short: by the next run, or by somebody."""
    why = turn.status.run.cut if turn.status.run else ""
    over(turn, Result.FAILED if why == KILLED else Result.CUT, why, exit)


def goes_on(turn: Turn) -> bool:
    """It has a process, and nothing has been done to end it."""
    errand = turn.status.errand
    return errand is not None and errand.stage is Stage.RUNNING


def end(turn: Turn) -> None:
    """The first of its stop signals, and SIGKILL when its time to end is over."""
    errand, steps = turn.status.errand, turn.program.stop_signals
    if errand and errand.stage is Stage.ASKED:
        return errands.cut_short(turn)
    if errand and errand.process and goes_on(turn):
        errands.at(turn, Stage.CUT)
        signal = steps[0].signal if steps else errands.TERM
        errands.end(turn, signal)


def close(turn: Turn) -> None:
    """Overseer ends, and the run with it; the next daemon runs it again where that is wanted."""
    status, plan = turn.status, turn.watch.schedule
    if status.run and plan and plan.missed is Missed.RUN and not status.run.cut:
        turn.set(queued=status.queued or anew(status.run))
    cut(turn, "cut short, overseer ends")
    leftovers.end_idle(turn)


def anew(run: Run) -> Run:
    """To be run once more."""
    return replace(run, log_at=None, err_at=None)


def lost_with_the_machine(turn: Turn) -> None:
    """Another boot: no run outlives its own. Moments of that boot mean nothing any more."""
    status, plan = turn.status, turn.watch.schedule
    run = status.run
    turn.forget_counts()
    turn.set(life=Life.DOWN, due=None, errand=None, run=None, program=None, trouble="", refusal="")
    turn.set(process=None, remains=None, then=Then.NOTHING, waiting_since=None, since=turn.now)
    turn.set(planned_at=None, set_at=None, last_exit_at=None, steady_due=None)
    if run is None:
        return
    if plan and plan.missed is Missed.RUN and not run.cut and status.queued is None:
        turn.set(queued=anew(run))
    tell(turn, run, Result.FAILED, "the machine went down meanwhile")


def ended(turn: Turn, errand: Errand, exit: Exit) -> None:
    """Judged by its exit code; that of a run which an earlier daemon began may not be known."""
    status, plan = turn.status, turn.watch.schedule
    if errand.job is Job.CLEAN:
        return cleaned(turn)
    if errand.timed_out:
        most = show_seconds((plan.max_run_time if plan else None) or 0.0)
        over(turn, Result.TIMED_OUT, f"cut short, it took longer than {most}", exit)
    elif is_cut(status):
        cut_off(turn, exit)
    elif exit == ENDED:
        over(turn, Result.UNKNOWN, str(exit), exit)
    elif exit.code in turn.watch.success_codes:
        over(turn, Result.OK, str(exit), exit)
    else:
        over(turn, Result.FAILED, str(exit), exit)


def cleaned(turn: Turn) -> None:
    """Nothing is left of earlier runs."""
    turn.set(errand=None, trouble="")
    turn.becomes(Life.DOWN, None)
    go_on(turn)


def over(
    turn: Turn, result: Result, said: str, exit: Exit | None = None, *, hopeless: bool = False
) -> None:
    """Nothing of it is left; the one that waits begins."""
    status = turn.status
    run = status.run or Run()
    if status.life in (Life.STUCK, Life.UNKNOWN):
        turn.tell(Kind.STEADY, "its run is over after all")
    turn.set(errand=None, program=None, run=None, trouble="")
    turn.becomes(Life.DOWN, None)
    tell(turn, run, result, said, exit, hopeless=hopeless)
    go_on(turn)


def tell(
    turn: Turn,
    run: Run,
    result: Result,
    said: str,
    exit: Exit | None = None,
    *,
    hopeless: bool = False,
) -> None:
    ran = turn.status.last_ran_for if exit else None
    at_most = "at most " if result is Result.UNKNOWN else ""
    after = f" after {at_most}{show_seconds(ran)}" if ran is not None else ""
    known = result in BAD and result is not Result.UNKNOWN
    words = "run finished" if result is Result.OK else "run failed" if known else "run"
    message = f"{words}: {said}{after}"
    kind = Kind.RUN_FAILED if result in BAD else Kind.RUN_FINISHED
    kind = Kind.STOPPED if result is Result.CUT else kind
    turn.set(last_run=Ending(result, message, run.request), reason=message)
    turn.tell(kind, message, exit=exit, ran_for=ran, hopeless=hopeless, run=run, result=result)
