"""The graph of the watch file: what an answer leads to, and what entering a state asks."""

from overseer.conditions.always import Always
from overseer.conditions.process_running import ProcessRunning
from overseer.core import acts, checking, duty, ends, errands, flapping, gate, life, spell
from overseer.core.phase import is_about_another
from overseer.core.turn import Ended, Turn
from overseer.model.event import Answered, Doubted
from overseer.model.news import Kind
from overseer.model.state import INIT, RESTART, START, STOP, UNMONITORED, UP, Goal, Hold, Life
from overseer.model.status import Status, Then
from overseer.model.transition import Transition
from overseer.model.watch import Watch

LIVING = (Life.GRACE, Life.ALIVE)
RENEWED = (Life.STOPPING, Life.LAUNCHING, Life.WAITING)
"""A new process is on its way."""
NEEDS_GOAL = (INIT, START, RESTART, UP)
"""Where no check leads what is not wanted up."""
MOST_MOVES = 12
"""Moves within one step; more is a graph that runs in a circle without waiting for anything."""


def enter(turn: Turn, state: str, why: str) -> bool:
    """Move to *state*, and ask of the life what that state asks for; False if it may not be."""
    status = turn.status
    if turn.watch.is_task:
        if not turn.by and (status.closing or flapping.keeps_out(turn, state, why)):
            return False
    elif state == UP and status.life is not Life.ALIVE:  # up only with a process that stays up
        if status.life is Life.GRACE:
            return False
        state = INIT
    elif state == RESTART and not turn.by and not may_renew(turn, why):
        return False
    if state == RESTART and not turn.watch.is_task and checking.waits(turn, why):
        return False
    turn.set(came_from=status.state, state=state, entry=status.entry + 1, since=turn.now)
    turn.set(reason=why)
    carried = state == UP and why == status.reason and is_about_another(why)
    reason = f"after this: {why}" if carried else why
    turn.tell(Kind.MOVED, f"{status.state} -> {state} ({reason})", by=turn.by)
    if turn.watch.is_task:
        ask_task(turn, state)
    else:
        ask(turn, state)
    return True


def ask_task(turn: Turn, state: str) -> None:
    """Every state of its own asks for its command."""
    if not turn.by and state != UNMONITORED:
        turn.set(last_launch=turn.now)
        flapping.count(turn)
    duty.due(turn)


def ask(turn: Turn, state: str) -> None:
    """init looks, start asks run, restart renew, stop end, unmonitored leave; up nothing."""
    now = turn.status.life
    if state == INIT:
        see(turn)
    elif state == START:
        life.RUN[now](turn)
    elif state == RESTART:
        life.RENEW[now](turn)
    elif state == STOP:
        if not turn.by and now in LIVING:  # what starts it again restarts it
            turn.set(mends=True)
        life.END[now](turn)
    elif state == UNMONITORED:
        life.LEAVE[now](turn)


def may_renew(turn: Turn, why: str) -> bool:
    """A restart that nobody asked for goes by the gate, and never risks the living process. What
    is being launched, or will be, is as new as it would be after a restart."""
    life = turn.status.life
    if life not in LIVING:
        return life not in (Life.LAUNCHING, Life.WAITING)
    if not gate.is_open(turn.status) or gate.too_soon(turn):
        return False
    return not flapping.holds_back(turn, alive=True, why=why)


def acquit(turn: Turn, row: Transition) -> None:
    """The check for which a restart was given up is not met any more: it is judged again."""
    status = turn.status
    if status.hold is not Hold.CHECKS or status.hold_due is not None or not status.held_by:
        return
    if status.held_by == spell.when(row.when):
        turn.tell(Kind.RETRYING, f"its checks may restart it again: {status.held_by} is not met")
        turn.lift()


def see(turn: Turn) -> None:
    """init: is it there already? What overseer runs itself it knows without looking."""
    if turn.status.life is not Life.DOWN:
        life.RUN[turn.status.life](turn)
    elif turn.program.daemonizes:
        errands.look(turn)
        errands.wait_for(turn, Then.LAUNCH if turn.by else Then.NOTHING)


def settle(turn: Turn) -> None:
    """Show the graph what has changed, until it has nothing more to say."""
    shown: set[tuple[str, Life]] = set()
    for _ in range(MOST_MOVES):
        if turn.bound_for:
            state, turn.bound_for = turn.bound_for, None
            entered = enter(turn, state, turn.bound_why)
            if entered and state == RESTART and turn.checked and not turn.by:
                tell_restarted(turn, turn.bound_why)
        elif turn.ended:
            ended, turn.ended = turn.ended, None
            show_end(turn, ended)
        elif turn.watch.is_task or (not life.go_on(turn) and not show_running(turn)):
            return
        elif (place := (turn.status.state, turn.status.life)) in shown:
            break
        else:
            shown.add(place)
    turn.tell(Kind.WARNING, f"the graph turns in a circle at {turn.status.state}")


def running(turn: Turn) -> bool | None:
    """process_running is the life's own answer."""
    match turn.status.life:
        case Life.ALIVE:
            return True
        case Life.DOWN | Life.WAITING:
            return False
    return None


def show_running(turn: Turn) -> bool:
    """Go where process_running leads; False where it leads nowhere else."""
    status, answer = turn.status, running(turn)
    if not status.monitored or answer is None or is_held_down(status):
        return False
    for row in turn.watch.transitions:
        if status.state not in row.states or not isinstance(row.when, ProcessRunning):
            continue
        to = row.to if row.when.running is answer else row.otherwise
        if to is not None and to != status.state:
            on_the_way = status.state in (INIT, START, RESTART)
            found = "running" if answer else "not running"
            return enter(turn, to, by_row(row, to, status.reason if on_the_way else found))
    return False


def show_end(turn: Turn, ended: Ended) -> None:
    """An uninvited end: what the file says of it, else what must follow all the same."""
    row = ends.row_for(turn.watch, turn.status, ended)
    why = ends.tell(turn, ended, row)
    if not turn.status.monitored:
        return
    if row and row.to:
        enter(turn, row.to, by_row(row, row.to, why))
    elif turn.status.state in (START, RESTART):
        life.RUN[turn.status.life](turn)
    elif turn.status.state == UP:
        enter(turn, INIT, why)


def by_row(row: Transition, to: str, why: str) -> str:
    """What is looked after no more is asked about: by which row that is so."""
    return f"{why}; by the row `{spell.row(row)}`" if to == UNMONITORED else why


def wanted(status: Status) -> bool:
    return status.goal is Goal.UP and not status.closing and not is_held_down(status)


def is_held_down(status: Status) -> bool:
    """By a flapping row `to: stop`: no other row leads out of that."""
    return status.hold in (Hold.FLAPPING, Hold.GAVE_UP)


def row_of(watch: Watch, event: Answered | Doubted) -> Transition | None:
    rows = watch.lifecycle if event.entry is None else watch.transitions
    return rows[event.row] if event.row < len(rows) else None


def answered(turn: Turn, event: Answered) -> None:
    """A polled condition is met, or is not and there is an `else`."""
    row, status = row_of(turn.watch, event), turn.status
    if row is None or event.entry not in (None, status.entry) or not status.monitored:
        return
    turn.row = row
    if not event.met:
        acquit(turn, row)
    to = row.to if event.met else row.otherwise
    if to in NEEDS_GOAL and not turn.watch.is_task and not wanted(status):
        return
    if turn.watch.is_task and event.entry is None and to == status.state:
        return  # a lifecycle row has led there already
    if to is None and acts.act(turn, row, event):
        return
    if to is None:
        stands(turn, row, event)
    elif enter(turn, to, status.reason if to == status.state else by_row(row, to, event.reason)):
        tell_met(turn, row, event, to)


def stands(turn: Turn, row: Transition, event: Answered) -> None:
    """A row that only tells: when it begins to be met and when it ends, whatever the state or
    the daemon have been through meanwhile."""
    check = spell.when(row.when)
    before = turn.status.standing
    if event.met is (check in before):
        return
    if event.met:
        turn.set(standing=(*before, check))
    else:
        turn.set(standing=tuple(one for one in before if one != check))
    turn.tell(
        Kind.CHECK_MET if event.met else Kind.CHECK_CLEARED,
        event.reason if event.met else f"no longer: {event.reason.removesuffix(' not met')}",
        check=check,
        samples=event.samples,
        notify=row.notify,
    )


def forget_checks(turn: Turn) -> None:
    """What the watch file no longer asks is met no more."""
    rows = (*turn.watch.transitions, *turn.watch.lifecycle)
    asked = {spell.when(row.when) for row in rows}
    if turn.status.acted:
        spelled = set(map(spell.row, rows))
        turn.set(acted=tuple(acted for acted in turn.status.acted if acted.row in spelled))
    for gone in set(turn.status.standing) - asked:
        turn.tell(Kind.CHECK_CLEARED, f"no longer asked: {gone}", check=gone)
    turn.set(standing=tuple(one for one in turn.status.standing if one in asked))


def tell_restarted(turn: Turn, why: str) -> None:
    """By a check, when check_before_restart has said yes to it."""
    if turn.status.life in RENEWED:
        turn.tell(Kind.RESTARTED, f"restarted: {why}", next="a new process")


def tell_met(turn: Turn, row: Transition, event: Answered, to: str) -> None:
    """A restart by a check is worth telling, and that a check moves a task; so is any row with a
    notify of its own."""
    moves = turn.watch.is_task and event.met and not isinstance(row.when, Always)
    if to == RESTART and not turn.watch.is_task:
        if turn.status.life not in RENEWED:
            return
        message, kind, follows = f"restarted: {event.reason}", Kind.RESTARTED, "a new process"
    elif moves or row.notify:
        message, kind, follows = f"{event.reason}: {to}", Kind.CHECK_MET, ""
    else:
        return
    turn.tell(kind, message, samples=event.samples, notify=row.notify, next=follows)


def doubted(turn: Turn, event: Doubted) -> None:
    row = row_of(turn.watch, event)
    if row and turn.status.monitored and event.entry in (None, turn.status.entry):
        turn.tell(Kind.CHECK_UNKNOWN, event.why, notify=row.notify)
