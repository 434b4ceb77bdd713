"""docs/adoption.md is held cell by cell: each row of its table is lived through, by each kind of
watch that it is about, with processes of days, up to a quit, a kill -9 and a reboot."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pytest
from cast import DAEMON, FOREGROUND, FULL, GOD, guard, held
from days import nightly

from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.socket_responding import SocketResponding
from overseer.model.dependency import Dependency
from overseer.model.event import Answered, Readied, Reloading, Scheduled, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.schedule import Missed, Overlap, Result
from overseer.model.state import Goal, Hold, Phase
from overseer.model.status import Job, Status
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.watch import Once, Watch
from overseer.testing import Lives

DAY = 86400.0
DOCS = Path(__file__).parents[2] / "docs" / "adoption.md"
BEGINS = (Job.LAUNCH, Job.START, Job.RUN, Job.STATE)

PLAIN = Watch(name="it", program=FOREGROUND, transitions=GOD, lifecycle=(held(),))
LISTENS = SocketResponding(socket="tcp:8000", responding=True)
SILENT = SocketResponding(socket="tcp:8000", responding=False)
HEALTHY = replace(PLAIN, transitions=(*GOD, Transition(("up",), SILENT, "restart")))
READY = replace(PLAIN, ready=(LISTENS,), start_timeout=3.0, start_grace=2.0)
PID_FILE = replace(PLAIN, program=DAEMON, start_grace=10.0)
READY_FILE = replace(PID_FILE, ready=(LISTENS,), start_timeout=3.0, start_grace=2.0)
RELOADS = replace(PLAIN, program=replace(FOREGROUND, reload=("worker", "--reload")))
ACTS = tuple(
    replace(RELOADS, program=replace(FOREGROUND, reload=1), transitions=(*GOD, row))
    for row in (
        Transition(("up",), LISTENS, reload=True),
        Transition(("up",), LISTENS, signal=10),
        Transition(("up",), LISTENS, run=("/usr/bin/dump",)),
    )
)
SAYS_RELOADING = replace(PLAIN, program=replace(FOREGROUND, reload=1, notify_socket=True))
CHECKED = replace(PLAIN, program=replace(FOREGROUND, check_before_restart=("worker", "--check")))
STOPS = (*GOD[:2], Transition(("start", "restart", "up"), ProcessExits(), "stop"))
SLOW = replace(PLAIN, start_grace=10.0, restart_grace=10.0)
GIVES_UP = replace(PLAIN, lifecycle=(held(times=2, retry_in=60.0, retry_times=2),))
ONE_SHOT = replace(PLAIN, transitions=STOPS, lifecycle=())
FOR_BOOT = replace(ONE_SHOT, once=Once.BOOT)
FOR_GOOD = replace(ONE_SHOT, once=Once.EVER)
NEEDS = replace(PLAIN, depends_on=(Dependency("other"),))
OTHER = replace(PLAIN, name="other", autostart=False)
RUN = replace(nightly(missed=Missed.SKIP), name="it")
RUN_AGAIN = replace(nightly(missed=Missed.RUN), name="it")
QUEUES = replace(nightly(missed=Missed.RUN, overlap=Overlap.QUEUE), name="it")
LIMITED = replace(nightly(missed=Missed.SKIP, max_run_time=30 * DAY), name="it")
TASK = replace(
    guard(),
    name="it",
    states=(TaskState("ok"), TaskState("cleaning", ("clean-tmp",), 100 * DAY)),
    lifecycle=(),
)


class Story:
    """The watch *it*, and what it depends on."""

    def __init__(self, watch: Watch) -> None:
        self.lives = Lives(watch, *((OTHER,) if watch.depends_on else ()))
        self.processes = self.lives.processes
        if watch.program.daemonizes:
            self.commands_have_ended()
        self.says_ready()
        self.passes(20)

    @property
    def watch(self) -> Watch:
        return self.lives.engine.watches["it"]

    @property
    def status(self) -> Status:
        return self.lives.engine.statuses["it"]

    @property
    def phase(self) -> Phase:
        return self.lives.phase_of("it")

    @property
    def running(self) -> set[int]:
        return set(self.processes.living)

    def passes(self, seconds: float) -> None:
        self.lives.passes(seconds)

    def happens(self, event: object) -> None:
        self.lives.tell("it", event)  # type: ignore[arg-type]

    def asks(self, verb: Verb) -> None:
        self.lives.ask("it", verb)

    def says_ready(self) -> None:
        if self.watch.ready and self.status.process:
            self.happens(Readied(self.status.process, 0, True))

    def ends(self, code: int | None = 0) -> None:
        """What runs of it, in whatever way."""
        self.happens_to(
            [pid for pid, it in self.processes.living.items() if it.watch == "it"], code
        )

    def happens_to(self, pids: list[int], code: int | None) -> None:
        for pid in pids:
            self.processes.die(pid, Exit(code))
        self.lives.engine.turn()

    def commands_have_ended(self, code: int = 0) -> None:
        """A start or restart command has done what it is for."""
        jobs = (Job.START, Job.RESTART, Job.STOP)
        commands = [pid for pid, it in self.processes.living.items() if it.job in jobs]
        starts = any(self.processes.living[pid].job is not Job.STOP for pid in commands)
        if starts:
            self.processes.pid_files["it"] = self.processes.bear("it", Job.LAUNCH)
        self.happens_to(commands, code)

    def is_stubborn(self) -> None:
        for pretend in self.processes.living.values():
            pretend.ignores_term = True

    def told(self, kind: Kind) -> list[str]:
        return [item.message for _, item in self.lives.world.store.news if item.kind is kind]


class Before(NamedTuple):
    """When the daemon went. *spawned* and *signals*: how many there had been."""

    status: Status
    phase: Phase
    running: set[int]
    spawned: int
    signals: int


def begun_since(story: Story, before: Before) -> list[Job]:
    spawned = [job for name, job in story.processes.spawned[before.spawned :] if name == "it"]
    return [job for job in spawned if job in BEGINS]


def commands_since(story: Story, before: Before) -> list[Job]:
    return [job for name, job in story.processes.spawned[before.spawned :] if name == "it"]


# How each row is reached


def up(story: Story) -> None:
    story.says_ready()
    assert story.phase is Phase.UP


def getting_ready(story: Story) -> None:
    story.ends(1)
    story.passes(2)
    story.commands_have_ended()
    assert (story.phase, story.status.process is None) == (Phase.STARTING, False)


def being_launched(story: Story) -> None:
    up(story)
    story.asks(Verb.STOP)
    story.processes.prompt = False
    story.asks(Verb.START)
    while story.processes.waiting:
        story.happens(story.processes.waiting.pop()[1])
    assert story.status.errand
    assert story.status.errand.process is None


def command_runs(story: Story) -> None:
    up(story)
    story.ends(1)
    for _ in range(40):
        if story.status.errand and story.status.errand.process:
            break
        story.passes(1)
    assert story.status.errand
    assert story.status.errand.job is Job.START


def restart_command_runs(story: Story) -> None:
    up(story)
    story.asks(Verb.RESTART)
    assert story.status.errand
    assert story.status.errand.job is Job.RESTART


def reloading(story: Story) -> None:
    up(story)
    story.asks(Verb.RELOAD)
    if story.watch.program.notify_socket and story.status.process:
        story.happens(Reloading(story.status.process, over=False))
    assert story.phase is Phase.RELOADING


def acted(story: Story) -> None:
    up(story)
    story.is_stubborn()
    its_row_is_met(story)
    assert acts_of(story) == 1


def its_row_is_met(story: Story) -> None:
    story.happens(Answered(len(GOD), story.status.entry, True, "it listens", ("*yes",)))


def acts_of(story: Story) -> int:
    return len(story.processes.signals) + len(story.processes.hooks)


def checked(story: Story) -> None:
    up(story)
    story.asks(Verb.RESTART)
    assert story.status.errand
    assert story.status.errand.job is Job.CHECK


def stopping(story: Story) -> None:
    up(story)
    story.is_stubborn()
    story.asks(Verb.STOP)
    story.commands_have_ended()
    if story.watch.program.stop:  # after it the process may end by itself
        story.passes(story.watch.program.stop_timeout + 1)
    assert story.phase is Phase.STOPPING


def stopping_to_restart(story: Story) -> None:
    up(story)
    story.is_stubborn()
    story.asks(Verb.RESTART)
    assert story.phase is Phase.RESTARTING


def waiting_for_a_try(story: Story) -> None:
    up(story)
    story.ends(1)
    story.commands_have_ended()
    story.ends(1)
    assert story.phase is Phase.BACKOFF


def held_back(story: Story) -> None:
    for _ in range(400):
        if story.status.hold is not Hold.NONE:
            break
        if story.status.process:
            story.ends(1)
        story.commands_have_ended()
        story.passes(0.5)
    assert story.phase is Phase.HELD


def given_up(story: Story) -> None:
    for _ in range(4000):
        if story.phase is Phase.GAVE_UP:
            break
        if story.status.process:
            story.ends(1)
        story.commands_have_ended()
        story.passes(1)
    assert story.phase is Phase.GAVE_UP


def waiting_for_others(story: Story) -> None:
    assert story.phase is Phase.WAITING


def stopped(story: Story) -> None:
    up(story)
    story.asks(Verb.STOP)
    story.commands_have_ended()
    story.passes(100)
    assert story.phase is Phase.STOPPED


def unmonitored(story: Story) -> None:
    up(story)
    story.asks(Verb.UNMONITOR)


def completed(story: Story) -> None:
    story.ends(0)
    assert story.phase is Phase.COMPLETED


def failed(story: Story) -> None:
    story.ends(3)
    assert story.phase is Phase.FAILED


def one_shot_runs(story: Story) -> None:
    assert story.phase is Phase.UP


def task_calm(story: Story) -> None:
    assert story.phase is Phase.UP


def task_runs(story: Story) -> None:
    story.happens(Answered(FULL, story.status.entry, True, "full", ("*1",)))
    assert story.status.errand


def run_goes_on(story: Story) -> None:
    story.asks(Verb.TRIGGER)
    assert story.phase is Phase.RUNNING


def run_waits(story: Story) -> None:
    run_goes_on(story)
    story.asks(Verb.TRIGGER)
    assert story.status.queued


def between_runs(story: Story) -> None:
    run_goes_on(story)
    story.ends(0)
    assert story.phase is Phase.SCHEDULED


def unknown(story: Story) -> None:
    being_launched(story)
    story.processes.looks_fail = "cannot be told"
    story.processes.unborn.clear()
    story.processes.prompt = True
    story.lives.daemon_dies()
    story.lives.daemon_follows()
    assert story.phase is Phase.UNKNOWN


# What the next daemon does


def untouched(story: Story, before: Before) -> None:
    """As it was: nothing begun, nothing signalled, nothing counted."""
    same = ("process", "goal", "up_at", "ready", "launches", "restarts", "young", "hold", "state")
    assert story.phase is before.phase
    assert [getattr(story.status, key) for key in same] == [
        getattr(before.status, key) for key in same
    ]
    assert begun_since(story, before) == []
    assert len(story.processes.signals) == before.signals
    assert story.running == before.running


def has_all_of_its_time(story: Story, before: Before) -> None:
    untouched(story, before)
    story.passes(story.watch.start_timeout * 0.9)
    untouched(story, before)
    story.says_ready()
    story.passes(1)
    assert (story.phase, story.status.process) == (Phase.UP, before.status.process)


def is_up_in_time(story: Story, before: Before) -> None:
    process = before.status.process
    assert process
    left = process.began + story.watch.start_grace - story.lives.world.clock.time
    if left > 0:
        untouched(story, before)
        story.passes(left + 0.1)
    assert (story.phase, story.status.process) == (Phase.UP, process)
    assert begun_since(story, before) == []


def launched_once(story: Story, before: Before) -> None:
    """What was asked of the launcher was not done: it is, under the same id."""
    assert len(begun_since(story, before)) <= 1  # a quit lets the launcher finish
    assert len(story.running) == 1


def command_is_heard_of(story: Story, before: Before) -> None:
    assert story.running == before.running
    assert commands_since(story, before) == []
    story.passes(4.9)
    assert story.running == before.running
    story.commands_have_ended()
    story.passes(1)
    story.says_ready()
    story.passes(20)
    assert (story.phase, story.told(Kind.START_FAILED)) == (Phase.UP, [])


def reload_is_not_waited_for(story: Story, before: Before) -> None:
    assert (story.phase, story.status.errand) == (Phase.UP, None)
    assert story.status.process == before.status.process
    assert commands_since(story, before) == []


def nothing_is_done_again(story: Story, before: Before) -> None:
    its_row_is_met(story)
    untouched(story, before)
    assert acts_of(story) == 1
    story.happens(Answered(len(GOD), story.status.entry, False, "it listens", ("no",)))
    its_row_is_met(story)
    assert acts_of(story) == 2


def launched_and_afresh(story: Story, before: Before) -> None:
    launched(story, before)
    story.passes(20)
    story.is_stubborn()
    its_row_is_met(story)
    assert acts_of(story) == 2


def restart_is_forgotten(story: Story, before: Before) -> None:
    reload_is_not_waited_for(story, before)
    story.passes(100)
    assert story.status.process == before.status.process


def stop_goes_on(story: Story, before: Before) -> None:
    assert story.phase is before.phase
    assert story.processes.signals[before.signals :] == [(next(iter(story.running)), 15)]
    story.passes(story.watch.program.stop_timeout - 1)
    assert story.phase is before.phase
    story.passes(2)
    if story.status.goal is Goal.DOWN:
        assert (story.phase, story.running) == (Phase.STOPPED, set())
    else:
        story.passes(30)
        assert story.status.process not in (None, before.status.process)


def keeps_its_moment(story: Story, before: Before) -> None:
    moment = before.status.due if before.status.hold is Hold.NONE else before.status.hold_due
    assert moment
    if story.lives.world.clock.time < moment:
        untouched(story, before)
        story.passes(moment - story.lives.world.clock.time + 0.1)
    else:
        story.passes(0.1)
    assert len(begun_since(story, before)) == 1


def waits_on_for_others(story: Story, before: Before) -> None:
    assert len(story.told(Kind.WAITING)) == 1
    waits_until_seen(story, before)


def waits_until_seen(story: Story, before: Before) -> None:
    assert (story.phase, begun_since(story, before)) == (Phase.WAITING, [])
    story.lives.ask("other", Verb.START)
    story.passes(2)
    assert begun_since(story, before) == [Job.LAUNCH]


def launched(story: Story, before: Before) -> None:
    assert story.status.goal is Goal.UP
    assert len(begun_since(story, before)) == 1
    assert story.status.hold is Hold.NONE


def stays(story: Story, before: Before) -> None:
    assert (story.phase, story.status.goal) == (before.phase, before.status.goal)
    assert begun_since(story, before) == []
    assert len(story.processes.signals) == before.signals


def is_stopped(story: Story, before: Before) -> None:
    assert (story.phase, begun_since(story, before)) == (Phase.STOPPED, [])


def its_end_is_told(story: Story, before: Before) -> None:
    untouched(story, before)
    story.ends(3)
    assert story.phase is Phase.FAILED


def goes_on_in_its_state(story: Story, before: Before) -> None:
    assert story.status.state == before.status.state
    assert (story.running, begun_since(story, before)) == (before.running, [])
    if story.running:
        story.ends(1)
        assert story.told(Kind.COMMAND_FAILED) == ["command of cleaning: exit code 1"]


def begins_in_its_first_state(story: Story, before: Before) -> None:
    assert (story.status.state, story.phase, story.running) == ("ok", Phase.UP, set())


def run_is_heard_of(story: Story, before: Before) -> None:
    untouched(story, before)
    plan = story.watch.schedule
    if plan and plan.max_run_time:
        assert before.status.errand
        began = before.status.errand.began
        story.passes(began + plan.max_run_time - story.lives.world.clock.time - 1)
        assert story.phase is Phase.RUNNING
        story.passes(2)
        assert story.processes.signals[before.signals :]
    else:
        story.ends(0)
        assert story.told(Kind.RUN_FINISHED)


def run_has_failed(story: Story, before: Before) -> None:
    plan = story.watch.schedule
    assert any("the machine went down" in line for line in story.told(Kind.RUN_FAILED))
    again = plan is not None and plan.missed is Missed.RUN
    assert len(begun_since(story, before)) == again


def next_run_follows(story: Story, before: Before) -> None:
    untouched(story, before)
    story.ends(0)
    assert begun_since(story, before) == [Job.RUN]


def next_run_is_run(story: Story, before: Before) -> None:
    assert begun_since(story, before) == [Job.RUN]


def goes_by_its_calendar(story: Story, before: Before) -> None:
    stays(story, before)
    moment = story.lives.world.clock.wall()
    story.happens(Scheduled("30 2 * * *", moment))
    assert begun_since(story, before) == [Job.RUN]


def is_looked_for_again(story: Story, before: Before) -> None:
    assert (story.phase, begun_since(story, before)) == (Phase.UNKNOWN, [])
    story.processes.looks_fail = ""
    story.passes(60)
    assert len(begun_since(story, before)) == 1


def end_is_judged(story: Story, before: Before) -> None:
    assert story.phase in (Phase.BACKOFF, Phase.STARTING, Phase.FAILED)
    assert [line for line in story.told(Kind.EXITED) if "exit code unknown" in line]


def has_failed_unseen(story: Story, before: Before) -> None:
    stays(story, before._replace(phase=Phase.FAILED))
    assert any("exit code unknown" in line for line in story.told(Kind.EXITED))


def run_is_unknown(story: Story, before: Before) -> None:
    assert begun_since(story, before) == []
    assert story.status.last_run
    assert story.status.last_run.result is Result.UNKNOWN
    assert len(story.told(Kind.RUN_FAILED)) == 1


def command_is_over(story: Story, before: Before) -> None:
    assert (story.status.state, story.phase) == (before.status.state, Phase.UP)
    assert (begun_since(story, before), story.told(Kind.COMMAND_FAILED)) == ([], [])


# What the new program of the same daemon does


def gets_ready_in_its_time(story: Story, before: Before) -> None:
    untouched(story, before)
    assert before.status.due
    assert before.status.due == story.status.due
    story.says_ready()
    story.passes(story.watch.start_grace + 1)
    assert (story.phase, story.status.process) == (Phase.UP, before.status.process)


def is_launched_after_all(story: Story, before: Before) -> None:
    assert len(begun_since(story, before)) == 1
    assert len(story.running) == 1
    assert before.status.errand
    assert story.processes.living[next(iter(story.running))].errand == before.status.errand.id


def command_goes_on(story: Story, before: Before) -> None:
    assert (story.running, commands_since(story, before)) == (before.running, [])
    assert story.status.due == before.status.due
    story.commands_have_ended()
    story.passes(1)
    story.says_ready()
    story.passes(20)
    assert (story.phase, story.told(Kind.START_FAILED)) == (Phase.UP, [])


def reload_goes_on(story: Story, before: Before) -> None:
    untouched(story, before)
    assert story.phase is Phase.RELOADING
    reloads = [pid for pid, it in story.processes.living.items() if it.job is Job.RELOAD]
    story.happens_to(reloads, 0)
    assert (story.phase, len(story.told(Kind.RELOADED))) == (Phase.UP, 1)


def restart_follows_its_check(story: Story, before: Before) -> None:
    untouched(story, before)
    checks = [pid for pid, it in story.processes.living.items() if it.job is Job.CHECK]
    story.happens_to(checks, 0)
    story.passes(60)
    assert story.status.process not in (None, before.status.process)


def stop_keeps_its_time(story: Story, before: Before) -> None:
    assert story.phase is before.phase
    assert story.processes.signals[before.signals :] == []
    assert story.status.stop_deadline == before.status.stop_deadline
    assert before.status.stop_deadline
    story.passes(before.status.stop_deadline - story.lives.world.clock.time + 1)
    assert story.processes.signals[before.signals :]
    if story.status.goal is Goal.DOWN:
        story.passes(5)
        assert (story.phase, story.running) == (Phase.STOPPED, set())


def end_is_known(story: Story, before: Before) -> None:
    assert story.status.last_exit == Exit(0)
    assert [line for line in story.told(Kind.EXITED) if "exit code 0" in line]


def has_completed(story: Story, before: Before) -> None:
    assert story.phase is Phase.COMPLETED


def run_has_finished(story: Story, before: Before) -> None:
    assert story.status.last_run
    assert story.status.last_run.result is Result.OK
    assert story.told(Kind.RUN_FAILED) == []


def command_has_ended_well(story: Story, before: Before) -> None:
    assert (story.status.state, story.phase) == (before.status.state, Phase.UP)
    assert (begun_since(story, before), story.told(Kind.COMMAND_FAILED)) == ([], [])
    assert story.status.last_exit == Exit(0)


# The table

Do = Callable[[Story], None]
Check = Callable[[Story, Before], None]


@dataclass(frozen=True)
class Row:
    """*kept* and *rebooted*: the cells, word for word, and what holds them. *ends*: it ends while
    there is no daemon. *ages*: it may also grow old before that."""

    kinds: tuple[Watch, ...]
    reach: Do
    kept: tuple[str, Check]
    rebooted: tuple[str, Check]
    ends: bool = False
    ages: bool = False


COMMAND = (
    "the command is heard of, for 5 s at least; then it is looked before it is judged",
    command_is_heard_of,
)
STOPS_ON = ("its signal is sent again, with all of `stop_timeout`; then it is killed", stop_goes_on)
WAITS_ON = ("waits on; the moment is that of before", keeps_its_moment)
CALENDAR = ("goes by its calendar, and by `missed`", goes_by_its_calendar)
ENDED_UNSEEN = ("an end that was not expected, its exit code being unknown", end_is_judged)
LAUNCHED = ("launched", launched)
STAYS_SO = ("stays so", stays)
RUNS_AGAIN = ("runs again", launched)
AS_BEFORE = ("goes on", untouched)
BY_REEXEC: dict[str, tuple[str, Callable[[Story, Before], None]]] = {
    "up: plain, `ready`, `healthy`, with a `pid_file`": AS_BEFORE,
    "getting ready (`ready`)": (
        "goes on, with what is left of `start_timeout`",
        gets_ready_in_its_time,
    ),
    "young (`start_grace`)": ("goes on, with what is left of it", is_up_in_time),
    "being launched": ("launched, once", is_launched_after_all),
    "started or restarted by a command": (
        "the command goes on, with what is left of its time",
        command_goes_on,
    ),
    "up, with a `reload_if`, or a `signal:` or `run:` row, that is met": (
        "goes on; nothing is done again while it stays met",
        nothing_is_done_again,
    ),
    "reloading": ("goes on, until its command has ended", reload_goes_on),
    "checked before a restart (`check_before_restart`)": (
        "the check goes on, and the restart follows",
        restart_follows_its_check,
    ),
    "stopping": ("goes on; no signal is sent twice, no time begins again", stop_keeps_its_time),
    "stopping, to be launched again": (
        "goes on; no signal is sent twice, no time begins again",
        stop_keeps_its_time,
    ),
    "waiting for its next try": ("waits on", keeps_its_moment),
    "held by flapping": ("waits on", keeps_its_moment),
    "given up": STAYS_SO,
    "waiting for others": ("waits on", waits_on_for_others),
    "stopped by an operator": STAYS_SO,
    "unmonitored": STAYS_SO,
    "unknown": ("looked for again", is_looked_for_again),
    "a one-shot that runs": ("goes on, and its end is judged", its_end_is_told),
    "a one-shot that has completed": STAYS_SO,
    "a one-shot that has completed, with `once: ever`": STAYS_SO,
    "a one-shot that has failed": STAYS_SO,
    "a task": ("in its state; its command goes on", goes_on_in_its_state),
    "a scheduled run that goes on": (
        "goes on, with what is left of `max_run_time`",
        run_is_heard_of,
    ),
    "a scheduled run behind another": ("begins when that has ended", next_run_follows),
    "between two scheduled runs": ("goes by its calendar", goes_by_its_calendar),
    "ended meanwhile: a service": ("its end is heard, with its exit code", end_is_known),
    "ended meanwhile: a one-shot": ("its end is heard, with its exit code", has_completed),
    "ended meanwhile: a scheduled run": ("its end is heard, with its exit code", run_has_finished),
    "ended meanwhile: a task's command": (
        "its end is heard, with its exit code",
        command_has_ended_well,
    ),
}
"""By the first cell of each row: what `overseer reexec` does."""
ROWS = {
    "up: plain, `ready`, `healthy`, with a `pid_file`": [
        Row(
            (PLAIN, READY, HEALTHY, PID_FILE, READY_FILE),
            up,
            ("up, as long as it lives; neither asked to be `ready` again nor counted", untouched),
            LAUNCHED,
            ages=True,
        )
    ],
    "getting ready (`ready`)": [
        Row(
            (READY, READY_FILE),
            getting_ready,
            ("asked again, with all of `start_timeout` from now on", has_all_of_its_time),
            LAUNCHED,
        )
    ],
    "young (`start_grace`)": [
        Row(
            (SLOW, PID_FILE),
            getting_ready,
            ("up when it has lived so long, whoever was there to see it", is_up_in_time),
            LAUNCHED,
        )
    ],
    "being launched": [
        Row(
            (PLAIN, READY, HEALTHY, ONE_SHOT),
            being_launched,
            ("found by its launch id, or launched once", launched_once),
            LAUNCHED,
        )
    ],
    "started or restarted by a command": [
        Row((PID_FILE, READY_FILE), reach, COMMAND, LAUNCHED)
        for reach in (command_runs, restart_command_runs)
    ],
    "up, with a `reload_if`, or a `signal:` or `run:` row, that is met": [
        Row(
            ACTS,
            acted,
            ("nothing is done again while it stays met", nothing_is_done_again),
            ("launched; what is met then is met afresh", launched_and_afresh),
            ages=True,
        )
    ],
    "reloading": [
        Row(
            (RELOADS,),
            reloading,
            ("up; the reload command is not waited for", reload_is_not_waited_for),
            LAUNCHED,
        )
    ],
    "checked before a restart (`check_before_restart`)": [
        Row(
            (CHECKED,),
            checked,
            ("up; the restart is forgotten, as nobody waits for it any more", restart_is_forgotten),
            LAUNCHED,
        )
    ],
    "stopping": [
        Row((PLAIN, READY, PID_FILE, ONE_SHOT), stopping, STOPS_ON, ("stopped", is_stopped))
    ],
    "stopping, to be launched again": [
        Row((PLAIN, READY), stopping_to_restart, STOPS_ON, LAUNCHED)
    ],
    "waiting for its next try": [
        Row((PLAIN, READY, HEALTHY, PID_FILE), waiting_for_a_try, WAITS_ON, LAUNCHED)
    ],
    "held by flapping": [
        Row(
            (PLAIN, READY, PID_FILE),
            held_back,
            WAITS_ON,
            ("launched, the hold is lifted", launched),
        )
    ],
    "given up": [
        Row((GIVES_UP,), given_up, STAYS_SO, ("launched, the hold is lifted", launched), ages=True)
    ],
    "waiting for others": [
        Row(
            (NEEDS, replace(NEEDS, ready=(LISTENS,))),
            waiting_for_others,
            ("waits until they have been seen", waits_on_for_others),
            ("waits until they have been seen", waits_until_seen),
            ages=True,
        )
    ],
    "stopped by an operator": [
        Row((PLAIN, READY, PID_FILE, ONE_SHOT), stopped, STAYS_SO, STAYS_SO, ages=True)
    ],
    "unmonitored": [Row((PLAIN, READY, PID_FILE), unmonitored, STAYS_SO, STAYS_SO, ages=True)],
    "unknown": [
        Row((PLAIN,), unknown, ("looked for again", is_looked_for_again), LAUNCHED),
    ],
    "a one-shot that runs": [
        Row(
            (ONE_SHOT, FOR_GOOD),
            one_shot_runs,
            ("goes on, and its end is judged", its_end_is_told),
            RUNS_AGAIN,
            ages=True,
        )
    ],
    "a one-shot that has completed": [
        Row((ONE_SHOT, FOR_BOOT), completed, STAYS_SO, RUNS_AGAIN, ages=True)
    ],
    "a one-shot that has completed, with `once: ever`": [
        Row((FOR_GOOD,), completed, STAYS_SO, STAYS_SO, ages=True)
    ],
    "a one-shot that has failed": [
        Row((ONE_SHOT, FOR_BOOT, FOR_GOOD), failed, STAYS_SO, RUNS_AGAIN, ages=True)
    ],
    "a task": [
        Row(
            (TASK,),
            reach,
            (
                "in its state; its command is heard of, and never run twice",
                goes_on_in_its_state,
            ),
            ("begins in its first state", begins_in_its_first_state),
            ages=True,
        )
        for reach in (task_calm, task_runs)
    ],
    "a scheduled run that goes on": [
        Row(
            (RUN, RUN_AGAIN, LIMITED),
            run_goes_on,
            ("heard of, with what is left of `max_run_time`", run_is_heard_of),
            ("has failed; with `missed: run` it is run again", run_has_failed),
            ages=True,
        )
    ],
    "a scheduled run behind another": [
        Row(
            (QUEUES,),
            run_waits,
            ("begins when that has ended", next_run_follows),
            ("is run", next_run_is_run),
            ages=True,
        )
    ],
    "between two scheduled runs": [
        Row((RUN, RUN_AGAIN, LIMITED), between_runs, CALENDAR, CALENDAR, ages=True)
    ],
    "ended meanwhile: a service": [
        Row((PLAIN, READY, HEALTHY), up, ENDED_UNSEEN, LAUNCHED, ends=True, ages=True)
    ],
    "ended meanwhile: a one-shot": [
        Row(
            (ONE_SHOT, FOR_GOOD),
            one_shot_runs,
            ("has failed, its exit code being unknown", has_failed_unseen),
            RUNS_AGAIN,
            ends=True,
            ages=True,
        )
    ],
    "ended meanwhile: a scheduled run": [
        Row(
            (RUN, RUN_AGAIN),
            run_goes_on,
            ("its result is *unknown*, told as a failure", run_is_unknown),
            ("has failed; with `missed: run` it is run again", run_has_failed),
            ends=True,
            ages=True,
        )
    ],
    "ended meanwhile: a task's command": [
        Row(
            (TASK,),
            task_runs,
            ("is over; whether it went well is not judged", command_is_over),
            ("begins in its first state", begins_in_its_first_state),
            ends=True,
            ages=True,
        )
    ],
}


def cells() -> dict[str, tuple[str, str, str]]:
    """Of the first table on the page, by the first cell of each row."""
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {first: (replaced, kept, rebooted) for first, replaced, kept, rebooted in rows[2:]}


def test_each_cell_of_the_page_is_tried_and_each_that_is_tried_stands_there() -> None:
    tried = [
        (first, (BY_REEXEC[first][0], row.kept[0], row.rebooted[0]))
        for first, rows in ROWS.items()
        for row in rows
    ]

    assert list(cells().items()) == list(dict.fromkeys(tried))


ENDS: dict[str, Callable[[Lives], None]] = {
    "reexec": Lives.program_is_replaced,
    "quit": Lives.daemon_quits,
    "kill": Lives.daemon_dies,
    "reboot": Lives.machine_restarts,
}
NOW, AWAY, OLD = (0.0, 0.0), (0.0, 9 * DAY), (9 * DAY, 0.0)
"""How old it grows while the daemon is there, and how long none is."""
STORIES = [
    pytest.param(first, row, kind, *age, id=f"{first}, {number}, {age[0]:.0f}, {age[1]:.0f}")
    for first, rows in ROWS.items()
    for row in rows
    for number, kind in enumerate(row.kinds)
    for age in ((NOW, AWAY, OLD) if row.ages else (NOW, AWAY))
]


@pytest.mark.field("A1")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("first", "row", "kind", "old", "away"), STORIES)
def test_the_next_daemon_does_what_the_page_says(
    first: str, row: Row, kind: Watch, old: float, away: float, end: str
) -> None:
    story = Story(kind)
    row.reach(story)
    story.passes(old)
    processes = story.processes
    before = Before(
        story.status,
        story.phase,
        story.running,
        len(processes.spawned),
        len(processes.signals),
    )
    ENDS[end](story.lives)
    processes.prompt = True
    if row.ends and end != "reboot":
        story.happens_to(list(processes.living), 0)
    by_end = {"reboot": row.rebooted, "reexec": BY_REEXEC[first]}
    story.lives.world.clock.time += away if end != "reexec" else min(away, 1.0)
    story.lives.daemon_follows(replaced=end == "reexec")
    _, holds = by_end.get(end, row.kept)
    holds(story, before)
