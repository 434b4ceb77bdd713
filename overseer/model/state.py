"""The words that place a watch: what is wanted, where it is, and what its process is doing."""

from enum import StrEnum

INIT = "init"
START = "start"
UP = "up"
RESTART = "restart"
STOP = "stop"
UNMONITORED = "unmonitored"
SCHEDULED = "scheduled"
"""Of a program that is run by a schedule, and of no other."""
STATES = (INIT, START, UP, RESTART, STOP, UNMONITORED)


class Goal(StrEnum):
    """What is wanted. Only the operator changes it; `autostart` sets it once."""

    UP = "up"
    DOWN = "down"
    UNMONITORED = "unmonitored"


class Life(StrEnum):
    """What is so of the one process. Only events change it."""

    DOWN = "down"
    LOOKING = "looking"  # for a process that is there already
    LAUNCHING = "launching"  # asked for, or its start or restart command is running
    GRACE = "grace"  # lives, but not yet for start_grace
    ALIVE = "alive"
    STOPPING = "stopping"  # also while the leftovers of a crash are being ended
    WAITING = "waiting"  # to be launched when the timer rings, or what it depends on is there
    STUCK = "stuck"  # survived SIGKILL
    UNKNOWN = "unknown"  # cannot be told; neither signalled nor doubled


class Hold(StrEnum):
    """Why overseer itself does not act although the goal is up."""

    NONE = ""
    FLAPPING = "flapping"
    CHECKS = "checks"  # the process lives; only restarts by checks are held
    GAVE_UP = "gave_up"


class Phase(StrEnum):
    """The one word `status` prints beside the state; made in core/phase.py."""

    STARTING = "starting"
    UP = "up"
    RELOADING = "reloading"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    BACKOFF = "backoff"
    HELD = "held"
    GAVE_UP = "gave_up"
    COMPLETED = "completed"  # has ended as expected, and is left so
    UNMONITORED = "unmonitored"
    WAITING = "waiting"
    SCHEDULED = "scheduled"  # no run is under way, and the last one was well
    RUNNING = "running"
    FAILED = "failed"  # the last run, or the last end of what is left so
    UNKNOWN = "unknown"
    STOP_FAILED = "stop_failed"
