"""Uninvited ends and failed starts: which row of the graph they meet, and how they are told."""

from overseer.conditions.process_exits import ProcessExits
from overseer.core import gate
from overseer.core.phase import START_FAILED
from overseer.core.turn import Ended, Turn
from overseer.model.news import Kind
from overseer.model.state import STOP, UP
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch


def runs_once(watch: Watch) -> bool:
    """True where every end leads to the state stop: up while it runs, completed or failed after."""
    return any(
        row.to == STOP
        and UP in row.states
        and isinstance(row.when, ProcessExits)
        and row.when.expected is None
        for row in watch.transitions
    )


def row_for(watch: Watch, status: Status, ended: Ended) -> Transition | None:
    """The first process_exits row of this state that the end meets.

    A failed start is no exit of something that was up: only a row that asks how it ended
    (`expected:`) meets it, or one to `stop`, as that of what runs once.
    """
    if not status.monitored or ended.exit is None:  # it has not run at all
        return None
    fine = is_expected(watch, ended)
    for row in (*watch.transitions, *watch.lifecycle):
        if row.states and status.state not in row.states:
            continue
        if isinstance(row.when, ProcessExits) and meets(row, row.when, ended, fine):
            return row
    return None


def meets(row: Transition, condition: ProcessExits, ended: Ended, fine: bool) -> bool:
    if condition.expected is None:
        return not ended.failed_start or row.to == STOP
    return condition.expected is fine


def leaves_it(watch: Watch, status: Status, ended: Ended) -> bool:
    """True where it has done what it was for, and no launch follows."""
    row = row_for(watch, status, ended)
    return row is not None and row.to == STOP and is_expected(watch, ended)


def is_expected(watch: Watch, ended: Ended) -> bool:
    """True where it ended with one of the watch's success_codes."""
    return ended.exit is not None and ended.exit.code in watch.success_codes


def tell(turn: Turn, ended: Ended, row: Transition | None) -> str:
    """Say what happened, count it where a launch has to mend it; the reason in words."""
    over = row is not None and row.to == STOP
    finished = over and is_expected(turn.watch, ended)
    never_up = bool(ended.failed_start) and not over
    why = f"{START_FAILED}{ended.failed_start}" if never_up else str(ended.exit)
    if ended.background and not finished and not never_up:
        why = f"{why}: {ended.background}"
    kind = Kind.START_FAILED if never_up else Kind.FINISHED if finished else Kind.EXITED
    turn.tell(
        kind,
        why,
        exit=ended.exit,
        ran_for=ended.ran_for,
        asked=turn.status.asked,
        hopeless=ended.hopeless,
        notify=row.notify if row else None,
    )
    if turn.status.asked and not finished:
        turn.set(start_failure=why)
    turn.set(asked=False, finished=finished, failed=over and not finished, reason=why)
    if not finished:
        gate.count_end(turn, ended.ran_for)
    return why
