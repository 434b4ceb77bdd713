"""Looking, and what is made of it: no end of a command is judged before it is looked at."""

from dataclasses import replace

from overseer.core import errands, launching, leftovers, life, readiness, stop_command, stopping
from overseer.core.turn import Ended, Turn
from overseer.model.action import Spawn
from overseer.model.event import Looked
from overseer.model.news import Kind
from overseer.model.process import ENDED, Process
from overseer.model.state import Goal, Life
from overseer.model.status import Errand, Job, Stage, Status, Then
from overseer.units import show_seconds

PID_FILE_PATIENCE = 5.0
"""Seconds, at least, that a pid file may come after its start command has ended well."""
PID_FILE_AGAIN = 0.1
"""Seconds between looks for that pid file."""
PID_FILE_SOMETIMES = 0.5
"""The same while a program that the command has left runs, but does not stand there yet."""


def looked(turn: Turn, event: Looked) -> None:
    """An answer to Look; to the last one only."""
    if event.token != turn.status.token:
        return
    found = event.process if event.process != turn.status.buried else None
    match turn.status.life:
        case Life.LAUNCHING:
            judge(turn, event, found)
        case Life.LOOKING | Life.UNKNOWN | Life.STUCK:
            seen(turn, event, found)
        case Life.STOPPING if turn.status.errand and not event.doubt:
            command_of_stop(turn, event, found)


def command_of_stop(turn: Turn, event: Looked, found: Process | None) -> None:
    """A stop command of an earlier daemon: still running, or over, or never run."""
    if found and event.running_errand:
        turn.becomes(Life.STOPPING, turn.status.due or turn.now)
        errands.has_process(turn, found)
        return launching.under_way(turn)
    errand = turn.status.errand
    return stop_command.lost(turn, errand) if errand else None


GOES_ON = "the old process goes on"


def judge(turn: Turn, event: Looked, found: Process | None) -> None:
    """A start or restart command has ended, or its time is over."""
    errand = turn.status.errand
    if errand is None:
        return None
    if errand.stage is Stage.LOST:
        return rejoin(turn, event, found)
    if errand.stage is Stage.OVERDUE:
        return overdue(turn, event, found)
    if errand.stage is not Stage.JUDGING:
        return None
    if event.doubt:
        return cannot_tell(turn, event.doubt)
    if found is None:
        return nothing_there(turn, errand, event.left)
    old = errand.job is Job.RESTART and found == turn.status.process
    if old and not went_well(errand) and turn.status.then is Then.NOTHING:
        failure = f"restart command: {verdict(errand)}"
        turn.set(errand=None, refusal=f"{failure}; {GOES_ON}")
        turn.tell(Kind.RESTART_FAILED, failure, exit=errand.exit, next=GOES_ON)
        return found_it(turn, found)
    return launching.born(turn, found)


def overdue(turn: Turn, event: Looked, found: Process | None) -> None:
    """A foreground program with a wrong `pid_file` is kept; all else is cut short."""
    errand = turn.status.errand
    if not (event.running_errand and found):
        return errands.cut_short(turn)
    message = "stays in the foreground: write `command:` instead of `start:` and `pid_file:`"
    turn.tell(Kind.WARNING, message)
    turn.set(errand=None, process=found, trouble=message)
    launching.grace(turn, errand.began if errand else turn.now)
    return turn.set(trouble=message, extended=None)


def rejoin(turn: Turn, event: Looked, found: Process | None) -> None:
    """The intent was written down; whether it was carried out is what the look says."""
    errand = turn.status.errand
    assert errand
    if event.doubt:
        return cannot_tell(turn, event.doubt)
    if errand.job is Job.LAUNCH:
        if found:
            return launching.born(turn, found)
        return never_launched(turn, errand)
    if found and event.running_errand:
        errands.has_process(turn, found)
        if turn.status.then in (Then.END, Then.LAUNCH):
            errands.cut_short(turn)
        return None
    return errands.has_ended(turn, ENDED)


def never_launched(turn: Turn, errand: Errand) -> None:
    """Only the intent is there. Where it still holds it is carried out, under the same id."""
    if turn.status.then not in (Then.NOTHING, Then.RUN) or turn.status.goal is not Goal.UP:
        turn.set(errand=None)
        return turn.becomes(Life.DOWN, None)
    if turn.status.lacking:
        turn.by = errand.by
        return life.wait_for_others(turn)
    errands.at(turn, Stage.ASKED)
    turn.do(Spawn(errand, turn.program, None, turn.status.reason))
    return turn.set(due=turn.now + turn.watch.start_timeout)


def nothing_there(turn: Turn, errand: Errand, left: tuple[Process, ...]) -> None:
    """The command is over, and no process of the watch lives, but for what it has *left*."""
    wanted = turn.status.then in (Then.NOTHING, Then.RUN)
    if errand.job is Job.RESTART:
        return not_restarted(turn, errand, left, wanted=wanted)
    patience = max(PID_FILE_PATIENCE, turn.watch.start_grace)
    if left:  # what runs may yet write it
        patience = max(patience, turn.watch.start_timeout)
    turn.set(trouble=nowhere_named(turn, left) if left else "")
    ended = errand.began if errand.ended_at is None else errand.ended_at
    if wanted and went_well(errand) and turn.now < ended + patience:
        return turn.set(due=turn.now + (PID_FILE_SOMETIMES if left else PID_FILE_AGAIN))
    why = f"start command: {verdict(errand)}"
    if left and went_well(errand):
        why = f"start command: {nowhere_named(turn, left)}"
    elif left:
        why = f"{why}; {nowhere_named(turn, left)}"
    root = errand.process or (left[0] if left else None)
    return launching.failed_start(turn, why, errand.exit, left=root if left else None)


def nowhere_named(turn: Turn, left: tuple[Process, ...]) -> str:
    """`it went to the background as pid 12, not named in /run/app.pid: ...`"""
    where = turn.program.pid_file
    if where is None:
        return f"it left {leftovers.listed(left)}"
    return (
        f"it went to the background as {leftovers.listed(left)}, not named in {where}:"
        " write as `pid_file:` the file that the program writes"
    )


def not_restarted(turn: Turn, errand: Errand, left: tuple[Process, ...], *, wanted: bool) -> None:
    """The restart command has ended the process, and brought none: overseer launches it."""
    then, by = turn.status.then, turn.status.then_by
    why = f"restart command: {verdict(errand)}, and nothing runs"
    if left:
        why += f" but {leftovers.listed(left)}, which it has left and which is ended"
    turn.tell(Kind.RESTART_FAILED, why)
    turn.set(errand=None, process=None, up_at=None)
    if left:
        leftovers.end(turn, errand.process or left[0], leftovers.PATIENCE)
    else:
        turn.becomes(Life.DOWN, None)
    if wanted:
        then, by = Then.LAUNCH if errand.by else Then.RUN, errand.by
    turn.set(then=then, then_by=by)


def went_well(errand: Errand) -> bool:
    return not errand.timed_out and errand.exit is not None and errand.exit.code in (0, None)


def verdict(errand: Errand) -> str:
    """How a command ended, in words."""
    if errand.timed_out and errand.job is Job.START:
        return "cut short, it took too long; a program that stays in the foreground is a `command:`"
    if errand.timed_out:
        return "cut short, it took too long"
    if errand.exit is None:
        return "could not be run"
    if errand.exit == ENDED:
        return f"{errand.exit}, and no process stands in the pid file"
    if errand.exit.code == 0:
        return "ended well, but no process stands in the pid file"
    return str(errand.exit)


def seen(turn: Turn, event: Looked, found: Process | None) -> None:
    """An answer while nothing but looking went on."""
    if event.doubt:
        return cannot_tell(turn, event.doubt)
    if event.running_errand and turn.status.errand and turn.status.errand.job in stopping.COMMANDS:
        return command_of_stop(turn, event, found)
    if is_open(turn):
        turn.becomes(Life.LAUNCHING, turn.now + errands.LOOK_AGAIN)
        return judge(turn, event, found)
    if found is None:
        return None if command_lives(turn) else not_found(turn)
    if turn.status.life is Life.STUCK:
        return stopping.still_stuck(turn)
    return found_it(turn, found)


def is_open(turn: Turn) -> bool:
    """True while a command waits to be judged, and could not be for want of an answer."""
    errand = turn.status.errand
    if errand is None or errand.job in stopping.COMMANDS:
        return False
    return errand.stage in (Stage.LOST, Stage.JUDGING)


def command_lives(turn: Turn) -> bool:
    """True while a command runs or is about to: its end, or its failure, will be heard of."""
    errand = turn.status.errand
    return errand is not None and (errand.process is not None or errand.stage is Stage.ASKED)


def found_it(turn: Turn, found: Process) -> None:
    """It lives: take it as it is, then do what was asked meanwhile."""
    status = turn.status
    then, by = status.then, status.then_by
    if found != status.process:
        turn.tell(Kind.ADOPTED, f"found running, pid {found.pid}")
    program = status.program or replace(turn.watch.program, notify_socket=False, watchdog=None)
    turn.set(process=found, errand=None, program=program)
    take_as_it_is(turn, found, known=found == status.process)
    if then is Then.END:
        turn.by = by
        stopping.begin(turn)
    elif then in (Then.RENEW, Then.RENEW_NOW):
        turn.by = by
        stopping.begin(turn)
        errands.wait_for(turn, Then.LAUNCH if then is Then.RENEW_NOW else Then.RUN)


def take_as_it_is(turn: Turn, found: Process, *, known: bool) -> None:
    """What was up is up. So is what nobody knew, where it is older than a start may take: it
    has come through that, under whoever launched it."""
    watch, status = turn.watch, turn.status
    if known and status.up_at is not None:
        return launching.goes_on(turn)
    turn.set(found=True, up_at=None)
    if not known:
        turn.set(extended=None, ready=())
        if turn.now >= found.began + max(watch.start_timeout, watch.start_grace):
            turn.set(launched_at=found.began, ready=tuple(range(len(watch.ready))))
            return launching.alive(turn)
    said = readiness.kept(turn)
    launching.grace(turn, found.began)
    if turn.status.life is Life.GRACE:
        turn.set(ready=said)


def not_found(turn: Turn) -> None:
    """It is not there; if it should have been, that is an end to be judged."""
    status = turn.status
    judged = status.process is not None or status.then is Then.JUDGE
    if status.process:
        stopping.ended(turn, status.process, ENDED)
    then = Then.NOTHING if status.then is Then.JUDGE else status.then
    turn.set(process=None, remains=None, errand=None, steady_due=None, trouble="", then=then)
    is_gone(turn, judged=judged)
    if judged and then is Then.NOTHING:
        turn.ended = what_ended(turn.status)
        turn.set(up_at=None)


def is_gone(turn: Turn, *, judged: bool) -> None:
    """Nothing of it lives; what is to be done after its end is done first."""
    was_stuck = turn.status.life is Life.STUCK
    if judged and was_stuck and stopping.has_hook(turn):
        return stopping.run_hook(turn)
    if judged and not was_stuck:
        return stopping.after_crash(turn)
    turn.becomes(Life.DOWN, None)
    if was_stuck:
        turn.stopped = True
        stopping.stopped(turn)
    return None


def what_ended(status: Status) -> Ended:
    """The end of what had been up, or of what had not got so far."""
    exit = status.last_exit or ENDED
    return Ended(exit, status.last_ran_for, "" if status.up_at is not None else str(exit))


def cannot_tell(turn: Turn, doubt: str) -> None:
    """Neither signalled nor doubled: looked at again and again, and told once."""
    if turn.status.life is not Life.UNKNOWN:
        turn.tell(Kind.UNKNOWN, doubt, next=f"looked at every {show_seconds(errands.LOOK_AGAIN)}")
    turn.becomes(Life.UNKNOWN, turn.now + errands.LOOK_AGAIN)
    turn.set(trouble=doubt, asked=False)
