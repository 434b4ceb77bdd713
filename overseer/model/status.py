"""What is known about a watch at one moment. Replaced at each step, kept on disk as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from overseer.model.dependency import Lack
from overseer.model.log_file import LogMark
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.schedule import Ending, Run
from overseer.model.state import UNMONITORED, Goal, Hold, Life


class Job(StrEnum):
    """What an errand is run for."""

    LAUNCH = "launch"  # the foreground program itself
    START = "start"
    RESTART = "restart"
    STOP = "stop"
    AFTER_STOP = "after_stop"  # the hook, after each end of a process
    RELOAD = "reload"
    CHECK = "check_before_restart"
    STATE = "state"  # of a task: what entering a state runs
    RUN = "run"  # of what has a schedule
    CLEAN = "clean"  # runs nothing: ends what earlier runs and commands have left


class Stage(StrEnum):
    """How far an errand has come."""

    ASKED = "asked"  # no process known yet: between here and running the daemon may die
    LOST = "lost"  # asked by an earlier daemon: whether it was carried out is to be seen
    RUNNING = "running"
    OVERDUE = "overdue"  # time is over; being looked at once before it is cut short
    CUT = "cut"  # TERM has been sent
    KILLED = "killed"
    JUDGING = "judging"  # has ended; being looked at before it is judged
    CLEARING = "clearing"  # not run yet: what earlier launches have left behind is ended first
    SWEEPING = "sweeping"  # has ended; what it has left behind is being ended


class Then(StrEnum):
    """What was asked while it could not be done at once."""

    NOTHING = ""
    RUN = "run"  # overseer's own: by the gate
    LAUNCH = "launch"  # the operator's: as soon as nothing lives
    RENEW = "renew"
    RENEW_NOW = "renew_now"  # the operator's
    END = "end"
    JUDGE = "judge"  # the process has ended; the pid file may name its successor


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A command on its way: its intent is on disk before it is run.

    *ticks* are clock ticks since boot at the intent, *id* is in its environment: by these a
    later daemon finds it. *began* is in seconds of CLOCK_BOOTTIME.
    """

    id: str
    job: Job
    boot: str
    ticks: int
    began: float
    by: str = ""  # "" is overseer itself
    process: Process | None = None
    stage: Stage = Stage.ASKED
    exit: Exit | None = None
    ended_at: float | None = None  # when its end was heard of
    timed_out: bool = False
    refused: int = 0  # times, because something of an earlier launch was alive
    why: str = ""  # of a check: what asks for the restart
    until: float | None = None  # its next step: it is cut short, or killed
    delayed: str = ""  # why it has no process yet


@dataclass(frozen=True, slots=True)
class LaunchMoment:
    """One launch of overseer's own, for counting. *at* leaves out overseer's own waiting;
    *answered* are the flapping rows, as they are spelled, for which it counts no more."""

    at: float
    came_from: str
    state: str
    answered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flap:
    """A flapping row, as it is spelled, has held the watch back at this moment."""

    at: float
    row: str


@dataclass(frozen=True, slots=True)
class Acted:
    """A row, as it is spelled, has sent its signal, run its program or reloaded at this moment.
    *process*: which then was the watch's, None for a row of the lifecycle, which belongs to no
    process. *met*: it still is, as far as is known, so that this daemon or the next acts no more.
    """

    row: str
    at: float
    entry: int | None = None
    process: Process | None = None
    met: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All moments are seconds of CLOCK_BOOTTIME of *boot*; None where there is no such moment."""

    name: str
    boot: str = ""
    # what is wanted, who said so, in which words, when in this boot, and by which request
    goal: Goal = Goal.UNMONITORED
    set_by: str = ""
    set_words: str = ""
    set_at: float | None = None
    request: int = 0
    answers_from: int = 0  # the first of the requests that the order in force answers
    order: str = ""  # that order and who gave it: `stop by ada`
    asked: bool = False  # an attempt to be up that somebody asked for is under way
    start_failure: str = ""  # why the first such attempt since the request has failed
    # the graph
    state: str = UNMONITORED
    came_from: str = UNMONITORED
    entry: int = 0  # counts entries into states, so that late answers are recognised
    since: float = 0.0
    reason: str = ""
    # the life
    life: Life = Life.DOWN
    process: Process | None = None
    remains: Process | None = None  # has ended; what it left behind is being ended
    sweeping: bool = False  # nothing is being stopped but what was left behind
    buried: Process | None = None  # the last one known to have ended
    program: Program | None = None  # the process's own, from its launch
    log: LogMark | None = None  # where the output of the last launch begins
    err: LogMark | None = None  # and its errors, where they have a file of their own
    errand: Errand | None = None
    then: Then = Then.NOTHING
    then_by: str = ""
    due: float | None = None
    token: int = 0  # of the last Look
    stop_deadline: float | None = None  # the next step of a stop comes then
    stop_step: int = 0  # of program.stop_signals, from 1 on; more than there are: SIGKILL
    acting: float | None = None  # a signal or a look has been asked for, and not been heard of
    launched_at: float | None = None
    ready_since: float | None = None  # its readiness is asked since then, by start_timeout
    found: bool = False  # by a daemon that has not launched it, before it was up
    up_at: float | None = None
    ready: tuple[int, ...] = ()  # the conditions of Watch.ready that hold, by their places
    unready: str = ""  # what does not, in words
    extended: float | None = None  # the process has asked for patience until then
    after: str = ""  # the hook to be run when it is up
    steady_due: float | None = None
    reloading: float | None = None  # until then it may take to say READY=1 after RELOADING=1
    reload_heard: bool = False  # it has said RELOADING=1
    reload_asked: bool = False  # and somebody is to be told when that is over
    trouble: str = ""  # what is wrong with this life, told once; over with it
    standing: tuple[str, ...] = ()  # checks that only tell, and are met now
    acted: tuple[Acted, ...] = ()  # rows that signal, run or reload, and have done so
    # what it depends on
    lacking: tuple[Lack, ...] = ()  # nothing is launched before there is nothing in it
    waits_for: tuple[str, ...] = ()  # as the history says of this wait
    lost: tuple[str, ...] = ()  # has gone since the launch; when it is back this is restarted
    # counting
    launches: tuple[LaunchMoment, ...] = ()
    last_launch: float | None = None
    launch_before: float | None = None  # the one before the last
    waited: float = 0.0  # overseer's own waiting so far
    waiting_since: float | None = None
    young: int = 0  # ends to be mended since the last stable run
    flaps: tuple[Flap, ...] = ()  # of rows that give up some day
    # the calendar: the moment answered last, seconds since the epoch; of which schedule; when
    planned: float | None = None
    planned_by: str = ""
    planned_at: float | None = None
    run: Run | None = None  # under way
    queued: Run | None = None  # follows it
    last_run: Ending | None = None
    hold: Hold = Hold.NONE
    hold_due: float | None = None
    held_by: str = ""  # the check whose restarts are held
    held_row: str = ""  # the flapping row that holds it, as it is spelled
    restarts: int = 0  # launches that nobody asked for: after an end, or by a check
    restarts_asked: int = 0  # by people, loads, the calendar and what it depends on
    mends: bool = False  # the next launch of overseer's own is such a restart
    last_exit: Exit | None = None
    last_exit_at: float | None = None
    last_ran_for: float | None = None
    last_exit_asked: bool = False  # it was being stopped, by whomever
    finished: bool = False  # the last end was as expected
    failed: bool = False  # it was not, and is left so
    refusal: str = ""  # why the last restart or adoption was not done
    refused: int = 0  # the request that this was said of at once
    reload_failure: str = ""  # why the last reload was not done
    closing: bool = False  # the daemon is terminating

    @property
    def awaits_process(self) -> bool:
        """A command is about to be run: whoever forgot it now would never hear of its process."""
        return self.errand is not None and self.errand.process is None

    @property
    def delay(self) -> str:
        """Why the command that is about to be run has no process yet; "" where it has one."""
        return self.errand.delayed if self.errand and self.errand.process is None else ""

    @property
    def monitored(self) -> bool:
        return self.state != UNMONITORED

    def but(self, changes: Mapping[str, Any]) -> "Status":
        """What dataclasses.replace gives, in a third of the time; a step does it twenty times."""
        new = object.__new__(Status)
        for put, value in zip(PUT.values(), ALL(self), strict=True):
            put(new, value)
        for name, value in changes.items():
            PUT[name](new, value)
        return new


ALL = attrgetter(*Status.__slots__)
PUT: Mapping[str, Callable[[Status, Any], None]] = {
    name: getattr(Status, name).__set__ for name in Status.__slots__
}
