"""What a mail of each kind looks like, without sending one: for whoever writes templates."""

from dataclasses import replace

from overseer.alerts import render
from overseer.alerts.ending import ONLY_TOLD
from overseer.alerts.letter import Facts
from overseer.alerts.policy import UNANSWERED
from overseer.contacts.base import Contact, Notice
from overseer.model.change import Change

RAN = {"exit": "exit code 1", "ran_for": "4.2s"}
HIGH = ("71MB", "*104MB", "98MB", "*109MB", "*112MB")
LINES = (
    "2026-01-31 15:41:58 INFO  mail 1182 sent",
    "2026-01-31 15:42:03 ERROR cannot connect to smtp.example.org:587",
    "Traceback (most recent call last):",
    '  File "/srv/app/mailer.py", line 88, in deliver',
    "ConnectionRefusedError: [Errno 111] Connection refused",
)
TIRED = "nothing more until it is started by hand"
HOUR = 3600.0

EXAMPLES: dict[Change, dict[str, object]] = {
    Change.CRASHED: {
        "headline": "crashed, up again",
        "message": "killed by SIGKILL after 2h; away 0.1s in all",
        "exit": "killed by SIGKILL",
        "ran_for": "2h",
    },
    Change.FLAPPING: {
        "headline": "flapping, held",
        "message": "flapping: 5 launches within 5m, last exit code 1",
        "next": "tried again in 10m",
        "until": 600.0,
        **RAN,
    },
    Change.GAVE_UP: {
        "headline": "gave up",
        "message": "gave up after 5 times: 5 launches within 5m, last exit code 1",
        "next": TIRED,
        "began": -2 * HOUR,
        **RAN,
    },
    Change.RECOVERED: {
        "headline": "recovered after 2h",
        "message": "up and steady again",
        "began": -2 * HOUR,
    },
    Change.CLOSED: {
        "headline": "stopped by alice",
        "message": "nothing more follows about it",
        "began": -2 * HOUR,
    },
    Change.REMINDER: {
        "headline": "not well for 3h now: gave up",
        "message": "gave up after 5 times: 5 launches within 5m, last exit code 1",
        "next": TIRED,
        "began": -3 * HOUR,
        **RAN,
    },
    Change.START_FAILED: {
        "headline": "start failed: exit code 1",
        "message": "start failed: exit code 1",
        "next": "next try",
        "until": 8.0,
        **RAN,
    },
    Change.STOP_FAILED: {
        "headline": "stop failed: pid 4107 survived SIGKILL",
        "message": "pid 4107 survived SIGKILL",
        "next": "nothing is launched while it lives",
    },
    Change.RESTARTED: {
        "headline": "restarted: memory 112MB, above 100MB (3 of 5)",
        "message": "restarted: memory 112MB, above 100MB (3 of 5)",
        "samples": HIGH,
        "next": "a new process",
    },
    Change.RESTART_FAILED: {
        "headline": "restart failed: exit code 3",
        "message": "restart command: exit code 3",
        "next": "the old process goes on",
    },
    Change.COMMAND_FAILED: {
        "headline": "command of cleaning: exit code 1",
        "message": "command of cleaning: exit code 1",
        "next": "its conditions are asked all the same",
        **RAN,
    },
    Change.RUN_FAILED: {
        "headline": "run failed: exit code 1 after 4.2s",
        "message": "run failed: exit code 1 after 4.2s",
        **RAN,
    },
    Change.RUN_SKIPPED: {
        "headline": "not run: the one before runs since 2h",
        "message": "not run: the one before runs since 2h",
    },
    Change.RUN_MISSED: {
        "headline": "not run: its moment passed 5h ago (missed: skip)",
        "message": "not run: its moment passed 5h ago (missed: skip)",
    },
    Change.CHECK_MET: {
        "headline": "disk_usage /: 97%, above 90%",
        "message": "disk_usage /: 97%, above 90%",
        "samples": ("88%", "*93%", "*97%"),
        "next": ONLY_TOLD,
    },
    Change.CHECK_UNKNOWN: {
        "headline": "no answer from http: it cannot be measured",
        "message": "http: it cannot be measured",
        "next": UNANSWERED,
    },
    Change.UNKNOWN: {
        "headline": "unknown: its pid file names another user's process",
        "message": "its pid file names another user's process",
        "next": "looked at every 30s",
    },
    Change.EXITED: {"headline": "exit code 1", "message": "exit code 1", **RAN},
    Change.CONFIG_CHANGED: {
        "headline": "the watch files have changed: 1 added (web), 1 changed (mailworker)",
        "message": "the watch files have changed: 1 added (web), 1 changed (mailworker)",
    },
    Change.DAEMON_STARTED_AFTER_CRASH: {
        "headline": "started again; the daemon before this one was killed, or has crashed",
        "message": "started again; the daemon before this one was killed, or has crashed",
        "next": "programs that still run were left running, and are looked after",
    },
    Change.DISK_TROUBLE: {
        "headline": "/var/lib/overseer/state.db cannot be written: disk is full",
        "message": "/var/lib/overseer/state.db cannot be written: disk is full",
    },
    Change.NOTICE: {
        "headline": "web.yml has problems, its last applied version is used",
        "message": "web.yml has problems, its last applied version is used",
    },
}
ABOUT_OVERSEER = frozenset(
    {
        Change.CONFIG_CHANGED,
        Change.DAEMON_STARTED_AFTER_CRASH,
        Change.DISK_TROUBLE,
        Change.NOTICE,
    }
)
OPENS = frozenset(
    {
        Change.FLAPPING,
        Change.GAVE_UP,
        Change.REMINDER,
        Change.START_FAILED,
        Change.STOP_FAILED,
        Change.UNKNOWN,
        Change.CHECK_MET,
        Change.RUN_FAILED,
        Change.RUN_SKIPPED,
        Change.RUN_MISSED,
    }
)


def example(change: Change, at: float) -> Facts:
    """Made up; moments of the table count from *at*, seconds since the epoch."""
    own = EXAMPLES[change]
    moments = {
        name: at + moment
        for name in ("until", "began")
        if isinstance(moment := own.get(name), float)
    }
    about_watch = change not in ABOUT_OVERSEER
    facts = Facts(
        watch="mailworker" if about_watch else "",
        change=change,
        headline="",
        message="",
        at=at,
        incident="mailworker.preview",
        open=change in OPENS,
        log="/var/log/overseer/mailworker.log" if about_watch else None,
        lines=LINES if about_watch and change not in (Change.RECOVERED, Change.CLOSED) else (),
    )
    return replace(facts, **{**own, **moments})  # type: ignore[arg-type]


def preview(change: Change, at: float, host: str, contact: Contact) -> Notice:
    return render.notice([example(change, at)], f"<preview@{host}>", host, contact)
