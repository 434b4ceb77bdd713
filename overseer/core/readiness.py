"""When a process that lives is up: it has lived long enough, and all of `ready` holds."""

from overseer.core import launching, stopping
from overseer.core.turn import Ended, Turn
from overseer.model.event import Extended, Readied
from overseer.model.state import Life
from overseer.units import show_seconds


def readied(turn: Turn, event: Readied) -> None:
    """A condition of `ready` has an answer, about the process that is there."""
    status = turn.status
    if status.life is not Life.GRACE or event.process != status.process:
        return
    holds = set(status.ready) - {event.row} | ({event.row} if event.met else set())
    turn.set(ready=tuple(sorted(holds)))
    turn.set(unready="" if is_ready(turn) else event.said if not event.met else status.unready)
    if is_ready(turn) and turn.now >= launching.grace_ends(turn):
        launching.alive(turn)


def grace_is_over(turn: Turn) -> None:
    """Up, if it is ready; else it has until `start_timeout`, and then it has failed."""
    if is_ready(turn):
        return launching.alive(turn)
    began = turn.status.launched_at or turn.now
    asked = turn.status.extended or 0.0
    last = max(began + turn.watch.start_timeout, launching.grace_ends(turn), asked)
    if turn.now < last:
        return turn.set(due=last)
    why = turn.status.unready or "nothing has answered"
    turn.ended = Ended(None, turn.now - began, f"not ready in {show_seconds(last - began)}: {why}")
    return stopping.begin(turn)


def extended(turn: Turn, event: Extended) -> None:
    """sd_notify's EXTEND_TIMEOUT_USEC: what it is doing takes longer."""
    status = turn.status
    if status.life is Life.GRACE:
        turn.set(extended=max(status.extended or 0.0, event.until))
    elif status.life is Life.STOPPING and stopping.may_wait(turn):
        turn.set(stop_deadline=max(status.stop_deadline or 0.0, event.until))
        turn.set(due=max(status.due or 0.0, event.until))


def is_ready(turn: Turn) -> bool:
    return len(turn.status.ready) >= len(turn.watch.ready)
