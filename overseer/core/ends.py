"""Uninvited ends and failed starts: which row of the graph they meet, and how they are told."""

from overseer.conditions.process_exits import ProcessExits
from overseer.core import gate
from overseer.core.phase import START_FAILED
from overseer.core.turn import Ended, Turn
from overseer.model.news import Kind
from overseer.model.state import STOP
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch


def row_for(watch: Watch, status: Status, ended: Ended) -> Transition | None:
    """The first process_exits row of this state that the end meets.

    A failed start is no exit of something that was up: only a row that asks how it ended
    (`expected:`) meets it, or one of this very state where a process has run, and ended.
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
    if condition.expected is not None:
        return condition.expected is fine
    ran = ended.exit is not None and ended.ran_for is not None
    return not ended.failed_start or (ran and bool(row.states)) or (fine and row.to == STOP)


def leaves_it(watch: Watch, status: Status, ended: Ended) -> bool:
    """True where it has done what it was for, and no launch follows."""
    row = row_for(watch, status, ended)
    return row is not None and row.to == STOP and is_expected(watch, ended)


def is_expected(watch: Watch, ended: Ended) -> bool:
    """True where it ended with one of the watch's success_codes."""
    return ended.exit is not None and ended.exit.code in watch.success_codes


def tell(turn: Turn, ended: Ended, row: Transition | None) -> str:
    """Say what happened, count it where a launch has to mend it; the reason in words."""
    stays = row is not None and row.to == STOP and ended.ran_for is not None
    finished = stays and is_expected(turn.watch, ended)
    not_started = ended.failed_start and not stays
    why = f"{START_FAILED}{ended.failed_start}" if not_started else str(ended.exit)
    if ended.background and not finished and not not_started:
        why = f"{why}: {ended.background}"
    kind = Kind.START_FAILED if not_started else Kind.FINISHED if finished else Kind.EXITED
    turn.tell(
        kind,
        why,
        exit=ended.exit,
        ran_for=ended.ran_for,
        asked=turn.status.asked,
        hopeless=ended.hopeless,
        notify=row.notify if row else None,
    )
    if turn.status.asked and not stays:
        turn.set(start_failure=why)
    turn.set(asked=False, finished=finished, failed=stays and not finished, reason=why)
    if not stays:
        gate.count_end(turn, ended.ran_for)
    return why
