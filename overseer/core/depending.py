"""What becomes of a watch when those that it depends on come and go.

Its launch waits for them (`life.launch`). Once it is up it runs on whatever becomes of them,
unless its file says otherwise with `propagate`.
"""

from overseer.core import graph, life
from overseer.core.phase import is_waiting
from overseer.core.turn import Turn
from overseer.model.dependency import NOT_SEEN, Lack, Propagate
from overseer.model.event import Provided
from overseer.model.state import RESTART, Goal, Hold, Life

BY = "depends_on"
RUNNING = (Life.LOOKING, Life.LAUNCHING, Life.GRACE, Life.ALIVE)


def provided(turn: Turn, event: Provided) -> None:
    before = turn.status.lacking
    turn.set(lacking=event.lacking)
    if is_waiting(turn.status):
        if not event.lacking:
            life.waited(turn)
        elif any(lack.why == NOT_SEEN for lack in before):
            life.say_for_whom(turn)
    elif may_follow(turn):
        follow(turn)


def may_follow(turn: Turn) -> bool:
    """True while it runs, or is about to, because it is wanted: the goal wins."""
    status = turn.status
    wanted = status.goal is Goal.UP and status.monitored and not status.closing
    return wanted and status.life in RUNNING and status.hold in (Hold.NONE, Hold.CHECKS)


def follow(turn: Turn) -> None:
    """Neither counted nor delayed: it is no sign of trouble with the watch itself."""
    gone = [lack for lack in turn.status.lacking if lack.gone]
    if of_these := those(gone, Propagate.STOP):
        return again(turn, f"{of_these[0]} is gone")
    if of_these := those(gone, Propagate.RESTART):
        turn.set(lost=tuple(dict.fromkeys((*turn.status.lost, *of_these))))
    if turn.status.lost and not turn.status.lacking:
        again(turn, f"{', '.join(turn.status.lost)} restarted")
    return None


def those(gone: list[Lack], propagate: Propagate) -> list[str]:
    return [lack.on for lack in gone if lack.propagate is propagate]


def again(turn: Turn, why: str) -> None:
    """A new process, when everything is there."""
    turn.by = BY
    turn.set(lost=())
    graph.enter(turn, RESTART, why)
