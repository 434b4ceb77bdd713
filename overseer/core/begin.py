"""A daemon begins: what was wanted is wanted still, and what was known is looked at again."""

from collections.abc import Callable
from dataclasses import replace

from overseer.core import errands, graph, leftovers, life, stopping
from overseer.core.one_shot import is_due, is_over
from overseer.core.phase import is_waiting
from overseer.core.stop_steps import AFTER_CRASH
from overseer.core.turn import Turn
from overseer.model.action import Follow
from overseer.model.dependency import NOT_SEEN, Lack, Need
from overseer.model.event import Begun, is_by_load
from overseer.model.news import Kind
from overseer.model.state import STOP, UNMONITORED, Goal, Hold, Life
from overseer.model.status import Errand, Job, Stage, Status, Then
from overseer.model.watch import Watch

OWN = {"task": Job.STATE, "scheduled": Job.RUN}
"""What those that keep no process up run."""


def begun(turn: Turn, event: Begun) -> None:
    begin(turn, event, resume)


def begin(turn: Turn, event: Begun, resume: Callable[[Turn], None]) -> None:
    known = turn.status
    turn.set(boot=event.boot, closing=False, lacking=unseen(turn.watch))
    turn.terminated = known.closing
    if not known.boot:
        return first_seen(turn)
    was_cut_short = undo_load(turn)
    if known.boot != event.boot:
        return afresh(turn, "the machine has been started")
    if is_of_another_kind(turn.watch, known):
        return changed_kind(turn)
    if event.replaced:
        return go_on(turn)
    resume(turn)
    if was_cut_short:
        wanted_up(turn, "the load that stopped it was cut short")
    if known.closing:
        undo_closing(turn)
    return None


def unseen(watch: Watch) -> tuple[Lack, ...]:
    """Nothing is launched before those it depends on have been seen by this daemon."""
    return tuple(
        Lack(one.on, one.need or Need.STARTED, one.propagate, why=NOT_SEEN)
        for one in watch.depends_on
    )


def first_seen(turn: Turn) -> None:
    if turn.watch.autostart:
        turn.set(goal=Goal.UP, set_by="autostart", set_at=turn.now)
        wanted_up(turn, "autostart")


def wanted_up(turn: Turn, why: str) -> None:
    turn.set(asked=True, start_failure="")
    graph.enter(turn, turn.watch.first_state, why)


def is_of_another_kind(watch: Watch, status: Status) -> bool:
    """The watch file has made a task of a program, or a program of a task, meanwhile."""
    job, own = status.errand.job if status.errand else None, OWN.get(watch.kind)
    if own is None:
        return job in (*OWN.values(), Job.CLEAN)
    if job in (own, Job.CLEAN):
        return status.process is not None
    return bool(status.process or status.remains or job)


def changed_kind(turn: Turn) -> None:
    why = leave_behind(turn)
    afresh(turn, why)


def leave_behind(turn: Turn) -> str:
    """What ran as the other kind is not this one's to end; why, in words."""
    status = turn.status
    process = status.process or (status.errand.process if status.errand else None)
    was_task = status.errand is not None and status.errand.job is Job.STATE
    why = {
        "task": "it is a task now",
        "scheduled": "it is run by a schedule now",
        "watch": "it is no task any more" if was_task else "it has no schedule any more",
    }[turn.watch.kind]
    if process:
        turn.tell(Kind.WARNING, f"{why}; pid {process.pid} is left to itself")
    return why


def afresh(turn: Turn, why: str) -> None:
    """No process outlives its boot; another boot empties counters and lifts holds."""
    old = turn.status
    forget(turn)
    if is_over(old) and not is_due(turn.watch, old, terminated=False, rebooted=True):
        return stays_over(turn, old)
    if old.goal is Goal.UP:
        wanted_up(turn, why)
    elif turn.watch.is_task:
        turn.set(state=UNMONITORED)
    elif old.goal is Goal.DOWN:
        turn.set(state=STOP)
    return None


def stays_over(turn: Turn, old: Status) -> None:
    """It is not run once more for this boot; how it ended is still known."""
    turn.set(state=STOP, finished=old.finished, failed=old.failed, program=old.program)
    turn.set(last_exit=old.last_exit, last_ran_for=old.last_ran_for)
    turn.set(last_exit_asked=old.last_exit_asked)


def forget(turn: Turn) -> None:
    """All but what is wanted, and what is told of its past."""
    old = turn.status
    turn.status = Status(
        name=old.name,
        boot=old.boot,
        goal=old.goal,
        set_by=old.set_by,
        set_words=old.set_words,
        request=old.request,
        answers_from=old.answers_from,
        order=old.order,
        state=old.state,
        entry=old.entry,
        reason=old.reason,
        restarts=old.restarts,
        restarts_asked=old.restarts_asked,
        since=turn.now,
        standing=old.standing,
        lacking=old.lacking,
        planned=old.planned,
        planned_by=old.planned_by,
    )


def resume(turn: Turn) -> None:
    """The same boot: processes live on, timers too."""
    status = turn.status
    if status.errand and status.errand.job in errands.BESIDE:  # who waited for it is gone
        turn.set(errand=None)
    elif status.errand:
        rejoin(turn, status.errand)
    match status.life:
        case Life.DOWN:
            again_if_wanted(turn)
        case Life.GRACE | Life.ALIVE:
            errands.look(turn)
        case Life.LOOKING | Life.UNKNOWN | Life.STUCK:
            stopping.see(turn)
        case Life.STOPPING:
            resume_stop(turn)
        case Life.WAITING if is_waiting(status) and not status.lacking:
            life.waited(turn)  # the watch file does not have it wait any more


def go_on(turn: Turn) -> None:
    """The same daemon with a new program: what it launched are its children still, an end that came
    meanwhile is heard with its exit code, and no time begins again."""
    status, errand = turn.status, turn.status.errand
    if status.process:
        turn.do(Follow(status.process))
    if errand:
        go_on_with(turn, errand)
    if status.life in (Life.LOOKING, Life.UNKNOWN, Life.STUCK):
        stopping.see(turn)
    elif status.life is Life.STOPPING and status.acting is not None:  # it may not have been sent
        stopping.again(turn)
    elif status.life is Life.STOPPING:
        stopping.plan(turn)


def go_on_with(turn: Turn, errand: Errand) -> None:
    """A command whose launch was not begun has not been run: it is run now, under the same id."""
    if errand.stage in leftovers.WAITS:
        return leftovers.resume(turn, errand)
    if errand.process:
        turn.do(Follow(errand.process))
        if errand.until is None and errand.stage in (Stage.CUT, Stage.KILLED):  # sent?
            errands.end(turn, errands.KILL if errand.stage is Stage.KILLED else errands.TERM)
    elif errand.stage in (Stage.ASKED, Stage.CUT):
        errands.send_again(turn, errand)
    if errand.stage in (Stage.LOST, Stage.JUDGING, Stage.OVERDUE):
        errands.ask_look(turn)
    return None


def undo_load(turn: Turn) -> bool:
    """A load stopped it, to remove it or to begin it anew, and was killed before it had: the watch
    files name it, so it is wanted as before. False where it was not so."""
    status = turn.status
    if status.goal is not Goal.DOWN or not is_by_load(status.set_by, status.set_words):
        return False
    turn.set(goal=Goal.UP, set_by="autostart", set_words="", set_at=turn.now)
    return True


def undo_closing(turn: Turn) -> None:
    """The daemon before was killed while it ended everything: what is wanted is launched again
    when that is over."""
    being_ended = turn.status.life in (Life.STOPPING, Life.STUCK)
    if being_ended or turn.status.then is Then.END:
        again_if_wanted(turn)


def again_if_wanted(turn: Turn) -> None:
    """Stopped by a terminate, and wanted: a stop that a check asked for still stands. So does that
    a row has it unmonitored, until a terminate ends all of it."""
    if turn.status.hold is Hold.CHECKS:  # what they were kept from restarting is gone
        turn.lift()
    status = turn.status
    stays = status.state == STOP or not (status.monitored or turn.terminated)
    if is_over(status) and is_due(turn.watch, status, terminated=turn.terminated):
        stays = False
    if status.goal is Goal.UP and status.hold is Hold.NONE and not stays:
        turn.set(young=0, mends=False)
        wanted_up(turn, "overseer has been started")


def rejoin(turn: Turn, errand: Errand) -> None:
    """A command of an earlier daemon: heard of again, or looked for where only its intent is."""
    if errand.stage in leftovers.WAITS:
        return leftovers.resume(turn, errand)
    never_seen = errand.stage is Stage.CUT and errand.process is None
    if errand.stage is Stage.ASKED or never_seen:
        turn.set(errand=replace(errand, stage=Stage.LOST, delayed=""))
    if never_seen or errand.stage in (Stage.ASKED, Stage.LOST, Stage.JUDGING):
        errands.ask_look(turn)
    elif errand.process:
        turn.do(Follow(errand.process))
        if errand.until is None and errand.stage in (Stage.CUT, Stage.KILLED):  # sent?
            errands.end(turn, errands.KILL if errand.stage is Stage.KILLED else errands.TERM)
        with_time(turn, errands.CUT_PATIENCE)
        if errand.stage is Stage.OVERDUE:
            errands.ask_look(turn)
    return None


def with_time(turn: Turn, seconds: float) -> None:
    """Its time may have passed while nobody looked: whether it is over already is heard first."""
    if turn.status.due is not None:
        turn.set(due=max(turn.status.due, turn.now + seconds))


def resume_stop(turn: Turn) -> None:
    """The signal may never have been sent: the step before is taken again, with all of its time.
    Where the process has gone, its stop command may still be looked for."""
    status = turn.status
    if status.process:
        turn.do(Follow(status.process))
    elif not status.remains and not status.errand:
        return stopping.over_if_done(turn)
    return go_on_stopping(turn)


def go_on_stopping(turn: Turn) -> None:
    """Another daemon goes on with it: what was asked for may never have been done, and the time
    in which nobody was there to see counts against nobody."""
    status, now = turn.status, turn.now
    if status.errand:
        if status.errand.until is not None:
            until = max(status.errand.until, now + errands.CUT_PATIENCE)
            turn.set(errand=replace(status.errand, until=until))
        return stopping.plan(turn)
    waits = turn.program.leftovers == "wait" and status.stop_step == AFTER_CRASH
    if status.remains and not status.process and waits:
        return stopping.look(turn, status.remains)
    if status.stop_step == 0 and status.stop_deadline is not None:  # it has been told to end
        turn.set(stop_deadline=max(status.stop_deadline, now + turn.program.stop_timeout))
        return stopping.plan(turn)
    return stopping.again(turn)
