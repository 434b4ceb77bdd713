"""A random walk over what is run by a schedule: one run at a time, every moment answered once.

The walk keeps books of its own: which moments have been begun, and which runs have been ended.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from walking import LateWorld, finds, quick

from overseer.core.machine import Step, step
from overseer.model.action import Signal, Spawn, Tell
from overseer.model.event import (
    Asked,
    Begun,
    Closing,
    Event,
    Exited,
    Looked,
    Reshaped,
    Scheduled,
    TimerRang,
    Verb,
)
from overseer.model.news import Kind
from overseer.model.process import Exit, Process
from overseer.model.program import Program, StopStep
from overseer.model.schedule import LATE, Missed, Overlap, Plan, Schedule
from overseer.model.state import Goal
from overseer.model.state import Life as Living
from overseer.model.status import Job, Stage, Status
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

PROGRAM = Program(command=("backup",), stop_signals=(StopStep(15, 10.0),))
HOURLY = Schedule("0 * * * *")


def plan(overlap: Overlap, missed: Missed, most: float | None = None) -> Watch:
    return Watch(name="it", program=PROGRAM, schedule=Plan((HOURLY,), missed, overlap, most))


WATCHES = {
    f"{overlap}, missed {missed}": plan(overlap, missed, most)
    for overlap, missed, most in (
        (Overlap.SKIP, Missed.RUN, 60.0),
        (Overlap.SKIP, Missed.SKIP, None),
        (Overlap.QUEUE, Missed.RUN, None),
        (Overlap.QUEUE, Missed.SKIP, 60.0),
        (Overlap.KILL, Missed.RUN, None),
    )
}
ENDS = (Kind.RUN_FINISHED, Kind.RUN_FAILED, Kind.STOPPED)
SEEN: set[tuple[Living, str]] = set()
BECAME: set[str] = set()
"""What moments have become."""


class Walk(LateWorld):
    """Runs end when they like, moments come late or again, the daemon is killed."""

    @initialize(kind=st.sampled_from(sorted(WATCHES)))
    def begin(self, kind: str) -> None:
        self.faults: list[str] = []
        self.moment = 1_000_000.0
        self.begun: set[float] = set()  # and not to be begun again
        self.life = self.lives = Life(WATCHES[kind], prompt=False, step=self.noted)
        self.goal = self.life.status.goal

    def noted(self, watch: Watch, status: Status, event: Event, now: float) -> Step:
        SEEN.add((status.life, type(event).__name__))
        answer = self.decide(watch, status, event, now)
        spawned = [one for one in answer.actions if isinstance(one, Spawn)]
        told = [one.news for one in answer.actions if isinstance(one, Tell)]
        if isinstance(event, Scheduled):
            kinds = {news.kind for news in told}
            signals = [one for one in answer.actions if isinstance(one, Signal)]
            self.check_moment(watch, status, event, answer.status, kinds, bool(signals))
        before = status.errand.id if status.errand else ""
        for one in spawned:
            if one.errand.id != before:  # asked for again: the launcher that had not begun is gone
                self.check_begin(status, answer.status)
        if isinstance(event, Closing) and status.run and answer.status.queued:
            self.begun.discard(status.run.moment or 0.0)  # is to be run again
        return answer

    def check_begin(self, before: Status, after: Status) -> None:
        run = after.run
        if run is None:
            return self.faults.append("something is run, and it is no run")
        if run.request == 0 and after.goal is not Goal.UP:
            self.faults.append("a run that nobody wants")
        if after.closing:
            self.faults.append("a run is begun on the way down")
        if run.moment is None:
            return None
        if run.moment in self.begun:
            self.faults.append(f"the run of {run.moment} is begun twice")
        return self.begun.add(run.moment)

    def check_moment(
        self,
        watch: Watch,
        before: Status,
        event: Scheduled,
        after: Status,
        told: set[Kind],
        signals: bool,
    ) -> None:
        """Each has its run, or its reason; told apart from what overseer itself makes of it."""
        assert watch.schedule
        known = before.planned is not None and event.moment == before.planned
        wanted = before.goal is Goal.UP and not before.closing and not known
        is_run = after.run is not None and after.run.moment == event.moment
        begins = is_run and (before.run is None or before.run.moment != event.moment)
        waits = after.queued is not None and after.queued.moment == event.moment
        came = begins or (waits and not known)
        left_out = told & {Kind.RUN_SKIPPED, Kind.RUN_MISSED}
        if not wanted:
            if came or left_out:
                self.faults.append(f"a moment that nobody wants has become {after.run}, {told}")
            return
        late = event.late > LATE and watch.schedule.missed is Missed.SKIP
        busy = before.life is not Living.DOWN
        overlap = watch.schedule.overlap
        queues = busy and overlap is not Overlap.SKIP and before.queued is None
        expected = "missed" if late else "waits" if queues else "skipped" if busy else "begun"
        found = "begun" if begins else "waits" if waits else "skipped"
        if not came and Kind.RUN_SKIPPED not in told:
            found = "missed" if left_out else "forgotten"
        BECAME.add(found)
        if found != expected:
            self.faults.append(f"{expected} was to be, {found} is the run of a moment")
        if signals and not (queues and overlap is Overlap.KILL):
            self.faults.append("a run is ended for the next one, and nobody said so")

    # What people do

    @rule(verb=st.sampled_from(Verb))
    def an_operator_asks(self, verb: Verb) -> None:
        wanted = {Verb.START: Goal.UP, Verb.STOP: Goal.DOWN, Verb.UNMONITOR: Goal.UNMONITORED}
        self.goal = wanted.get(verb, self.goal)
        self.life.asks(verb)

    @rule(kind=st.sampled_from(sorted(WATCHES)))
    def a_load_changes_it(self, kind: str) -> None:
        self.life.engine.watches["it"] = WATCHES[kind]
        self.life.happens(Reshaped(hard=False))

    # What the calendar does

    @rule(late=st.sampled_from([0.0, 0.0, 5.0, 120.0]), missed=st.sampled_from([0, 0, 0, 3]))
    def a_moment_comes(self, late: float, missed: int) -> None:
        self.moment += 3600.0
        self.life.happens(Scheduled("0 * * * *", self.moment, None, late, missed))

    @rule()
    def the_same_moment_comes_again(self) -> None:
        """The clock was set back, or a daemon did not live to say that it had heard."""
        self.life.happens(Scheduled("0 * * * *", self.life.status.planned or self.moment))

    @precondition(lambda self: self.life.status.life in (Living.STUCK, Living.UNKNOWN))
    @rule()
    def a_moment_comes_beside_a_run_that_does_not_end(self) -> None:
        self.a_moment_comes(0.0, 0)

    # What its runs do

    @precondition(lambda self: self.processes.living)
    @rule(code=st.sampled_from([0, 1]))
    def a_run_ends(self, code: int) -> None:
        processes = self.processes
        processes.die(next(iter(processes.living)), Exit(code))

    @rule()
    def a_moment_comes_while_a_run_goes_on(self) -> None:
        self.an_operator_asks(Verb.TRIGGER)
        self.everything_is_answered()
        self.a_moment_comes(0.0, 0)

    @rule()
    def news_of_long_ago_arrives(self) -> None:
        self.life.happens(Exited(self.life.status.buried or Process(7, 7, BOOT), Exit(1)))
        self.life.happens(Looked(self.life.status.token - 1))

    @rule(stubborn=st.booleans())
    def runs_are_as_they_are(self, stubborn: bool) -> None:
        self.processes.ignores_term = stubborn

    # What happens to the daemon

    @rule()
    def the_next_daemon_cannot_tell(self) -> None:
        self.everything_is_answered()
        self.an_operator_asks(Verb.TRIGGER)
        self.processes.looks_fail = "cannot be told"
        self.the_daemon_is_killed(forked=True, away=0.0)
        self.everything_is_answered()

    @rule()
    def the_daemon_is_terminated(self) -> None:
        self.life.happens(Closing())
        self.everything_is_answered()
        self.life.passes(5.0)
        self.life.daemon_dies()
        self.life.daemon_begins()

    # What must hold

    @invariant()
    def nothing_was_done_that_may_not_be(self) -> None:
        assert not self.faults, self.faults

    @invariant()
    def one_run_at_a_time(self) -> None:
        processes = self.processes
        assert len(processes.living) + len(processes.unborn) <= 1, "two runs"
        assert all(spawn.errand.job is Job.RUN for _, spawn in processes.unborn)

    @invariant()
    def only_the_operator_changes_the_goal(self) -> None:
        assert self.life.status.goal is self.goal

    @invariant()
    def every_run_that_began_has_one_end(self) -> None:
        news = [item.kind for _, item in self.life.world.store.news]
        begun, over = news.count(Kind.RUN_STARTED), sum(map(news.count, ENDS))
        assert begun - over == (self.life.status.run is not None), f"{begun} begun, {over} over"

    @invariant()
    def every_life_is_looked_after(self) -> None:
        status = self.life.status
        if status.life is Living.DOWN:
            waits = status.queued is not None and not status.lacking and not status.closing
            assert status.run is None, "down, and a run goes on"
            assert not waits, "a run waits for nothing"
        elif not (status.errand and status.errand.stage is Stage.RUNNING):
            assert status.due is not None, f"{status.life} waits for nothing"

    def teardown(self) -> None:
        """After a stop, and time for everything to be answered, nothing lives and nothing waits."""
        if not hasattr(self, "life"):
            return
        processes = self.processes
        processes.looks_fail, processes.ignores_term = "", False
        processes.let_go()
        self.goal = Goal.DOWN
        self.life.asks(Verb.STOP)
        for _ in range(20):
            self.everything_is_answered()
            self.life.passes(40)
            self.one_run_at_a_time()
        assert not processes.living, f"still alive: {self.life.status}"
        assert self.life.status.life is Living.DOWN, str(self.life.status)
        assert self.life.status.queued is None
        self.every_run_that_began_has_one_end()


QUICK = quick(walks=500, steps=50)


@pytest.mark.design("4.14")
def test_whatever_happens_every_moment_has_its_run_or_its_reason() -> None:
    run_state_machine_as_test(Walk, settings=QUICK)


def test_the_walk_went_everywhere() -> None:
    assert {"begun", "waits", "skipped", "missed"} == BECAME
    missing = {
        (life, kind.__name__)
        for life in (Living.DOWN, Living.LAUNCHING, Living.STUCK, Living.UNKNOWN)
        for kind in (Asked, Begun, Looked, Reshaped, Scheduled)
    } - SEEN
    assert missing == set()
    assert (Living.LAUNCHING, TimerRang.__name__) in SEEN


# Faults put in on purpose: the walk must find each.


def runs_beside_the_one_before(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """As cron does."""
    alone = isinstance(event, Scheduled) and status.life is Living.LAUNCHING
    return step(watch, replace(status, life=Living.DOWN) if alone else status, event, now)


def repeats_a_moment(watch: Watch, status: Status, event: Event, now: float) -> Step:
    return step(watch, replace(status, planned=None), event, now)


def makes_up_for_what_is_to_be_left_out(
    watch: Watch, status: Status, event: Event, now: float
) -> Step:
    return step(
        watch, status, replace(event, late=0.0) if isinstance(event, Scheduled) else event, now
    )


def runs_what_is_stopped(watch: Watch, status: Status, event: Event, now: float) -> Step:
    wanted = replace(status, goal=Goal.UP) if isinstance(event, Scheduled) else status
    after, actions = step(watch, wanted, event, now)
    return Step(replace(after, goal=status.goal) if wanted is not status else after, actions)


def runs_again_what_was_begun(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """What an earlier daemon began, and did not live to record."""
    if isinstance(event, Begun) and status.run:
        waits = replace(status, life=Living.DOWN, errand=None, run=None, queued=status.run)
        return step(watch, waits, event, now)
    return step(watch, status, event, now)


def kills_unasked(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Scheduled) and watch.schedule:
        watch = replace(watch, schedule=replace(watch.schedule, overlap=Overlap.KILL))
    return step(watch, status, event, now)


def forgets_what_waits(watch: Watch, status: Status, event: Event, now: float) -> Step:
    after, actions = step(watch, status, event, now)
    return Step(replace(after, queued=None), actions)


def takes_the_time_limit_for_an_end(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """A run whose time is over is not over."""
    if isinstance(event, TimerRang) and status.life is Living.LAUNCHING:
        return Step(replace(status, life=Living.DOWN, errand=None, run=None, due=None))
    return step(watch, status, event, now)


@pytest.mark.parametrize(
    "fault",
    [
        runs_beside_the_one_before,
        repeats_a_moment,
        makes_up_for_what_is_to_be_left_out,
        runs_what_is_stopped,
        runs_again_what_was_begun,
        kills_unasked,
        forgets_what_waits,
        takes_the_time_limit_for_an_end,
    ],
)
def test_the_walk_finds_a_planted_fault(fault: Callable[..., Step]) -> None:
    finds(Walk, QUICK, fault)
