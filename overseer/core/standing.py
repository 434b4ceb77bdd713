"""What a watch is to those that depend on it: there, not there yet, or not to come by itself."""

from typing import NamedTuple

from overseer.core.phase import is_waiting, phase
from overseer.core.ties import Tie
from overseer.model.dependency import NOT_SEEN, Lack, Need
from overseer.model.process import ENDED
from overseer.model.schedule import Result
from overseer.model.state import Goal, Life, Phase
from overseer.model.status import Status
from overseer.model.watch import Watch


class Standing(NamedTuple):
    """Equal standings are the same to every dependant."""

    started: bool = False
    ready: bool = False
    completed: bool = False
    gone: bool = False
    stuck: bool = False
    why: str = ""

    def offers(self, need: Need) -> bool:
        match need:
            case Need.STARTED:
                return self.started
            case Need.READY:
                return self.ready
            case Need.COMPLETED:
                return self.completed


UNSEEN = Standing(why=NOT_SEEN)
NO_SUCH = Standing(stuck=True, why="there is no such watch")
COMES = frozenset({Phase.STARTING, Phase.RESTARTING, Phase.RELOADING, Phase.UP})
"""Nobody need do anything: it is there, or on its way."""
CANNOT_BE_TOLD = (Life.LOOKING, Life.UNKNOWN)
WORDS = {
    Phase.STOPPING: "being stopped",
    Phase.BACKOFF: "it does not stay up",
    Phase.HELD: "held back, it flaps",
    Phase.GAVE_UP: "given up",
    Phase.COMPLETED: "it has completed",
    Phase.UNKNOWN: "cannot be told",
    Phase.STOP_FAILED: "it survived SIGKILL",
    Phase.RUNNING: "it runs",
    Phase.SCHEDULED: "its time has not come",
}


def standing(watch: Watch, status: Status) -> Standing:
    """As far as is known."""
    word = phase(watch, status)
    if watch.is_task:
        up = word is Phase.UP
        return Standing(
            up, up, False, not status.monitored, not up, "" if up else of(watch, status, word)
        )
    if watch.schedule:
        return of_runs(watch, status, word)
    completed = status.finished and status.life is Life.DOWN
    started = completed or status.life in (Life.GRACE, Life.ALIVE)
    return Standing(
        started=started,
        ready=completed or status.life is Life.ALIVE,
        completed=completed,
        gone=not started and status.life not in CANNOT_BE_TOLD and has_run(status),
        stuck=is_stuck(status, word),
        why="" if word in COMES else of(watch, status, word),
    )


def has_run(status: Status) -> bool:
    """What is new, as one copy more is, has not gone: nobody has lost it."""
    return status.process is not None or status.buried is not None


def of_runs(watch: Watch, status: Status, word: Phase) -> Standing:
    """It counts as completed by its last run, also while it runs again."""
    if status.last_run and status.last_run.result is Result.OK:
        return Standing(completed=True)
    stuck = word not in (Phase.RUNNING, Phase.SCHEDULED)
    return Standing(stuck=stuck, why=WORDS.get(word) or of(watch, status, word))


def is_stuck(status: Status, word: Phase) -> bool:
    if is_waiting(status):
        return any(lack.stuck for lack in status.lacking)
    return word not in COMES and not clears_up(status, word)


def clears_up(status: Status, word: Phase) -> bool:
    """It has ended by itself; what follows from that is known when nothing of it is left."""
    by_itself = status.process is None and status.goal is Goal.UP and not status.closing
    return word is Phase.STOPPING and by_itself


def of(watch: Watch, status: Status, word: Phase) -> str:
    """Why it is not there, in a few words that do not change while nothing else does."""
    if is_waiting(status):
        return f"it waits for {status.lacking[0].on}" if status.lacking else ""
    if word is Phase.FAILED and watch.schedule is None:
        return f"it failed{how(status)}"
    if clears_up(status, word):
        return "what it has left is being ended"
    if word in WORDS:
        return WORDS[word]
    if word is Phase.FAILED:
        return f"it failed{how(status)}"
    if status.goal is Goal.UP and status.last_exit:
        return f"ended, {status.last_exit}"
    return f"{word} by {status.set_by}" if status.set_by and status.goal is not Goal.UP else word


def how(status: Status) -> str:
    """Of what has failed: `, exit code 3`."""
    exit = status.last_exit
    return "" if exit is None else ", exit code unknown" if exit == ENDED else f", {exit}"


def lack(tie: Tie, of: Standing) -> Lack | None:
    """None where it is as the tie asks."""
    if of.offers(tie.need):
        return None
    gone = of.gone and tie.need is not Need.COMPLETED
    return Lack(tie.on, tie.need, tie.propagate, gone, of.stuck, of.why)
