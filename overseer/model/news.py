"""Something that happened and is worth a line in the history, and perhaps a mail."""

from dataclasses import dataclass
from enum import StrEnum

from overseer.model.process import Exit
from overseer.model.schedule import Result, Run
from overseer.model.transition import Notify


class Kind(StrEnum):
    """The words of the history."""

    MOVED = "moved"  # from one state to another
    ASKED = "asked"  # by an operator
    LAUNCHED = "launched"
    UP = "up"
    ADOPTED = "adopted"
    EXITED = "exited"  # uninvited
    FINISHED = "finished"  # uninvited, but as expected
    START_FAILED = "start_failed"
    RESTARTED = "restarted"  # because of a check
    RELOADED = "reloaded"
    RESTART_FAILED = "restart_failed"
    STOPPING = "stopping"  # a step of it: a command, a signal
    STOPPED = "stopped"
    STOP_FAILED = "stop_failed"
    FLAPPING = "flapping"
    GAVE_UP = "gave_up"
    WAITING = "waiting"  # for what it depends on
    RETRYING = "retrying"
    STEADY = "steady"  # has lived reset_after
    CHECK_MET = "check_met"  # alert_if, or a condition with notify of its own
    CHECK_CLEARED = "check_cleared"  # what alert_if asks is met no longer
    CHECK_UNKNOWN = "check_unknown"
    UNKNOWN = "unknown"
    COMMAND_FAILED = "command_failed"  # that of a task's state
    RUN_STARTED = "run_started"  # of what has a schedule
    RUN_QUEUED = "run_queued"  # waits for the one before
    RUN_FINISHED = "run_finished"
    RUN_FAILED = "run_failed"
    RUN_SKIPPED = "run_skipped"  # the one before went on
    RUN_MISSED = "run_missed"  # its moment passed unheard, or it waits for long
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One change, worded once: log, status, history and mail repeat *message*."""

    kind: Kind
    message: str
    by: str = ""  # who asked, where somebody did
    exit: Exit | None = None
    ran_for: float | None = None  # seconds
    samples: tuple[str, ...] = ()  # hits are starred
    next: str = ""  # what follows, for people
    asked: bool = False  # an operator, a load or the daemon's start stands behind it
    hopeless: bool = False  # the command cannot be run at all
    check: str = ""  # which one, where its beginning and its end are told
    run: Run | None = None  # that is over, or never came to be
    result: Result | None = None  # of it
    notify: Notify | None = None  # a transition's own, beside the watch's
