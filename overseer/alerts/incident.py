"""What is remembered about a watch's troubles, and what is told of them."""

from dataclasses import dataclass
from enum import StrEnum

from overseer.model.process import Exit


class Change(StrEnum):
    """What an alert can tell: the words of X-Overseer-Event."""

    CRASHED = "crashed"
    FLAPPING = "flapping"
    GAVE_UP = "gave_up"
    RECOVERED = "recovered"
    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"
    RESTARTED = "restarted"  # by a check
    RESTART_FAILED = "restart_failed"
    COMMAND_FAILED = "command_failed"  # that of a task's state
    CHECK_MET = "check_met"
    CHECK_UNKNOWN = "check_unknown"
    UNKNOWN = "unknown"
    EXITED = "exited"  # only to those whom the transition itself names
    NOTICE = "notice"  # about overseer itself


PASSES_EVERY_LIMIT = frozenset({Change.GAVE_UP, Change.STOP_FAILED})


@dataclass(frozen=True, slots=True)
class Said:
    what: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Moments are seconds of CLOCK_BOOTTIME of *boot*. Open while it has an id."""

    boot: str = ""
    # crashes, whether or not an incident is open
    exits: tuple[float, ...] = ()  # unasked, of the last hour
    untold: int = 0  # exits since people were last told
    away: float = 0.0  # seconds without a process since then
    gone_since: float | None = None
    lately: tuple[Said, ...] = ()  # of the last hour, of what is told once an hour
    # the open incident
    id: str = ""
    began: float = 0.0
    said: tuple[Change, ...] = ()  # told already; anew when an operator begins afresh
    told: tuple[str, ...] = ()  # contacts that got an alarm, and so get the all-clear


CALM = Incident()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One change worth telling, before it has a form. *contacts* are names, each once."""

    change: Change
    headline: str
    message: str
    contacts: tuple[str, ...]
    incident: str
    follows: bool = False  # somebody of these has had an alert of this incident
    open: bool = False  # the incident goes on: these will be told when it is over
    next: str = ""
    due: float | None = None  # seconds of CLOCK_BOOTTIME: when *next* happens
    exit: Exit | None = None
    ran_for: float | None = None
    samples: tuple[str, ...] = ()
    priority: str | None = None
    category: str | None = None
