"""What an alert can tell: the words of X-Overseer-Event, and of a contact's `events:`."""

from enum import StrEnum


class Change(StrEnum):
    CRASHED = "crashed"
    FLAPPING = "flapping"
    GAVE_UP = "gave_up"
    RECOVERED = "recovered"
    CLOSED = "closed"  # nobody waits for a recovery any more: stopped, unmonitored, removed
    REMINDER = "reminder"
    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"
    RESTARTED = "restarted"  # by a check
    RESTART_FAILED = "restart_failed"
    COMMAND_FAILED = "command_failed"  # that of a task's state
    RUN_FAILED = "run_failed"  # of what has a schedule
    RUN_SKIPPED = "run_skipped"  # the one before went on
    RUN_MISSED = "run_missed"  # its moment passed unheard, or it waits for long
    CHECK_MET = "check_met"
    CHECK_UNKNOWN = "check_unknown"
    UNKNOWN = "unknown"
    EXITED = "exited"  # only to those whom the transition itself names
    CONFIG_CHANGED = "config_changed"  # only to those whose `events:` name it
    DAEMON_STARTED_AFTER_CRASH = "daemon_started_after_crash"
    DISK_TROUBLE = "disk_trouble"
    NOTICE = "notice"  # about overseer itself


PASSES_EVERY_LIMIT = frozenset({Change.GAVE_UP, Change.STOP_FAILED, Change.DISK_TROUBLE})
ENDS = frozenset({Change.RECOVERED, Change.CLOSED})
"""The last word about an incident."""
