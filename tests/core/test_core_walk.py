"""A random walk over the machine: whatever happens, in whatever order, what was promised holds.

Limits are small (held at the second launch, given up at the third flapping), or the walk would
never reach a hold. Nothing is prompt: launches, looks and exits are answered when the walk says.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from walking import DAYS, LateWorld, finds, quick

from overseer.conditions.always import Always
from overseer.conditions.base import Times
from overseer.conditions.flapping import Flapping
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.conditions.tries import Tries
from overseer.core.errands import BESIDE
from overseer.core.graph import LIVING
from overseer.core.machine import Step, step
from overseer.engine import Decide
from overseer.model.action import Spawn
from overseer.model.event import (
    Asked,
    Begun,
    Event,
    Exited,
    Looked,
    Readied,
    Reloading,
    Reshaped,
    Scheduled,
    Succeeded,
    Timer,
    TimerRang,
    Verb,
)
from overseer.model.process import ENDED, Exit, Process
from overseer.model.program import Program, StopStep
from overseer.model.state import Goal, Hold
from overseer.model.state import Life as Living
from overseer.model.status import Job, Stage, Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

ROWS = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("start", "restart"), Tries(times=Times(2, 2)), "start"),
    Transition(("up",), ProcessExits(), "start"),
    Transition(("up",), MemoryUsage(above=1), "restart"),
)
TRIES, MEMORY = 2, 4
LIMIT = Flapping(
    times=Times(2, 2),
    within=60.0,
    to_state=("start", "restart"),
    retry_in=20.0,
    retry_times=3,
    retry_within=600.0,
)
HELD = Transition((), LIMIT, "unmonitored")
LAST = replace(LIMIT, times=Times(4, 4), within=1000.0, retry_in=None, retry_times=None)
LAST = replace(LAST, retry_within=None)
SEVERAL = (
    Transition((), replace(LIMIT, retry_times=None, retry_within=None), "unmonitored"),
    Transition((), LAST, "stop"),
    Transition((), replace(LAST, times=Times(3, 3))),
)
"""The second is met after the first has held it back for a while; the third only tells."""
STOP = (StopStep(15, 10.0),)
COMMAND = Program(command=("serve",), stop_signals=STOP, reload=("serve", "--reload"))
CONTROL = Program(
    start=("control", "start"),
    pid_file="/run/it.pid",
    kill="process",
    leftovers="ignore",
    stop_signals=STOP,
    reload=1,
    notify_socket=True,
)
SCRIPTED = replace(CONTROL, stop=("control", "stop"), restart=("control", "restart"))


def watch_of(program: Program) -> Watch:
    return Watch(name="it", program=program, transitions=ROWS, lifecycle=(HELD,))


LIMITED = replace(watch_of(COMMAND), lifecycle=SEVERAL)
HOOKED = {"after_stop": ("hook",)}
WATCHES = {
    "several limits": LIMITED,
    "hooked": watch_of(replace(COMMAND, hooks=HOOKED)),
    "hooked, daemonizing": watch_of(replace(CONTROL, hooks=HOOKED)),
    "foreground": watch_of(COMMAND),
    "daemonizing": watch_of(CONTROL),
    "scripted": watch_of(SCRIPTED),
    "checked": watch_of(replace(COMMAND, check_before_restart=("serve", "--check"))),
    "getting ready": replace(watch_of(COMMAND), ready=(Always(), Always()), start_timeout=20.0),
}
SEEN: set[tuple[Living, str]] = set()
HOLDS: set[Hold] = set()


def noting(decide: Decide) -> Decide:
    """Remember which life met which event, and which holds there were."""

    def noted(watch: Watch, status: Status, event: Event, now: float) -> Step:
        SEEN.add((status.life, type(event).__name__))
        answer = decide(watch, status, event, now)
        HOLDS.add(answer.status.hold)
        return answer

    return noted


class Launches:
    """Those of overseer's own since somebody asked for something, with an opinion on what is too
    many. Overseer's own waiting counts here, which makes it a milder one."""

    def __init__(self, decide: Decide) -> None:
        self.decide = decide
        self.moments: list[float] = []
        self.too_many = ""

    def __call__(self, watch: Watch, status: Status, event: Event, now: float) -> Step:
        answer = self.decide(watch, status, event, now)
        if isinstance(event, Asked | Reshaped):
            self.moments.clear()
        before, after = status, answer.status
        recorded = (before.last_launch, before.launch_before)
        if recorded != (after.last_launch, after.launch_before):
            for row in watch.lifecycle:
                limit = row.when
                if isinstance(limit, Flapping) and row.to == "stop" and self.is_over(limit, now):
                    self.too_many = f"{self.moments}, and one more at {now}"
            self.moments.append(now)
        return answer

    def is_over(self, limit: Flapping, now: float) -> bool:
        last = self.moments[-limit.times.of :]
        full = len(last) == limit.times.of
        return full and last[-1] - last[0] < limit.within and now - last[-1] < limit.within


class Walk(LateWorld):
    """The world answers late, the user changes his mind, the daemon is killed."""

    @initialize(kind=st.sampled_from(sorted(WATCHES)))
    def begin(self, kind: str) -> None:
        self.launches = Launches(noting(self.decide))
        self.life = self.lives = Life(WATCHES[kind], prompt=False, step=self.launches)
        self.goal = self.life.status.goal
        self.dead = False

    # What people do

    @rule(verb=st.sampled_from(Verb))
    def an_operator_asks(self, verb: Verb) -> None:
        wanted = {Verb.STOP: Goal.DOWN, Verb.UNMONITOR: Goal.UNMONITORED}
        wanted |= dict.fromkeys((Verb.RELOAD, Verb.TRIGGER), self.goal)
        self.goal = wanted.get(verb, Goal.UP)
        self.life.asks(verb)

    @rule(hard=st.booleans(), restart=st.booleans())
    def a_load_changes_it(self, hard: bool, restart: bool) -> None:
        self.life.happens(Reshaped(hard, restart))

    @rule()
    def the_calendar_asks(self) -> None:
        self.life.happens(Scheduled("0 4 * * *"))

    # What processes do

    @property
    def world(self) -> object:
        return self.processes

    @precondition(lambda self: self.processes.living)
    @rule(data=st.data(), code=st.sampled_from([0, 1]), leaves=st.booleans())
    def something_ends(self, data: st.DataObject, code: int, leaves: bool) -> None:
        processes = self.processes
        it = processes.living[data.draw(st.sampled_from(sorted(processes.living)))]
        if it.job in (Job.START, Job.RESTART) and leaves and not self.programs():
            processes.pid_files["it"] = processes.bear("it", Job.LAUNCH)
        processes.die(it.process.pid, Exit(code))

    @precondition(lambda self: self.life.status.process and self.life.status.program.pid_file)
    @precondition(lambda self: self.life.status.life in LIVING and not self.processes.unborn)
    @precondition(lambda self: not self.processes.waiting)
    @rule(lives=st.booleans(), seen_first=st.booleans())
    def it_replaces_itself(self, lives: bool, seen_first: bool) -> None:
        """A younger process stands in the pid file; the old one ends, before that is seen or
        after. Both are heard of before anything else is asked: a successor that nobody has seen
        when the watch is stopped is taken for a stranger."""
        processes, old = self.processes, self.life.status.process
        if old is None or not processes.lives(old):
            return
        processes.die(old.pid, Exit(0))
        self.life.world.clock.time += 0.1
        new = processes.pid_files["it"] = processes.bear("it", Job.LAUNCH)
        processes.followed.add(new)
        processes.tell("it", Succeeded(old, new))
        if seen_first:
            processes.waiting.reverse()
        while processes.waiting:
            self.news_arrives(0)
        if not lives:
            processes.die(new.pid, Exit(0))

    @rule()
    def something_is_left_behind(self) -> None:
        """By a hook, a command or the program itself: out of its session, and out of sight."""
        if len(self.processes.behind.get("it", ())) < 2:
            self.processes.leave("it")

    @precondition(lambda self: self.processes.behind.get("it"))
    @rule()
    def what_was_left_behind_ends(self) -> None:
        self.processes.behind["it"].pop()

    @rule(how_often=st.integers(1, 8), pause=st.sampled_from([1.0, 3.0, 25.0]))
    def it_keeps_dying(self, how_often: int, pause: float) -> None:
        processes = self.processes
        for _ in range(how_often):
            self.everything_is_answered()
            for it in list(processes.living.values()):
                if it.job is Job.START and not self.programs():
                    processes.pid_files["it"] = processes.bear("it", Job.LAUNCH)
                processes.die(it.process.pid, Exit(0 if it.job is not Job.LAUNCH else 1))
            self.everything_is_answered()
            self.life.passes(pause)

    @rule(hard=st.booleans(), calendar=st.booleans())
    def something_comes_while_it_waits(self, hard: bool, calendar: bool) -> None:
        self.an_operator_asks(Verb.START)  # from then on its deaths are counted afresh
        self.it_keeps_dying(2, 0.1)
        if calendar:
            self.the_calendar_asks()
        else:
            self.a_load_changes_it(hard, True)

    @rule(how_often=st.integers(1, 4))
    def its_checks_keep_restarting_it(self, how_often: int) -> None:
        for _ in range(how_often):
            self.everything_is_answered()
            self.life.passes(2)
            self.a_check_is_met(MEMORY)

    @rule()
    def news_of_long_ago_arrives(self) -> None:
        self.life.happens(Exited(self.life.status.buried or Process(7, 7, BOOT), Exit(0)))
        self.life.happens(Looked(self.life.status.token - 1))

    @rule(stubborn=st.sampled_from([False, False, True]), leaves=st.sampled_from([0, 0, 1]))
    def programs_are_as_they_are(self, stubborn: bool, leaves: int) -> None:
        self.processes.ignores_term = stubborn
        self.processes.leaves = leaves

    # What conditions and the clock do

    @rule(row=st.sampled_from([TRIES, MEMORY]))
    def a_check_is_met(self, row: int) -> None:
        state = self.life.status.state
        if state in ROWS[row].states:
            self.life.answers(row, "too much")

    @rule(over=st.booleans(), stale=st.booleans())
    def it_says_how_far_its_reload_is(self, over: bool, stale: bool) -> None:
        process = self.life.status.buried if stale else self.life.status.process
        if process:
            self.life.happens(Reloading(process, over))

    @rule(row=st.sampled_from([0, 1]), met=st.booleans(), stale=st.booleans())
    def it_answers_whether_it_is_ready(self, row: int, met: bool, stale: bool) -> None:
        process = self.life.status.buried if stale else self.life.status.process
        if process:
            self.life.happens(Readied(process, row, met, "" if met else "503"))

    @rule()
    def the_next_timer_rings(self) -> None:
        if ring := self.life.world.timers.next():
            self.life.passes(max(0.0, ring[0] - self.life.world.clock.time))

    # What happens to the daemon

    @rule(old=st.sampled_from([0.0, DAYS]), away=st.sampled_from([0.0, 1.0, DAYS]))
    def daemons_come_and_go_while_all_is_well(self, old: float, away: float) -> None:
        """What was up is up: not asked to show anew what it has shown, and nothing is counted."""
        self.looks_answer_or_do_not("")
        self.programs_are_as_they_are(stubborn=False, leaves=0)
        self.an_operator_asks(Verb.START)
        self.everything_is_answered()
        self.life.passes(3)
        self.it_answers_whether_it_is_ready(0, met=True, stale=False)
        self.it_answers_whether_it_is_ready(1, met=True, stale=False)
        if not self.is_well():
            return
        self.life.world.clock.time += old
        processes, before = self.processes, self.life.status
        acts = len(processes.spawned), len(processes.signals)
        for _ in range(2):
            self.life.daemon_dies()
            self.life.world.clock.time += away
            self.life.daemon_follows()
            self.everything_is_answered()
            after = self.life.status
            assert (after.life, after.state) == (Living.ALIVE, "up"), after
            assert after.process == before.process
        assert acts == (len(processes.spawned), len(processes.signals)), "it was touched"
        same = ("launches", "young", "restarts", "goal", "up_at", "ready", "asked")
        assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]

    def is_well(self) -> bool:
        status, processes = self.life.status, self.processes
        quiet = not (processes.waiting or processes.unborn or processes.looks_fail)
        up = status.life is Living.ALIVE and status.state == "up" and not status.errand
        return quiet and up and status.process is not None and processes.lives(status.process)

    @rule()
    def it_is_left_alone_while_it_starts(self) -> None:
        """For longer than any of its times; then it is looked after again."""
        self.looks_answer_or_do_not("")
        self.an_operator_asks(Verb.RESTART)
        self.everything_is_answered()
        self.an_operator_asks(Verb.UNMONITOR)
        self.everything_is_answered()
        self.life.passes(100)
        self.an_operator_asks(Verb.START)
        self.everything_is_answered()

    # What must hold

    def programs(self) -> list[int]:
        return [p.process.pid for p in self.processes.living.values() if p.job is Job.LAUNCH]

    @invariant()
    def never_two_copies(self) -> None:
        living = self.processes.living.values()
        beside = (*BESIDE, Job.AFTER_STOP)  # a hook that survives SIGKILL holds up nothing
        commands = [p for p in living if p.job not in (Job.LAUNCH, *beside)]
        asked = [it for it in self.processes.unborn if it[1].errand.job not in beside]
        assert len(self.programs()) <= 1, "two programs"
        assert len(commands) + len(asked) <= 1, "two commands"
        launching = {Job.LAUNCH, Job.START} & {spawn.errand.job for _, spawn in asked}
        assert not (launching and self.programs()), "a launch beside a living program"

    @invariant()
    def no_limit_is_passed(self) -> None:
        assert not self.launches.too_many, self.launches.too_many

    @invariant()
    def what_is_left_behind_is_nobodys_neighbour_for_long(self) -> None:
        """While it is ended nothing waits for ever: see every_life_is_looked_after."""
        status = self.life.status
        if status.errand and status.errand.stage is Stage.CLEARING:
            assert status.remains, "it waits for nobody"
            assert status.errand.process is None, "a launch beside what is left behind"

    @invariant()
    def only_the_operator_changes_the_goal(self) -> None:
        assert self.life.status.goal is self.goal

    @invariant()
    def every_life_is_looked_after(self) -> None:
        status = self.life.status
        if status.life not in (Living.DOWN, Living.ALIVE):
            assert status.due is not None, f"{status.life} waits for nothing"
        if status.reloading is not None:
            assert status.life is Living.ALIVE, "what does not live reloads"
            assert status.due is not None, "reloading for good"
        if status.life is Living.DOWN and status.goal is Goal.UP and not status.finished:
            assert status.hold is not Hold.NONE or status.state == "stop", "down and forgotten"

    @invariant()
    def never_up_before_it_is_ready(self) -> None:
        watch, status = self.life.watch, self.life.status
        adopted = status.life is Living.ALIVE and status.up_at is not None
        if watch.ready and status.state == "up" and adopted:
            assert len(status.ready) == len(watch.ready), "up, and not ready"

    @invariant()
    def what_is_up_lives_as_far_as_is_known(self) -> None:
        status = self.life.status
        if status.state == "up":
            assert status.process or status.life not in (Living.ALIVE, Living.GRACE)

    def teardown(self) -> None:
        """After a stop, and time for everything to be answered, nothing lives."""
        if not hasattr(self, "life"):
            return
        processes = self.processes
        processes.looks_fail, processes.ignores_term = "", False
        processes.let_go()
        self.goal = Goal.DOWN
        self.life.asks(Verb.STOP)
        for _ in range(200):
            while processes.unborn:
                processes.launch(*processes.unborn.pop(0))
            while processes.waiting:
                self.news_arrives(0)
            for it in list(processes.living.values()):
                if it.job is not Job.LAUNCH:
                    processes.die(it.process.pid, Exit(0))
            self.life.passes(10)
            self.never_two_copies()
        assert not processes.living, f"still alive: {self.life.status}"
        if self.life.watch.program.kill == "tree" and self.life.status.buried:
            assert not processes.behind.get("it"), f"left behind: {self.life.status}"
        assert self.life.status.life is Living.DOWN, str(self.life.status)


QUICK = quick(walks=900, steps=60)


@pytest.mark.design("4.1")
@pytest.mark.design("4.2")
def test_whatever_happens_what_was_promised_holds() -> None:
    run_state_machine_as_test(Walk, settings=QUICK)


def test_the_walk_went_everywhere() -> None:
    assert set(Hold) == HOLDS
    missing = {
        (life, kind.__name__)
        for life in Living
        for kind in (Asked, Begun, Exited, Looked, Reshaped, Scheduled, TimerRang)
    } - SEEN
    assert missing == set()


# Faults put in on purpose: the walk must find each.


def retry_ignores_stop(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """god's: the timer of a hold outlives the operator's stop."""
    after, actions = step(watch, status, event, now)
    if status.hold is Hold.FLAPPING and isinstance(event, Asked) and event.verb is Verb.STOP:
        after = replace(after, hold_due=now + 1)
    if isinstance(event, TimerRang) and event.timer is Timer.HOLD and after.goal is Goal.DOWN:
        return step(watch, after, Asked(Verb.START, "", "", after.request), now)
    return Step(after, actions)


def judges_without_looking(watch: Watch, status: Status, event: Event, now: float) -> Step:
    after, actions = step(watch, status, event, now)
    if isinstance(event, Exited) and after.errand and after.errand.stage is Stage.JUDGING:
        judged = step(watch, after, Looked(after.token), now)
        return Step(judged.status, judged.actions)
    return Step(after, actions)


def launches_beside_a_command(watch: Watch, status: Status, event: Event, now: float) -> Step:
    after, actions = step(watch, status, event, now)
    busy = after.errand and after.errand.process and after.errand.job is not Job.RELOAD
    if isinstance(event, Reshaped) and busy and after.errand:
        return Step(after, (*actions, Spawn(after.errand, watch.program)))
    return Step(after, actions)


def forgets_the_intent(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Begun) and status.errand and not status.errand.process:
        status = replace(status, errand=None, life=Living.DOWN, due=None)
    return step(watch, status, event, now)


def believes_a_stale_exit(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Exited) and status.process and event.process != status.process:
        event = Exited(status.process, ENDED)
    return step(watch, status, event, now)


def empties_the_counts_of_all(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """One row fires, and all of them begin to count anew."""
    after, actions = step(watch, status, event, now)
    if after.hold is not status.hold and after.hold is not Hold.NONE:
        after = replace(after, launches=())
    return Step(after, actions)


def lets_be_what_it_does_not_monitor(
    watch: Watch, status: Status, event: Event, now: float
) -> Step:
    """What nobody monitors is up without ever having been ready, and then monitored again."""
    ready = watch.ready if status.monitored else ()
    return step(replace(watch, ready=ready), status, event, now)


def takes_what_lives_for_ready(watch: Watch, status: Status, event: Event, now: float) -> Step:
    return step(replace(watch, ready=()), status, event, now)


def reckons_from_the_launch(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """A daemon that begins asks what has been up for days to be ready within start_timeout of its
    launch."""
    after, actions = step(watch, status, event, now)
    if isinstance(event, Looked) and after.life is Living.ALIVE and after.process and watch.ready:
        began = after.process.began
        late = {"life": Living.GRACE, "ready": (), "ready_since": began, "up_at": None}
        after = after.but(late | {"due": max(now, began + watch.start_timeout)})
    return Step(after, actions)


def longest_timer(watch: Watch) -> float:
    """Seconds: of all that the watch file has."""
    stop = sum(step.seconds for step in watch.program.stop_signals)
    rows = [row.when for row in watch.lifecycle if isinstance(row.when, Flapping)]
    held = [max(one.within, one.retry_in or 0.0, one.retry_within or 0.0) for one in rows]
    return max(watch.start_timeout, watch.restart_timeout, watch.start_grace, stop, *held)


def starts_what_is_old_afresh(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """Only where a daemon finds what is older than every timer of the file."""
    after, actions = step(watch, status, event, now)
    old = after.process and now - after.process.began > longest_timer(watch)
    if isinstance(event, Looked) and after.life is Living.ALIVE and old:
        after = after.but({"life": Living.GRACE, "due": now, "up_at": None})
    return Step(after, actions)


@pytest.mark.parametrize(
    "fault",
    [
        starts_what_is_old_afresh,
        empties_the_counts_of_all,
        reckons_from_the_launch,
        lets_be_what_it_does_not_monitor,
        takes_what_lives_for_ready,
        retry_ignores_stop,
        judges_without_looking,
        launches_beside_a_command,
        forgets_the_intent,
        believes_a_stale_exit,
    ],
)
def test_the_walk_finds_a_planted_fault(fault: Callable[..., Step]) -> None:
    finds(Walk, QUICK, fault)
