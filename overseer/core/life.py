"""What is done to the one process of a watch: run, renew, end, leave; one table for all."""

from collections.abc import Callable, Mapping

from overseer.core import errands, flapping, gate, leftovers, stop_command, stopping
from overseer.core.errands import wait_for
from overseer.core.outdated import outdated
from overseer.core.phase import START_FAILED, because, is_waiting
from overseer.core.stop_steps import AFTER_CRASH
from overseer.core.turn import Turn
from overseer.model.dependency import NOT_SEEN
from overseer.model.news import Kind
from overseer.model.state import INIT, RESTART, STOP, UNMONITORED, Hold, Life
from overseer.model.status import Job, Stage, Then

Ask = Callable[[Turn], None]


def rest(turn: Turn) -> None:
    turn.becomes(Life.DOWN, None)
    turn.set(then=Then.NOTHING, process=None, remains=None, errand=None, steady_due=None)


def launch(turn: Turn) -> None:
    """Launch it now: nothing of the last process lives. The intent is in the status."""
    if turn.status.closing:
        return rest(turn)
    if turn.status.lacking:
        return wait_for_others(turn)
    if not turn.by:
        gate.record(turn)
    elif turn.status.state == RESTART:
        turn.set(restarts_asked=turn.status.restarts_asked + 1)
    turn.set(
        lost=(), mends=False, program=turn.watch.program, process=None, launched_at=None, up_at=None
    )
    turn.set(ready_since=None, extended=None, found=False)
    turn.set(then=Then.NOTHING, steady_due=None, finished=False, failed=False, trouble="")
    turn.becomes(Life.LAUNCHING, turn.now + turn.watch.start_timeout)
    return errands.send(turn, Job.START if turn.watch.program.daemonizes else Job.LAUNCH)


def wait_for_others(turn: Turn) -> None:
    """What it depends on is not there: no timer, for they are heard of."""
    waits_already = is_waiting(turn.status)
    rest(turn)
    turn.becomes(Life.WAITING, None)
    wait_for(turn, Then.LAUNCH if turn.by else Then.NOTHING)
    turn.set(finished=False, failed=False, trouble="")
    if not waits_already:
        turn.set(waits_for=())
        say_for_whom(turn)


def say_for_whom(turn: Turn) -> None:
    """Once it is known, and once for each wait: another daemon goes on with it."""
    lacking = turn.status.lacking
    names = tuple(lack.on for lack in lacking)
    if names != turn.status.waits_for and all(lack.why != NOT_SEEN for lack in lacking):
        turn.set(waits_for=names)
        turn.tell(Kind.WAITING, because(turn.status))


def by_the_gate(turn: Turn) -> None:
    """Overseer's own launch: wanted, not held, not flapping; then after the delay."""
    rest(turn)
    if turn.status.hold is Hold.CHECKS:  # it was left running, and is no more
        hold = Hold.GAVE_UP if turn.status.hold_due is None else Hold.FLAPPING
        turn.set(hold=hold, held_by="", asked=False)
        return turn.goes(UNMONITORED, f"held back, and then {turn.status.reason}")
    if not gate.is_open(turn.status):
        return None
    if flapping.holds_back(turn, alive=False, why=last_end(turn)):
        return None
    if wait := max(gate.delay(turn), gate.too_soon(turn)):
        return turn.becomes(Life.WAITING, turn.now + wait)
    return launch(turn)


def last_end(turn: Turn) -> str:
    status = turn.status
    if status.unready and status.last_exit and status.last_exit.signal:  # overseer's own
        return f"last: not ready: {status.unready}"
    if status.reason.startswith(START_FAILED):  # also where there never was a process
        why = status.reason.removeprefix(START_FAILED)
        return f"last {why}" if why == str(status.last_exit) else f"last: {why}"
    return f"last {status.last_exit}" if status.last_exit else ""


def start(turn: Turn) -> None:
    """Down, and wanted: the operator's at once, overseer's own by the gate."""
    if turn.by:
        launch(turn)
    else:
        by_the_gate(turn)


def stays(_turn: Turn) -> None:
    """What is asked is so already, or on its way."""


def start_if_asked(turn: Turn) -> None:
    if turn.by:
        launch(turn)


def run_later(turn: Turn) -> None:
    wait_for(turn, Then.LAUNCH if turn.by else Then.RUN)


def run_after_all(turn: Turn) -> None:
    """A launch that was to be ended, or is being cut short, is wanted again."""
    errand = turn.status.errand
    if errand and errand.stage in (Stage.CUT, Stage.KILLED):
        return run_later(turn)
    return wait_for(turn, Then.NOTHING)


def run_when_seen(turn: Turn) -> None:
    run_later(turn)
    if turn.by:
        stopping.see(turn)


def renew(turn: Turn) -> None:
    """A new process for the living one: by its restart command, else stop and launch."""
    if not turn.by:
        if not gate.is_open(turn.status):
            return None
        gate.count_end(turn, ran_for(turn))
    other = outdated(turn.program, turn.watch.program)  # its restart command would wear it again
    if turn.program.restart is None or turn.status.lacking or other:
        stopping.begin(turn)
        return run_later(turn)
    if not turn.by:
        gate.record(turn)
    else:
        turn.set(restarts_asked=turn.status.restarts_asked + 1)
    turn.set(mends=False)
    turn.set(steady_due=None, then=Then.NOTHING, lost=())
    turn.becomes(Life.LAUNCHING, turn.now + turn.watch.restart_timeout)
    return errands.send(turn, Job.RESTART)


def ran_for(turn: Turn) -> float | None:
    process = turn.status.process
    return None if process is None else turn.now - process.began


def renew_after_all(turn: Turn) -> None:
    """The operator cuts a launch short for a new one; overseer's own lets it end."""
    if turn.by:
        wait_for(turn, Then.LAUNCH)
        errands.cut_short(turn)


def renew_later(turn: Turn) -> None:
    wait_for(turn, Then.RENEW_NOW if turn.by else Then.RENEW)


def end_launch(turn: Turn) -> None:
    if leftovers.waits(turn):
        return leftovers.end(turn, turn.status.remains)
    wait_for(turn, Then.END)
    return errands.cut_short(turn)


def end_when_seen(turn: Turn) -> None:
    if leftovers.waits(turn):
        return leftovers.end(turn, turn.status.remains)
    wait_for(turn, Then.END)
    return stopping.see(turn)


def end_later(turn: Turn) -> None:
    wait_for(turn, Then.END)


def end_after(turn: Turn) -> None:
    """What it has left behind may only have been waited for."""
    status = turn.status
    if status.process is None and status.remains and status.stop_deadline is None:
        return leftovers.end(turn, status.remains)
    return nothing_after(turn)


def nothing_after(turn: Turn) -> None:
    """Asked to stop once more, it does not wait for the hook after its stop. What the hook leaves
    behind, and a crash elsewhere than in its group, is ended after it."""
    status = turn.status
    hooked = status.errand is not None and status.errand.job is Job.AFTER_STOP
    ends_more = status.life is Life.STOPPING and (hooked or status.stop_step == AFTER_CRASH)
    wait_for(turn, Then.END if ends_more and status.state == STOP else Then.NOTHING)
    errand = turn.status.errand
    once_more = turn.by and turn.status.came_from == STOP
    if once_more and errand and errand.process and errand.job is Job.AFTER_STOP:
        stop_command.is_late(turn, errand)


RUN: Mapping[Life, Ask] = {
    Life.DOWN: start,
    Life.WAITING: start_if_asked,
    Life.LAUNCHING: run_after_all,
    Life.GRACE: stays,
    Life.ALIVE: stays,
    Life.STOPPING: run_later,
    Life.STUCK: run_when_seen,
    Life.UNKNOWN: run_when_seen,
    Life.LOOKING: run_later,
}
RENEW: Mapping[Life, Ask] = {
    Life.DOWN: start,
    Life.WAITING: start_if_asked,
    Life.LAUNCHING: renew_after_all,
    Life.GRACE: renew,
    Life.ALIVE: renew,
    Life.STOPPING: run_later,
    Life.STUCK: run_when_seen,
    Life.UNKNOWN: run_when_seen,
    Life.LOOKING: renew_later,
}
END: Mapping[Life, Ask] = {
    Life.DOWN: leftovers.end_after_all,
    Life.WAITING: leftovers.end_after_all,
    Life.LAUNCHING: end_launch,
    Life.GRACE: stopping.begin,
    Life.ALIVE: stopping.begin,
    Life.STOPPING: end_after,
    Life.STUCK: end_when_seen,
    Life.UNKNOWN: end_when_seen,
    Life.LOOKING: end_later,
}
LEAVE: Mapping[Life, Ask] = {
    Life.DOWN: rest,
    Life.WAITING: rest,
    Life.LAUNCHING: nothing_after,
    Life.GRACE: stays,
    Life.ALIVE: stays,
    Life.STOPPING: nothing_after,
    Life.STUCK: nothing_after,
    Life.UNKNOWN: nothing_after,
    Life.LOOKING: nothing_after,
}


def go_on(turn: Turn) -> bool:
    """Nothing lives any more: do what was asked meanwhile; False where nothing was."""
    status = turn.status
    if status.life is not Life.DOWN or status.then is Then.NOTHING:
        return False
    turn.by = status.then_by if status.then in (Then.LAUNCH, Then.RENEW_NOW) else ""
    if status.then is Then.END:
        leftovers.end_after_all(turn)
    elif status.state == INIT:  # from init the graph knows the way
        rest(turn)
    elif turn.stopped and turn.watch.stop_grace:
        turn.becomes(Life.WAITING, turn.now + turn.watch.stop_grace)
    else:
        start(turn)
    return True


def waited(turn: Turn) -> None:
    """The wait is over: launch."""
    if turn.status.then is Then.LAUNCH:
        turn.by = turn.status.then_by
    launch(turn)
