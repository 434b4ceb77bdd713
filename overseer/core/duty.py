"""The command of a task's state: run when the state is entered, ended when it is left; one at a
time.

`life` is down while none runs, launching while one is on its way. `then` says what becomes of
one that belongs to a state that was left: run, the state entered since has a command too, which
waits for it; end, nothing follows.
"""

from dataclasses import replace

from overseer.core import errands, launching, leftovers, stopping
from overseer.core.turn import Turn
from overseer.model.event import Launched, LaunchFailed, Looked, Swept
from overseer.model.news import Kind
from overseer.model.process import ENDED, Exit
from overseer.model.state import Life
from overseer.model.status import Errand, Job, Stage, Then
from overseer.units import show_seconds


def due(turn: Turn) -> None:
    """A state has been entered: its command, as soon as that of the state before is over."""
    if turn.status.life is Life.DOWN:
        return run(turn)
    state = turn.watch.state_of(turn.status.state)
    turn.set(then=Then.RUN if state and state.command else Then.END)
    leftovers.hasten(turn)
    return errands.cut_short(turn)


def run(turn: Turn) -> None:
    """The command of this state, where it has one."""
    turn.set(then=Then.NOTHING, errand=None, program=None, trouble="")
    turn.becomes(Life.DOWN, None)
    state = turn.watch.state_of(turn.status.state)
    if state is None or state.command is None:
        return
    if turn.status.closing:  # the next daemon runs it
        return turn.set(then=Then.RUN)
    turn.set(program=replace(turn.watch.program, command=state.command))
    turn.becomes(Life.LAUNCHING, turn.now + patience(turn))
    return errands.send(turn, Job.STATE)


def patience(turn: Turn) -> float:
    """Seconds that the command of this state has."""
    state = turn.watch.state_of(turn.status.state)
    own = state.timeout if state else None
    return turn.watch.start_timeout if own is None else own


def launched(turn: Turn, event: Launched) -> None:
    errand = turn.status.errand
    if errand and errand.id == event.id and not errand.process:
        errands.output_begins(turn, event)
        errands.has_process(turn, event.process)
        end_if_left(turn)


def end_if_left(turn: Turn) -> None:
    """Its state was left before it had a process."""
    if turn.status.then is not Then.NOTHING:
        errands.cut_short(turn)


def launch_failed(turn: Turn, event: LaunchFailed) -> None:
    errand = turn.status.errand
    if errand and errand.id == event.id and not errand.process:
        errands.output_begins(turn, event)
        over(turn, event.why, hopeless=event.hopeless)


def ended(turn: Turn, errand: Errand, exit: Exit) -> None:
    """Judged by its exit code; one of an earlier daemon's may have none that is known."""
    if errand.job is Job.CLEAN:
        return over(turn, "")
    if errand.timed_out:
        return over(turn, f"cut short, it took longer than {show_seconds(patience(turn))}", exit)
    return over(turn, "" if exit.code == 0 or exit == ENDED else str(exit), exit)


def rest_of_time(turn: Turn, errand: Errand) -> float | None:
    """Seconds that what a command has left has to end, where the command has been cut short."""
    if errand.stage not in (Stage.CUT, Stage.KILLED) or turn.program.kill != "tree":
        return None
    return max(0.0, (turn.status.due or turn.now) - turn.now)


def swept(turn: Turn, event: Swept) -> None:
    """What a command has left, or what stood in its way, has ended."""
    status, errand = turn.status, turn.status.errand
    waited = errand is not None and errand.stage is Stage.CLEARING
    gone = event.process == status.remains and not event.left
    if waited and gone and status.then is not Then.NOTHING:  # its state was left meanwhile
        turn.set(remains=None, stop_deadline=None, stop_step=0, acting=None)
        return over(turn, "")
    if not leftovers.swept(turn, event, ended):
        stopping.swept(turn, event)
    return None


def over(turn: Turn, failure: str, exit: Exit | None = None, *, hopeless: bool = False) -> None:
    """Nothing of it is left. Its failure matters while its state holds, and moves nothing."""
    status = turn.status
    turn.set(errand=None, program=None, trouble="")
    turn.becomes(Life.DOWN, None)
    if status.life in (Life.STUCK, Life.UNKNOWN):
        turn.tell(Kind.STEADY, "its command is over after all")
    if status.then is Then.NOTHING and failure:
        why = f"command of {status.state}: {failure}"
        turn.set(trouble=why)
        turn.tell(
            Kind.COMMAND_FAILED,
            why,
            exit=exit,
            ran_for=turn.status.last_ran_for if exit else None,
            next="its conditions are asked all the same",
            hopeless=hopeless,
        )
    elif status.then is Then.RUN:
        run(turn)
    elif status.then is Then.END:
        turn.set(then=Then.NOTHING)


def close(turn: Turn) -> None:
    """Overseer ends, and what is run for it too: the next daemon runs it again."""
    if turn.status.life is Life.DOWN:
        return leftovers.end_idle(turn)
    errand = turn.status.errand
    if turn.status.then is Then.NOTHING and not (errand and errand.job is Job.CLEAN):
        turn.set(then=Then.RUN)
    leftovers.hasten(turn)
    return errands.cut_short(turn)


def looked(turn: Turn, event: Looked) -> None:
    """Was it run, by an earlier daemon that did not live to record it? It is never run twice."""
    errand = turn.status.errand
    if event.token != turn.status.token or errand is None or errand.stage is not Stage.LOST:
        return
    if event.doubt:
        cannot_tell(turn, event.doubt)
    elif event.process:
        errands.has_process(turn, event.process)
        turn.becomes(Life.LAUNCHING, max(turn.now, errand.began + patience(turn)))
        turn.set(trouble="")
        end_if_left(turn)
    else:
        over(turn, "overseer was killed meanwhile, and nothing of it runs now")


def cannot_tell(turn: Turn, doubt: str) -> None:
    """Nothing else is run before that is known: looked at again and again, and told once."""
    if turn.status.life is not Life.UNKNOWN:
        turn.tell(Kind.UNKNOWN, doubt, next=f"looked at every {show_seconds(errands.LOOK_AGAIN)}")
    turn.becomes(Life.UNKNOWN, turn.now + errands.LOOK_AGAIN)
    turn.set(trouble=doubt)


def rang(turn: Turn) -> None:
    """Its time is over, or a step of its ending has not helped."""
    match turn.status.life:
        case Life.LAUNCHING:
            launching.rang(turn)
        case Life.STUCK if leftovers.waits(turn):
            leftovers.still_stuck(turn)
        case Life.STUCK:  # its end will be heard of
            errands.kill(turn)
            turn.set(due=turn.now + errands.LOOK_AGAIN)
        case Life.UNKNOWN:
            turn.set(due=turn.now + errands.LOOK_AGAIN)
            errands.ask_look(turn)
