"""When a process that lives is up: it has lived long enough, and all of `ready` holds."""

from overseer.core import launching, stopping
from overseer.core.turn import Ended, Turn
from overseer.model.event import Extended, Readied
from overseer.model.news import Kind
from overseer.model.state import Life
from overseer.units import show_seconds


def readied(turn: Turn, event: Readied) -> None:
    """A condition of `ready` has an answer, about the process that is there."""
    status = turn.status
    if status.life is not Life.GRACE or event.process != status.process:
        return
    if not event.met and was_said(turn, event.row):
        return
    holds = set(status.ready) - {event.row} | ({event.row} if event.met else set())
    turn.set(ready=tuple(sorted(holds)))
    turn.set(unready="" if is_ready(turn) else event.said if not event.met else status.unready)
    if is_ready(turn) and turn.now >= launching.grace_ends(turn):
        launching.alive(turn)


def grace_is_over(turn: Turn) -> None:
    """Up, if it is ready; else it has until `start_timeout`, and then it has failed. What nobody
    monitors is asked nothing, and is not up before it has been asked."""
    status = turn.status
    if is_ready(turn):
        return launching.alive(turn)
    if not status.monitored:
        return turn.set(due=turn.now + turn.watch.start_timeout)
    began = turn.now if status.ready_since is None else status.ready_since
    asked = status.extended or 0.0
    last = max(began + turn.watch.start_timeout, launching.grace_ends(turn), asked)
    if turn.now < last:
        return turn.set(due=last)
    why = status.unready or "nothing has answered"
    if status.found and is_said_once(turn):
        return believe(turn, why)
    ran = turn.now - (began if status.launched_at is None else status.launched_at)
    turn.ended = Ended(None, ran, f"not ready in {show_seconds(last - began)}: {why}")
    return stopping.begin(turn)


def was_said(turn: Turn, row: int) -> bool:
    """To the daemon before: it is not said again."""
    return turn.status.found and row in kept(turn)


def kept(turn: Turn) -> tuple[int, ...]:
    """Of what holds that which is told a single time."""
    ready, holds = turn.watch.ready, turn.status.ready
    return tuple(row for row in holds if row < len(ready) and ready[row].said_once)


def is_said_once(turn: Turn) -> bool:
    """What is missing is told a single time: it may have been while no daemon listened."""
    holds = turn.status.ready
    return all(one.said_once or row in holds for row, one in enumerate(turn.watch.ready))


def believe(turn: Turn, why: str) -> None:
    said = f"{why}; said while no overseer listened, or never: taken as up"
    turn.set(ready=tuple(range(len(turn.watch.ready))))
    launching.alive(turn)
    turn.tell(Kind.WARNING, said)


def extended(turn: Turn, event: Extended) -> None:
    """sd_notify's EXTEND_TIMEOUT_USEC: what it is doing takes longer."""
    status = turn.status
    if status.life is Life.GRACE:
        turn.set(extended=max(status.extended or 0.0, event.until))
    elif status.life is Life.STOPPING:
        stopping.extend(turn, event.until)


def is_ready(turn: Turn) -> bool:
    return len(turn.status.ready) >= len(turn.watch.ready)
