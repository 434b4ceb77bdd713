"""One thing to keep running, as its file asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from overseer.model.dependency import Dependency
from overseer.model.program import Program
from overseer.model.schedule import Plan, Schedule
from overseer.model.state import INIT
from overseer.model.task import TaskState
from overseer.model.transition import NOBODY, Notify, Transition
from overseer.model.units import Percent, Seconds

if TYPE_CHECKING:
    from overseer.behaviors.base import Behavior
    from overseer.conditions.base import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartDelay:
    """How long overseer waits before it launches what keeps dying young."""

    first: Seconds = 0.0
    next: Seconds = 1.0
    factor: float = 2.0
    max: Seconds = 60.0
    jitter: Percent = 10.0  # either way
    reset_after: Seconds = 60.0


class Once(StrEnum):
    """How often what comes to its end is run again by itself, when it has completed."""

    NEVER = "never"  # by each `run` after a terminate or a boot
    BOOT = "boot"  # once a boot
    EVER = "ever"  # once for all, until somebody starts it or its program is another


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a watch stands: for messages, never for equality."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Frozen, and in its explicit form: whatever the file left out or said briefly is spelled
    out in `transitions` and `lifecycle`. Equal watches need no change: load relies on it."""

    name: str
    program: Program
    tags: tuple[str, ...] = ()
    interval: Seconds = 5.0
    start_grace: Seconds = 1.0
    stop_grace: Seconds = 0.0  # after a stop, before the next launch
    restart_grace: Seconds | None = None  # None: start_grace
    start_timeout: Seconds = 60.0
    restart_timeout: Seconds = 60.0
    autostart: bool = True
    states: tuple[TaskState, ...] = ()  # of a task; none: a program is to be kept running
    initial_state: str | None = None  # of a task
    depends_on: tuple[Dependency, ...] = ()
    behaviors: tuple["Behavior", ...] = ()
    transitions: tuple[Transition, ...] = ()
    lifecycle: tuple[Transition, ...] = ()
    ready: tuple["Condition", ...] = ()  # all of them hold, or it is not up yet
    success_codes: tuple[int, ...] = (0,)
    skip_codes: tuple[int, ...] = ()  # of before_start: it is not to be started, and that is fine
    once: Once | None = None  # of what comes to its end; None is NEVER
    restart_delay: RestartDelay = RestartDelay()
    restart_at: tuple[Schedule, ...] = ()
    schedule: Plan | None = None  # run then, and not kept up
    restart_together: bool = False  # instances, by a check: all of them at once
    notify: Notify = NOBODY
    copy_of: str = field(default="", compare=False)  # the definition, where that has `instances`
    was: str | None = field(default=None, compare=False)  # its name until now
    origin: Origin = field(default=Origin(), compare=False)

    @property
    def kind(self) -> str:
        """`watch` for a program that is to be kept up, `scheduled`, or `task`."""
        if self.states:
            return "task"
        return "scheduled" if self.schedule else "watch"

    @property
    def moments(self) -> tuple[Schedule, ...]:
        """Of the calendar, at which something is to be done."""
        return self.schedule.moments if self.schedule else self.restart_at

    @property
    def is_task(self) -> bool:
        """True where there is no process to look after, but states and their commands."""
        return bool(self.states)

    @property
    def first_state(self) -> str:
        """Where it begins when it is monitored."""
        return self.initial_state or INIT

    @property
    def listens(self) -> bool:
        """True where a condition asks what its process says of itself."""
        return any(one.listens for one in self.conditions)

    @property
    def watchdog(self) -> float | None:
        """Seconds within which it has to say that it is well."""
        limits = (getattr(one, "within", None) for one in self.conditions if one.listens)
        return min((limit for limit in limits if limit), default=None)

    @property
    def conditions(self) -> "Iterator[Condition]":
        yield from self.ready
        yield from (row.when for row in (*self.transitions, *self.lifecycle))

    def state_of(self, name: str) -> TaskState | None:
        return next((state for state in self.states if state.name == name), None)
