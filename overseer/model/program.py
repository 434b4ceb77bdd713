"""What is run, as whom, with what around it, and how it is to be stopped.

A process keeps the program it was launched as for the whole of its life: it is stopped as it
was started, whatever the watch file says by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Argv = tuple[str, ...]
HOOKS = (
    "before_start",
    "after_start",
    "before_stop",
    "after_stop",
    "before_restart",
    "after_restart",
)
"""god's; those of restart belong to a restart command."""
HOOK_PATIENCE = 60.0
"""Seconds a hook may take."""


@dataclass(frozen=True, slots=True)
class StopStep:
    """A signal, and how many seconds it has before the next step; SIGKILL follows the last."""

    signal: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The keys of a watch that need a new process to take effect."""

    command: Argv | None = None  # stays in the foreground; else start, with pid_file
    start: Argv | None = None
    pid_file: str | None = None
    user: str | None = None
    group: str | None = None
    dir: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: str | None = None
    pass_env: tuple[str, ...] = ()
    umask: int | None = None
    chroot: str | None = None
    rlimits: Mapping[str, str] = field(default_factory=dict)  # as prlimit(1) takes them
    nice: int | None = None
    ionice: str | None = None  # class:level, as ionice(1) names them
    oom_score_adj: int | None = None
    no_new_privs: bool = False
    capabilities: tuple[str, ...] | None = None  # the bounding set; None: as it is
    ambient_capabilities: tuple[str, ...] = ()
    runtime_dir: str | None = None  # made under /run before each launch, owned by the user
    sockets: Mapping[str, str] = field(default_factory=dict)  # held for it; see model/held.py
    log: str | None = None  # None: log_dir/NAME.log
    err_log: str | None = None  # None: with the log
    stop: Argv | None = None
    restart: Argv | None = None
    reload: Argv | int | None = None  # a command, or a signal number
    check_before_restart: Argv | None = None  # a restart stops nothing before it has said yes
    stop_signals: tuple[StopStep, ...] = (StopStep(15, 30.0),)
    kill: str = "tree"  # tree | process
    leftovers: str = "end"  # end | wait | ignore | leave
    hooks: Mapping[str, Argv] = field(default_factory=dict)
    # what its conditions listen to, and it has to be told when it is launched; None: not known,
    # of a process that an earlier version has launched
    notify_socket: bool | None = None
    watchdog: float | None = None  # seconds; as WATCHDOG_USEC

    @property
    def daemonizes(self) -> bool:
        """True for god's classic case: a start command that leaves a process behind."""
        return self.command is None

    @property
    def is_restricted(self) -> bool:
        """True where it says which capabilities it has."""
        return self.capabilities is not None or bool(self.ambient_capabilities)

    @property
    def ignores_leftovers(self) -> bool:
        """What a launch has left behind is in the way of none."""
        return self.leftovers in ("ignore", "leave")

    @property
    def stop_timeout(self) -> float:
        return sum(step.seconds for step in self.stop_signals)


FROM_THE_NEXT_START = frozenset(
    {
        *("stop", "restart", "reload", "stop_signals", "kill", "leftovers", "hooks"),
        "check_before_restart",
    }
)
"""Keys of a program that a load changes without a restart; the running one keeps its own."""
