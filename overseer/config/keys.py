"""The keys of a watch in its explicit form, each with the way it is written."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from overseer.config import command, forms
from overseer.config.depends import DEPENDS_ON
from overseer.config.forms import Form
from overseer.config.node import Node, Table
from overseer.config.record import form_of, options, record
from overseer.config.schedule import RESTART_AT, SCHEDULE
from overseer.config.states import STATE, STATES
from overseer.config.trouble import Troubles, Unread
from overseer.model.program import Program
from overseer.model.units import Seconds
from overseer.model.watch import RestartDelay, Watch


def as_delay(node: Node, key: str, troubles: Troubles) -> Any:
    """A mapping, or a single value: always the same delay."""
    if isinstance(node, Table):
        return record(RestartDelay).read(node, key, troubles)
    value = form_of(Seconds).read(node, key, troubles)
    if isinstance(value, Unread):
        return value
    return RestartDelay(first=value, next=value, factor=1.0, max=value, jitter=0.0)


DELAY = Form(
    as_delay,
    "{first: 0s, next: 1s, factor: 2, max: 60s}",
    {"anyOf": [form_of(Seconds).schema, record(RestartDelay).schema]},
)
NAME = forms.matching(r"\w[\w.@+-]*", "a name like web")
VARIABLE = forms.matching(r"[A-Za-z_]\w*", "the name of an environment variable")

OWN: Mapping[str, Form] = {
    "user": forms.ACCOUNT,
    "group": forms.ACCOUNT,
    "command": command.COMMAND_FORM,
    "start": command.COMMAND_FORM,
    "stop": command.COMMAND_FORM,
    "restart": command.RESTART,
    "reload": command.RELOAD,
    "check_before_restart": command.COMMAND_FORM,
    "hooks": command.HOOKS_FORM,
    "pid_file": forms.PATH,
    "dir": forms.PATH,
    "env_file": forms.PATH,
    "chroot": forms.PATH,
    "log": forms.PATH,
    "err_log": forms.PATH,
    "runtime_dir": forms.matching(r"\w[\w.+-]*", "one name, like web"),
    "pass_env": forms.many(VARIABLE),
    "env": command.ENV,
    "umask": command.UMASK,
    "rlimits": command.RLIMITS,
    "sockets": command.SOCKETS,
    "nice": command.NICE,
    "ionice": command.IONICE,
    "oom_score_adj": command.OOM,
    "capabilities": command.CAPABILITIES,
    "ambient_capabilities": command.CAPABILITIES,
    "stop_signals": command.STOP_SIGNALS,
    "kill": forms.choice(("tree", "process")),
    "leftovers": forms.choice(("end", "wait", "ignore", "leave")),
    "tags": forms.many(NAME, unique=True),
    "success_codes": forms.many(command.EXIT_CODE),
    "skip_codes": forms.many(forms.whole(1, 255, "99")),
    "restart_delay": DELAY,
    "was": NAME,
    "restart_at": RESTART_AT,
    "depends_on": DEPENDS_ON,
    "schedule": SCHEDULE,
    "states": STATES,
    "initial_state": STATE,
}
"""Keys whose type does not say how they are written."""

ELSEWHERE = frozenset({"name", "program", "origin", "copy_of", "notify_socket", "watchdog"})
"""Not keys of the file."""
STRUCTURE = frozenset({"behaviors", "transitions", "lifecycle", "ready"})  # read row by row
MORE_THAN_NOTHING = frozenset({"interval", "start_timeout", "restart_timeout"})

SYNONYMS: Mapping[str, str] = {
    "AmbientCapabilities": "ambient_capabilities",
    "CapabilityBoundingSet": "capabilities",
    "ExecReload": "reload",
    "ExecStart": "command",
    "ExecStartPre": "hooks: {before_start: …}",
    "ExecStop": "stop",
    "Environment": "env",
    "EnvironmentFile": "env_file",
    "Group": "group",
    "LimitNOFILE": "rlimits: {nofile: …}",
    "NoNewPrivileges": "no_new_privs",
    "Restart": "on_exit",
    "RestartSec": "restart_delay",
    "TimeoutStopSec": "stop_timeout",
    "User": "user",
    "WorkingDirectory": "dir",
    "args": "its arguments behind the program in command",
    "autorestart_on": "on_exit",
    "chdir": "dir",
    "env_production": "env",
    "exec_mode": "instances",
    "interpreter": "it before the program in command",
    "max_memory_restart": "memory",
    "max_restarts": "flapping",
    "min_uptime": "start_grace",
    "numprocs": "instances",
    "priority": "depends_on",
    "script": "command",
    "startretries": "start_tries",
    "startsecs": "start_grace",
    "stopasgroup": "kill: tree",
    "stopsignal": "stop_signal",
    "kill_timeout": "stop_timeout",
    "autorestart": "on_exit",
    "behavior": "behaviors",
    "cmd": "command",
    "cron": "schedule, with the text in quotes",
    "cron_restart": "restart_at",
    "cwd": "dir",
    "depend_on": "depends_on",
    "after": "depends_on",
    "requires": "depends_on",
    "directory": "dir",
    "environment": "env",
    "exec": "command",
    "stdout_logfile": "log",
    "stderr_logfile": "err_log",
    "stopwaitsecs": "stop_timeout",
    "transition": "transitions",
    "valid_states": "states",
    "working_dir": "dir",
    "health": "healthy",
    "healthcheck": "healthy: [http: {port: 8000}], or run: with a command",
    "http": "healthy: [http: {port: 8000}]",
    "livenessProbe": "healthy: [http: {port: 8000}]",
    "port": "healthy: [socket: tcp:8000]",
    "readinessProbe": "ready: [http: {port: 8000}]",
    "run": "command",
    "socket": "healthy: [socket: tcp:8000]",
    "tries": "start_tries",
    "tcp": "healthy: [socket: tcp:8000]",
    "url": "healthy: [http: …]",
}
"""Words of god and of other supervisors that are not near enough to be guessed."""


def _forms(kind: type) -> Mapping[str, Form]:
    skipped = ELSEWHERE | STRUCTURE
    return {
        key: OWN.get(key) or form_of(option.hint)
        for key, option in options(kind).items()
        if key not in skipped
    }


PROGRAM = _forms(Program)
WATCH = _forms(Watch)
EXPLICIT = frozenset({*PROGRAM, *WATCH, *STRUCTURE})


def default(key: str) -> Any:
    """The value of an explicit key that is not written."""
    kind = Program if key in PROGRAM else Watch
    found: Field[Any] = next(field for field in fields(kind) if field.name == key)
    return found.default if found.default is not MISSING else None
