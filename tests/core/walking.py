"""What the random walks share: a world that answers late, a daemon that is killed, and the search
for faults that were put in on purpose."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from overseer.core.machine import Step, step
from overseer.core.phase import because
from overseer.engine import Decide
from overseer.model.event import Event, Exited, LaunchDelayed, Launched, Looked, Succeeded
from overseer.model.process import Process
from overseer.model.state import Life as Living
from overseer.testing import FakeProcesses, Lives

DELAYED = "its before_start hook is running"
DAYS = 3 * 86400.0
"""Seconds: longer than any timer of the watches that are walked over."""


class LateWorld(RuleBasedStateMachine):
    """Launches, looks and exits are answered when the walk says. `lives` is what it walks over."""

    decide: Decide = staticmethod(step)
    lives: Lives

    @property
    def processes(self) -> FakeProcesses:
        return self.lives.processes

    @precondition(lambda self: self.processes.unborn)
    @rule(broken=st.sampled_from(["", "", "", "", "no such file: serve", DELAYED]))
    def a_launch_is_carried_out(self, broken: str) -> None:
        if broken == DELAYED:
            return self.a_launch_is_delayed()
        return self.launch(0, broken)

    def launch(self, which: int, broken: str) -> None:
        self.processes.broken = broken
        self.processes.launch(*self.processes.unborn.pop(which))
        self.processes.broken = ""

    def a_launch_is_delayed(self) -> None:
        """By the hook before it, or for want of room."""
        name, spawn = self.processes.unborn[0]
        self.lives.engine.post(name, LaunchDelayed(spawn.errand.id, DELAYED))
        self.lives.engine.turn()

    @invariant()
    def no_trouble_is_named_that_is_over(self) -> None:
        asked = {spawn.errand.id for _, spawn in self.processes.unborn}
        news = {getattr(event, "id", "") for _, event in self.processes.waiting}
        for name, status in self.lives.engine.statuses.items():
            is_task = self.lives.engine.watches[name].is_task
            if status.life in (Living.DOWN, Living.WAITING) and not is_task:
                assert not status.trouble, "a trouble of what is over"
            if because(status) == DELAYED:
                assert status.errand, "no launch is delayed"
                assert status.errand.id in asked | news, "that launch is not delayed"

    @precondition(lambda self: self.processes.waiting)
    @rule(which=st.integers(0, 9))
    def news_arrives(self, which: int) -> None:
        """In any order, but that a process is born before it dies."""
        waiting = self.processes.waiting
        which = min(which, len(waiting) - 1)
        event = waiting[which][1]
        if isinstance(event, Exited):
            for place, (_, earlier) in enumerate(waiting[:which]):
                if born(earlier) == event.process:
                    which = place
                    break
        self.lives.engine.post(*waiting.pop(which))
        self.lives.engine.turn()

    @rule()
    def everything_is_answered(self) -> None:
        for _ in range(20):
            while self.processes.unborn:
                self.processes.launch(*self.processes.unborn.pop(0))
            while self.processes.waiting:
                self.news_arrives(0)

    @rule(cannot=st.sampled_from(["", "", "cannot be told"]))
    def looks_answer_or_do_not(self, cannot: str) -> None:
        self.processes.looks_fail = cannot

    @rule()
    def nothing_ends_for_a_while(self) -> None:
        """Long enough for everything that is done about it."""
        self.processes.immortal = True
        for _ in range(6):
            self.everything_is_answered()
            self.lives.passes(6)
        self.everything_is_answered()

    @rule(survives=st.sampled_from([False, False, True]))
    def signals_help_or_do_not(self, survives: bool) -> None:
        if survives:
            self.processes.immortal = True
        else:
            self.processes.let_go()

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 30.0, 100.0, DAYS]))
    def time_passes(self, seconds: float) -> None:
        if seconds == DAYS:  # the machine sleeps: each timer rings once, late
            self.lives.world.clock.time += seconds
            seconds = 0.0
        self.lives.passes(seconds)

    @rule(
        forked=st.booleans(),
        away=st.sampled_from([0.0, 0.0, 1.0, DAYS]),
        replaced=st.sampled_from([False, False, False, True]),
    )
    def the_daemon_is_killed(self, forked: bool, away: float, replaced: bool = False) -> None:
        """With *forked*, between the fork and its record; the next one comes after *away*.
        *replaced*: the same process goes on with another program (reexec)."""
        closing = any(status.closing for status in self.lives.engine.statuses.values())
        if replaced and not closing:
            self.lives.program_is_replaced()
            self.lives.world.clock.time += min(away, 1.0)
            self.another_begins(replaced=True)
            self.processes.reparented = True
            return
        if forked and self.processes.unborn:
            name, spawn = self.processes.unborn[0]
            self.processes.bear(name, spawn.errand.job, spawn.errand.id)
        self.lives.daemon_dies()
        self.lives.world.clock.time += away
        self.another_begins()

    def another_begins(self, *, replaced: bool = False) -> None:
        self.lives.daemon_follows(replaced=replaced)


def born(event: Event) -> Process | None:
    """Of whom overseer first hears by this."""
    if isinstance(event, Succeeded):
        return event.successor
    return event.process if isinstance(event, Launched | Looked) else None


def quick(walks: int, steps: int) -> settings:
    return settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # shrinking takes minutes; add Phase.shrink to study a walk
        report_multiple_bugs=False,
    )


def finds(walk: type[LateWorld], how: settings, fault: Callable[..., Step]) -> None:
    """Walk over a machine that does not do what it should."""
    finds_out(type("FaultyWalk", (walk,), {"decide": staticmethod(fault)}), how)


def finds_out(faulty: type[LateWorld], how: settings) -> None:
    """Longer than the walk over what is right: it ends where the fault is found, and when that is
    differs with what else the process has imported."""
    how = settings(how, max_examples=4 * how.max_examples)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever promise is broken first
        run_state_machine_as_test(faulty, settings=how)
