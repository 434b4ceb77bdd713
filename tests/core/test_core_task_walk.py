"""A random walk over a task: in a state of its own or in none, one command at most, each run once
for an entry, and what the operator wants is so.

Nothing is prompt: launches, looks and exits are answered when the walk says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from walking import LateWorld, finds, quick

from overseer.conditions.base import Times
from overseer.conditions.disk_usage import DiskUsage
from overseer.conditions.flapping import Flapping
from overseer.core import machine, task
from overseer.core.machine import Step, step
from overseer.model.action import Spawn
from overseer.model.event import (
    Answered,
    Asked,
    Begun,
    Closing,
    Event,
    Exited,
    Launched,
    Looked,
    Reshaped,
    Scheduled,
    TimerRang,
    Verb,
)
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.state import Goal, Hold
from overseer.model.state import Life as Living
from overseer.model.status import Job, Stage, Status, Then
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

DISK = DiskUsage(mount_point="/", above=90.0)
LIMIT = Flapping(
    times=Times(2, 2),
    within=60.0,
    to_state=("busy",),
    retry_in=20.0,
    retry_times=2,
    retry_within=600.0,
)
ROWS = (
    Transition(("calm",), DISK, "busy"),
    Transition(("busy",), DISK, "full", "calm"),
    Transition(("full",), DISK, "full", "calm"),
)
ABOVE_ALL = (
    Transition((), LIMIT, "unmonitored"),
    Transition((), DISK, "full"),
    Transition((), replace(LIMIT, to_state=("calm",), times=Times(5, 5)), "full"),
    Transition((), replace(LIMIT, to_state=("calm",), times=Times(3, 3), retry_in=None)),
)
WHOLE = Watch(
    name="it",
    program=Program(),
    states=(TaskState("calm"), TaskState("busy", ("tidy",)), TaskState("full", ("page",), 10.0)),
    initial_state="calm",
    transitions=ROWS,
    lifecycle=ABOVE_ALL,
)
SMALLER = replace(WHOLE, states=WHOLE.states[:2], transitions=ROWS[:1], lifecycle=ABOVE_ALL[:1])
AT_ONCE = replace(WHOLE, initial_state="busy")
SEEN: set[tuple[Living, str]] = set()
HOLDS: set[Hold] = set()


class Walk(LateWorld):
    """The world answers late, the user changes his mind, the daemon is killed."""

    @initialize(watch=st.sampled_from([WHOLE, AT_ONCE]))
    def begin(self, watch: Watch) -> None:
        self.run_in: dict[int, str] = {}  # entries, and the errand that was run for each
        self.twice = False
        self.life = self.lives = Life(watch, prompt=False, step=self.noted)
        self.goal = self.life.status.goal

    def noted(self, watch: Watch, status: Status, event: Event, now: float) -> Step:
        SEEN.add((status.life, type(event).__name__))
        answer = self.decide(watch, status, event, now)
        HOLDS.add(answer.status.hold)
        for action in answer.actions:
            if isinstance(action, Spawn):
                entry = answer.status.entry
                self.twice = (
                    self.twice or self.run_in.get(entry, action.errand.id) != action.errand.id
                )
                self.run_in[entry] = action.errand.id
        return answer

    # What people do

    @rule(verb=st.sampled_from(Verb), words=st.sampled_from(["it", "--all"]))
    def an_operator_asks(self, verb: Verb, words: str) -> None:
        wanted = {Verb.START: Goal.UP, Verb.STOP: Goal.DOWN, Verb.UNMONITOR: Goal.UNMONITORED}
        self.goal = wanted.get(verb, self.goal)
        self.life.asks(verb, words=words)

    @rule(watch=st.sampled_from([WHOLE, SMALLER, AT_ONCE]))
    def a_load_changes_it(self, watch: Watch) -> None:
        self.life.engine.watches["it"] = watch
        self.life.happens(Reshaped(hard=False))

    # What its commands do

    @precondition(lambda self: self.processes.living)
    @rule(code=st.sampled_from([0, 1]))
    def a_command_ends(self, code: int) -> None:
        processes = self.processes
        processes.die(next(iter(processes.living)), Exit(code))

    @rule()
    def nothing_is_heard_of_its_end(self) -> None:
        self.a_check_above_all_answers()
        self.everything_is_answered()
        self.life.passes(80)

    @rule()
    def news_of_long_ago_arrives(self) -> None:
        self.life.happens(Exited(self.life.status.buried or Process(7, 7, BOOT), Exit(1)))
        self.life.happens(Looked(self.life.status.token - 1))
        self.life.happens(Scheduled("0 4 * * *"))

    @rule(stubborn=st.booleans())
    def commands_are_as_they_are(self, stubborn: bool) -> None:
        self.processes.ignores_term = stubborn

    # What conditions and the clock do

    @rule(row=st.integers(0, 2), met=st.booleans(), late=st.sampled_from([0, 0, 0, 1]))
    def a_check_answers(self, row: int, met: bool, late: int) -> None:
        watch, status = self.life.watch, self.life.status
        if row >= len(watch.transitions) or (late == 0 and not self.asks(row)):
            return
        before = status.entry
        self.life.happens(Answered(row, status.entry - late, met, "too much"))
        assert not late or self.life.status.entry == before, "a late answer has been followed"

    def asks(self, row: int) -> bool:
        status = self.life.status
        here = status.state in self.life.watch.transitions[row].states
        return here and status.life is not Living.LAUNCHING

    @rule()
    def a_check_above_all_answers(self) -> None:
        if len(self.life.watch.lifecycle) > 1:
            self.life.answers(1, "much too much", lifecycle=True)

    @rule(how_often=st.integers(1, 5))
    def it_goes_in_circles(self, how_often: int) -> None:
        for _ in range(2 * how_often):
            self.everything_is_answered()
            for pid in list(self.processes.living):
                self.processes.die(pid, Exit(0))
            self.everything_is_answered()
            for row in range(len(self.life.watch.transitions)):
                if self.asks(row):
                    self.a_check_answers(row, self.life.status.state == "calm", 0)

    @rule(verb=st.sampled_from([Verb.STOP, Verb.UNMONITOR]))
    def an_operator_stops_what_flaps(self, verb: Verb) -> None:
        self.it_goes_in_circles(3)
        self.an_operator_asks(verb, "it")

    @precondition(lambda self: self.processes.unborn)
    @rule(verb=st.sampled_from([Verb.STOP, Verb.UNMONITOR]), again=st.booleans())
    def an_operator_stops_what_is_about_to_begin(self, verb: Verb, again: bool) -> None:
        """*again*: and starts it before it has begun."""
        self.an_operator_asks(verb, "it")
        if again:
            self.an_operator_asks(Verb.START, "it")
        if self.processes.unborn:
            self.launch(0, "")
        while self.processes.waiting:
            self.news_arrives(0)

    @rule()
    def the_next_timer_rings(self) -> None:
        if ring := self.life.world.timers.next():
            self.life.passes(max(0.0, ring[0] - self.life.world.clock.time))

    # What happens to the daemon

    @rule()
    def the_next_daemon_cannot_tell(self) -> None:
        self.everything_is_answered()
        self.a_check_above_all_answers()
        self.processes.looks_fail = "cannot be told"
        self.the_daemon_is_killed(forked=True, away=0.0)
        self.everything_is_answered()

    @rule()
    def the_daemon_is_terminated(self) -> None:
        """What it cut short is run once more."""
        if self.life.status.life is not Living.DOWN:
            self.run_in.pop(self.life.status.entry, None)
        self.life.happens(Closing())

    @precondition(lambda self: self.life.status.life is Living.STUCK)
    @rule()
    def the_daemon_is_terminated_beside_what_survives(self) -> None:
        self.the_daemon_is_terminated()

    # What must hold

    @invariant()
    def no_entry_has_its_command_run_twice(self) -> None:
        assert not self.twice

    @invariant()
    def never_two_commands(self) -> None:
        assert len(self.processes.living) + len(self.processes.unborn) <= 1

    @invariant()
    def its_state_is_one_that_is_declared(self) -> None:
        declared = {state.name for state in self.life.watch.states}
        closed = self.life.status.closing  # a load waits for the next daemon then
        assert closed or self.life.status.state in {*declared, "unmonitored"}

    @invariant()
    def what_is_wanted_is_so(self) -> None:
        status = self.life.status
        assert status.goal is self.goal
        wanted = status.goal is Goal.UP and status.hold is Hold.NONE
        assert status.monitored is wanted
        assert status.process is None

    @invariant()
    def every_life_is_looked_after(self) -> None:
        status = self.life.status
        if status.life is not Living.DOWN:
            assert status.due is not None, f"{status.life} waits for nothing"
            assert status.errand is not None
        elif not status.closing:
            assert status.then is Then.NOTHING, "a command is waited for, and none runs"

    @invariant()
    def a_command_runs_only_for_its_own_state(self) -> None:
        status = self.life.status
        if status.errand and status.errand.job is Job.CLEAN:  # a stop ends what was left
            assert status.errand.process is None
        elif status.errand and status.errand.id != self.run_in.get(status.entry):
            closed = status.closing
            assert closed or status.then is not Then.NOTHING, "not to be ended"
            assert status.errand.stage is not Stage.RUNNING, "not being ended"

    def teardown(self) -> None:
        """After an unmonitor, and time for everything to be answered, nothing lives."""
        if not hasattr(self, "life"):
            return
        processes = self.processes
        processes.looks_fail, processes.ignores_term = "", False
        processes.let_go()
        self.goal = Goal.UNMONITORED
        self.life.asks(Verb.UNMONITOR)
        for _ in range(50):
            self.everything_is_answered()
            self.life.passes(10)
            self.never_two_commands()
        assert not processes.living, f"still alive: {self.life.status}"
        assert self.life.status.life is Living.DOWN, str(self.life.status)


QUICK = quick(walks=700, steps=50)


@pytest.mark.design("4.1")
@pytest.mark.design("4.3")
def test_whatever_happens_to_a_task_what_was_promised_holds() -> None:
    run_state_machine_as_test(Walk, settings=QUICK)


def test_the_walk_went_everywhere() -> None:
    assert {Hold.NONE, Hold.FLAPPING, Hold.GAVE_UP} == HOLDS
    lives = (Living.DOWN, Living.LAUNCHING, Living.STUCK, Living.UNKNOWN)
    kinds = (Answered, Asked, Begun, Closing, Exited, Looked, Reshaped, Scheduled, TimerRang)
    assert {(life, kind.__name__) for life in lives for kind in kinds} - SEEN == set()


# Faults put in on purpose: the walk must find each.


def runs_beside_another(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """god's: leaving a state forgets its command."""
    if isinstance(event, Answered | Asked) and status.life is Living.LAUNCHING:
        status = replace(status, life=Living.DOWN, errand=None, due=None)
    return step(watch, status, event, now)


def believes_a_late_answer(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Answered) and event.entry is not None:
        event = replace(event, entry=status.entry)
    return step(watch, status, event, now)


def runs_the_intent_again(watch: Watch, status: Status, event: Event, now: float) -> Step:
    errand = status.errand
    if isinstance(event, Looked) and errand and errand.stage is Stage.LOST and not event.process:
        again = Spawn(errand, status.program or watch.program, state=status.state)
        return Step(replace(status, errand=replace(errand, stage=Stage.ASKED)), (again,))
    return step(watch, status, event, now)


def keeps_a_state_that_is_gone(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Reshaped):
        return Step(status)
    return step(watch, status, event, now)


def is_monitored_again_by_itself(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """god's: the timer of a hold outlives the operator's stop."""
    after, actions = step(watch, status, event, now)
    if status.hold is Hold.FLAPPING and isinstance(event, Asked) and after.goal is not Goal.UP:
        after = replace(after, hold=Hold.FLAPPING, hold_due=now + 1)
    return Step(after, actions)


def forgets_what_it_was_to_end(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Launched):
        status = replace(status, then=Then.NOTHING)
    return step(watch, status, event, now)


@pytest.mark.parametrize(
    "fault",
    [
        runs_beside_another,
        believes_a_late_answer,
        runs_the_intent_again,
        keeps_a_state_that_is_gone,
        is_monitored_again_by_itself,
        forgets_what_it_was_to_end,
    ],
)
def test_the_walk_finds_a_planted_fault(fault: Callable[..., Step]) -> None:
    finds(Walk, QUICK, fault)


@pytest.mark.parametrize("rules", [machine.RULES, task.RULES], ids=["program", "task"])
def test_every_event_has_a_rule(rules: Mapping[type, object]) -> None:
    assert set(get_args(Event)) == rules.keys()
