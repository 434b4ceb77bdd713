"""What can happen to a watch. Past tense; every one names what it belongs to."""

from dataclasses import dataclass
from enum import StrEnum

from overseer.model.dependency import Lack
from overseer.model.log_file import LogMark
from overseer.model.process import ENDED, Exit, Process


class Verb(StrEnum):
    """What an operator can ask of a watch and the machine answers."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    RELOAD = "reload"
    UNMONITOR = "unmonitor"
    TRIGGER = "trigger"  # a run of what has a schedule


def is_by_load(by: str, words: str) -> bool:
    """True of what a load asks for on its way: nobody's will that is to be remembered."""
    return words == "load" and by.startswith("load by ")


class Timer(StrEnum):
    """The timers a watch has, at most one of each."""

    LIFE = "life"
    HOLD = "hold"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Begun:
    """The daemon has started, or the watch is new: go by what is wanted and known. *replaced*: it
    is the same process with a new program (reexec), so nothing of what it launched was missed."""

    boot: str
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator asks. *words* are the names as typed, *request* tells requests apart."""

    verb: Verb
    by: str
    words: str = ""
    request: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """The calendar counts the moments of the schedule *text* from *moment* on, which is *at*."""

    moment: float
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`restart_at` or `schedule`: a moment of the calendar has come, *late* seconds ago.

    *moment* in seconds since the epoch, None for one that is in no calendar; *at* in those of
    CLOCK_BOOTTIME, of what comes every so often. *missed*: how many have passed unheard before.
    """

    text: str
    moment: float | None = None
    at: float | None = None
    late: float = 0.0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A load has replaced the watch. *hard*: what its process wears has changed; *ready*: what it
    has to be ready for."""

    hard: bool
    restart: bool = True
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Provided:
    """How everything that the watch depends on stands: all of it that is lacking."""

    lacking: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """The daemon is being terminated: launch nothing more, stop the process, keep the goal.
    Without *stop* it runs on for now: others that depend on it are to end first."""

    stop: bool = True


@dataclass(frozen=True, slots=True)
class Launched:
    """The errand of that id has a process. *log*, *err*: where its output begins."""

    id: str
    process: Process
    log: LogMark | None = None
    err: LogMark | None = None  # None: its errors go where the rest goes


@dataclass(frozen=True, slots=True)
class LaunchDelayed:
    """The errand of that id has not been run yet: *why*, a hook before it or want of room. *told*:
    people are to know."""

    id: str
    why: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class LaunchFailed:
    """The errand of that id could not be run. *hopeless*: nor will it be next time. *skipped*: it
    is not to be run, which is as it should be. *log*: where the output of its hook begins, where
    one was run."""

    id: str
    why: str
    hopeless: bool = False
    log: LogMark | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """The errand of that id has not been run: these live on of earlier launches of the watch."""

    id: str
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Exited:
    """*left*: others of its session or group live on, or *behind* it what has left them."""

    process: Process
    exit: Exit = ENDED
    left: bool = False
    behind: tuple[Process, ...] = ()  # oldest first


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The pid file names another, younger process now: the program has replaced itself."""

    process: Process
    successor: Process


@dataclass(frozen=True, slots=True)
class Extended:
    """The process asks for patience with its start or stop, *until* then (CLOCK_BOOTTIME)."""

    until: float


@dataclass(frozen=True, slots=True)
class Reloading:
    """The process has said RELOADING=1; or, *over*, READY=1 (sd_notify(3))."""

    process: Process
    over: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to Look. Neither process nor doubt: nothing is there."""

    token: int
    process: Process | None = None
    doubt: str = ""  # why it cannot be told
    running_errand: bool = False  # found is the errand's own process: it never daemonized
    left: tuple[Process, ...] = ()  # the errand's command has left these behind, and no process


@dataclass(frozen=True, slots=True)
class Signalled:
    """The answer to Signal: it has been sent at this moment. *why* it could not be, if so."""

    process: Process
    signal: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """The answer to Sweep: how many of what that process has left behind still live, the process
    itself among them, and *who* the first of them are. *signal* has been sent to them."""

    process: Process
    left: int
    who: tuple[str, ...] = ()  # `pid 12 (sleep 1000)`
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """An operator says that this process is the watch's."""

    process: Process
    by: str
    request: int = 0


@dataclass(frozen=True, slots=True)
class TimerRang:
    timer: Timer
    due: float


@dataclass(frozen=True, slots=True)
class HookFailed:
    """A hook that nothing waits for has come to nothing; *why* begins with its name."""

    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A polled condition has an answer worth hearing: met, or not met where there is an `else`.

    *row* is its place in Watch.transitions, or in Watch.lifecycle where *entry* is None.
    """

    row: int
    entry: int | None
    met: bool
    reason: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readied:
    """A condition of `ready` has an answer about this process. *row* is its place in
    Watch.ready, *said* the sample where it is not met."""

    process: Process
    row: int
    met: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A polled condition had no answer three times in a row."""

    row: int
    entry: int | None
    why: str


Event = (
    Begun
    | Asked
    | Planned
    | Scheduled
    | Reshaped
    | Provided
    | Closing
    | Launched
    | LaunchDelayed
    | LaunchFailed
    | LeftBehind
    | Exited
    | Succeeded
    | Extended
    | Reloading
    | Looked
    | Signalled
    | Swept
    | Adopted
    | TimerRang
    | HookFailed
    | Answered
    | Readied
    | Doubted
)
