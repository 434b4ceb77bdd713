"""Commands on their way, and looking: the two ways in which the life reaches out."""

from dataclasses import replace

from overseer.core.turn import Turn
from overseer.model.action import Cancel, Look, Signal, Spawn
from overseer.model.event import Launched, LaunchFailed, Signalled
from overseer.model.process import TICKS, Exit, Process
from overseer.model.program import Program
from overseer.model.state import Life
from overseer.model.status import Errand, Job, Stage, Then

LOOK_AGAIN = 30.0
"""Seconds between looks at what is stuck or cannot be told; also the patience with one look."""
CUT_PATIENCE = 5.0
"""Seconds that a command being cut short has between TERM and KILL."""
BESIDE = (Job.RELOAD, Job.CHECK)
"""What is run while the process goes on."""
LATE = 30.0
"""Seconds after which what was asked for and not yet done is said to be late, and asked again."""
TERM = 15
KILL = 9


def wait_for(turn: Turn, then: Then) -> None:
    """Remember what is to follow, and who asked for it."""
    turn.set(then=then, then_by=turn.by)


def look(turn: Turn) -> None:
    """See what is there; what was asked waits for the answer."""
    turn.becomes(Life.LOOKING, turn.now + LOOK_AGAIN)
    ask_look(turn)


def ask_look(turn: Turn) -> None:
    turn.set(token=turn.status.token + 1)
    status = turn.status
    errand = status.errand
    unseen = errand is not None and errand.stage is Stage.LOST  # then it comes first
    turn.do(Look(status.token, turn.program, None if unseen else status.process, errand))


def send(turn: Turn, job: Job, why: str = "", program: Program | None = None) -> None:
    """Run a command; one at a time, known by an id of its own. *why* is what it is told, the
    status's reason where nothing is said."""
    errand = prepare(turn, job)
    status = turn.status
    state = status.state if job is Job.STATE else ""
    about = status.buried if job is Job.AFTER_STOP else status.process
    turn.do(Spawn(errand, program or turn.program, about, why or status.reason, state))


def prepare(turn: Turn, job: Job) -> Errand:
    """It is on its way, under an id of its own."""
    turn.set(token=turn.status.token + 1)  # a look still out is of another time
    status, now = turn.status, turn.now
    errand = Errand(
        id=f"{status.boot[:8]}-{int(now * 1e6):x}-{status.token}",
        job=job,
        boot=status.boot,
        ticks=int(now * TICKS),
        began=now,
        by=turn.by,
    )
    turn.set(errand=errand)
    return errand


def send_again(turn: Turn, errand: Errand) -> None:
    """The launcher that was asked to run it is gone, and had not begun."""
    status = turn.status
    program = turn.watch.program if errand.job is Job.CHECK else turn.program
    state = status.state if errand.job is Job.STATE else ""
    about = status.buried if errand.job is Job.AFTER_STOP else status.process
    turn.do(Spawn(errand, program, about, status.reason, state))
    if errand.stage is Stage.CUT:
        turn.do(Cancel(errand.id))


def at(turn: Turn, stage: Stage) -> None:
    if errand := turn.status.errand:
        turn.set(errand=replace(errand, stage=stage))


def has_process(turn: Turn, process: Process) -> None:
    """Its time runs from now on, not from when it was asked for."""
    if errand := turn.status.errand:
        began = max(errand.began, process.began)
        known = replace(errand, process=process, stage=Stage.RUNNING, began=began, delayed="")
        turn.set(errand=known)


def output_begins(turn: Turn, event: Launched | LaunchFailed) -> None:
    """Of a program, not of what only stops or reloads it. A restart command that could not be
    run leaves the output of the process as it is."""
    job = turn.status.errand.job if turn.status.errand else None
    if job in (Job.LAUNCH, Job.START, Job.STATE, Job.RUN) or (
        job is Job.RESTART and isinstance(event, Launched)
    ):
        turn.set(log=event.log, err=event.err if isinstance(event, Launched) else None)


def has_ended(turn: Turn, exit: Exit | None) -> None:
    """The command is over: look before judging."""
    if errand := turn.status.errand:
        ended = replace(errand, exit=exit, stage=Stage.JUDGING, ended_at=turn.now)
        turn.set(errand=ended)
        turn.becomes(Life.LAUNCHING, turn.now + LOOK_AGAIN)
        ask_look(turn)


def time_is_over(turn: Turn) -> None:
    if errand := turn.status.errand:
        turn.set(errand=replace(errand, timed_out=True))


def cut_short(turn: Turn) -> None:
    """End a running command, politely first. One that has not been run is not run any more, and
    the hook before it is ended at once; if it is too late for that it is ended on arrival."""
    errand = turn.status.errand
    if errand and errand.stage is Stage.ASKED and not errand.process:
        at(turn, Stage.CUT)
        turn.set(due=turn.now + LATE)
        return turn.do(Cancel(errand.id))
    if errand is None or errand.stage not in (Stage.RUNNING, Stage.OVERDUE) or not errand.process:
        return None
    at(turn, Stage.CUT)
    return end(turn, TERM)


def end(turn: Turn, number: int) -> None:
    """Its time to end begins when the signal has been sent."""
    errand = turn.status.errand
    if errand and errand.process:
        turn.do(Signal(errand.process, number, tree=True))
        turn.set(errand=replace(errand, until=None), due=turn.now + LATE)


def signalled(turn: Turn, event: Signalled) -> None:
    """A command that is being ended has been sent its signal."""
    status, errand = turn.status, turn.status.errand
    if errand is None or errand.stage not in (Stage.CUT, Stage.KILLED) or errand.until is not None:
        return
    whole = errand.job is Job.RUN and errand.stage is Stage.CUT
    until = turn.now + (turn.program.stop_timeout if whole else CUT_PATIENCE)
    turn.set(errand=replace(errand, until=until))
    if status.life is not Life.STUCK:
        turn.set(due=min(until, status.due or until) if status.life is Life.STOPPING else until)


def beside_over(turn: Turn) -> None:
    """A command beside the living process has ended: the timer is that of its reload again."""
    turn.set(errand=None, due=turn.status.reloading)


def drop_reload(turn: Turn) -> None:
    """The process that was to be reloaded ends: so does its reload command."""
    errand = turn.status.errand
    if turn.status.reloading is not None or (errand and errand.job is Job.RELOAD):
        turn.loses_reload()
    if errand and errand.job in BESIDE:
        kill(turn)
        turn.set(errand=None)


def kill(turn: Turn) -> None:
    errand = turn.status.errand
    if errand and errand.process:
        at(turn, Stage.KILLED)
        end(turn, KILL)


def look_once_more(turn: Turn) -> None:
    """The same question: whichever answer comes first counts."""
    status = turn.status
    turn.do(Look(status.token, turn.program, status.process, status.errand))
