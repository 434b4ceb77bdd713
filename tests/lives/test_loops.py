"""No graph, delay or condition makes a loop as fast as the machine: stories with real rounds, in
which time passes and nothing else is done."""

from dataclasses import replace
from typing import Any

import pytest
from cast import FOREGROUND, GOD, held
from hypothesis import given, settings
from hypothesis import strategies as st

from overseer.conditions.always import Always
from overseer.conditions.base import Condition, Times
from overseer.conditions.flapping import Flapping
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.conditions.tries import Tries
from overseer.conditions.uptime import Uptime
from overseer.core.outcome import outcome
from overseer.model.action import Spawn
from overseer.model.event import Closing, Event, Timer, TimerRang, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.state import Hold, Phase
from overseer.model.state import Life as Living
from overseer.model.status import Job
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.usage import Metric, Spent, Usage
from overseer.model.watch import RestartDelay, Watch
from overseer.rounds.rounds import Rounds
from overseer.testing import FakeClock, FakeProcesses, Life

INTERVAL = 5.0
MOST_LAUNCHES = 500


class Probe:
    """Every process has a megabyte."""

    def read(self, process: Process) -> Usage:
        return Usage(2**20, {(process.pid, process.ticks): Spent(0, 0)}, 0.0)

    def survey(self, until: float) -> bool:
        return True

    def read_tree(self, process: Process) -> Usage:
        return self.read(process)

    def weigh(self, process: Process, metric: Metric, tree: bool) -> int | None:
        return None

    def forget(self, process: Process) -> None: ...


class ShortLived(FakeProcesses):
    """What is launched ends at once, or cannot even be launched."""

    dies = False

    def launch(self, name: str, action: Spawn) -> Process | None:
        assert len(self.spawned) < MOST_LAUNCHES, "launched as fast as the machine can"
        process = super().launch(name, action)
        if process and (self.dies or action.errand.job is not Job.LAUNCH):
            self.die(process.pid, Exit(1 if action.errand.job is Job.LAUNCH else 0))
        return process


class Polled(Life):
    """A watch whose conditions are asked as they are in a daemon."""

    def __init__(self, watch: Watch, *, dies: bool = False, broken: str = "") -> None:
        self._dies, self._broken = dies, broken
        super().__init__(watch)

    def new_processes(self, clock: FakeClock) -> FakeProcesses:
        processes = ShortLived(clock)
        processes.dies, processes.broken = self._dies, self._broken
        return processes

    def new_rounds(self, clock: FakeClock) -> Any:
        self.rounds = Rounds(clock, Probe(), self.hear)
        return self.rounds

    def hear(self, name: str, event: Event) -> None:
        self.engine.post(name, event)

    def passes(self, seconds: float) -> None:
        clock, timers = self.world.clock, self.world.timers
        end = clock.time + seconds
        for _ in range(20_000):
            poll = self.rounds.turn(clock.time)
            self.engine.turn()
            ring = timers.next()
            moments = [moment for moment in (poll, ring and ring[0]) if moment is not None]
            if not moments or min(moments) > end:
                clock.time = end
                return
            clock.time = max(clock.time, min(moments))
            while (ring := timers.next()) and ring[0] <= clock.time:
                due, name, timer = ring
                timers.take(name, Timer(timer))
                self.engine.post(name, TimerRang(timer, due))
                self.engine.turn()
        raise AssertionError(f"time stands still: {self.status}")

    @property
    def moves(self) -> int:
        return len(self.told(Kind.MOVED))

    @property
    def launches(self) -> int:
        return len(self.processes.spawned)


STATES = ("init", "start", "up", "restart", "stop")
NO_DELAY = RestartDelay(first=0, next=0, factor=1, max=0, jitter=0, reset_after=0)


def conditions() -> st.SearchStrategy[Condition]:
    return st.sampled_from(
        [
            Always(),
            Always(what=False),
            ProcessRunning(running=True),
            ProcessRunning(running=False),
            ProcessExits(),
            Tries(times=Times(1, 1)),
            Uptime(above=0.0),
        ]
    )


def to() -> st.SearchStrategy[str | None]:
    return st.sampled_from([*STATES, "unmonitored", None])


@st.composite
def rows(draw: st.DrawFn, lifecycle: bool) -> Transition:
    states = () if lifecycle else tuple(draw(st.sets(st.sampled_from(STATES), min_size=1)))
    return Transition(states, draw(conditions()), draw(to()), draw(to()))


@st.composite
def limits(draw: st.DrawFn) -> tuple[Transition, ...]:
    if draw(st.booleans()):
        return ()
    times = draw(st.integers(1, 3))
    retry = draw(st.sampled_from([None, 0.0, 2.0]))
    given_up = draw(st.sampled_from([None, 1, 2])) if retry is not None else None
    limit = Flapping(
        times=Times(times, times),
        within=60.0,
        to_state=("start", "restart"),
        retry_in=retry,
        retry_times=given_up,
        retry_within=None if given_up is None else 300.0,
    )
    return (Transition((), limit, "unmonitored"),)


@pytest.mark.field("B1")
@pytest.mark.field("B2")
@settings(max_examples=400, deadline=None)
@given(
    own=st.lists(rows(lifecycle=False), max_size=6),
    usual=st.booleans(),
    lifecycle=st.lists(rows(lifecycle=True), max_size=2),
    limit=limits(),
    grace=st.sampled_from([0.0, 1.0]),
    dies=st.booleans(),
    broken=st.booleans(),
)
def test_no_graph_turns_faster_than_it_is_asked(
    own: list[Transition],
    usual: bool,
    lifecycle: list[Transition],
    limit: tuple[Transition, ...],
    grace: float,
    dies: bool,
    broken: bool,
) -> None:
    graph = (*(GOD[:2] if usual else ()), *own)
    watch = Watch(
        name="web",
        program=FOREGROUND,
        interval=INTERVAL,
        start_grace=grace,
        restart_delay=NO_DELAY,
        transitions=graph,
        lifecycle=(*lifecycle, *limit),
    )
    life = Polled(watch, dies=dies, broken="no such file" if broken else "")

    life.passes(60)

    assert life.launches <= 2 * 60 + 3
    polls = (len(graph) + len(lifecycle) + 1) * (60 / INTERVAL + 2)
    assert life.moves <= 6 * (polls + life.launches)


@pytest.mark.field("B1")
@pytest.mark.parametrize(
    "row",
    [
        Transition(("init",), Always(), "up"),
        Transition(("up",), Always(), "up"),
        Transition(("up",), Always(), "start"),
        Transition(("up",), Always(), "init"),
        Transition(("up",), Always(what=False), "stop", "start"),
    ],
)
def test_a_row_that_leads_nowhere_new_moves_it_once_an_interval(row: Transition) -> None:
    watch = Watch(name="web", program=FOREGROUND, interval=30.0, transitions=(*GOD[:2], row))
    life = Polled(watch)
    request = life.asks(Verb.START)

    life.passes(300)

    assert life.moves <= 3 * (300 / 30 + 2)
    assert life.status.request == request
    assert life.phase is Phase.UP


@pytest.mark.field("B4")
def test_a_task_that_leads_to_itself_runs_its_command_once_an_interval() -> None:
    state = TaskState("a", ("check",), None)
    watch = Watch(
        name="tidy",
        program=Program(),
        interval=INTERVAL,
        states=(state,),
        initial_state="a",
        transitions=(Transition(("a",), Always(), "a"),),
    )
    life = Polled(watch)

    life.passes(50)

    assert 10 <= life.launches <= 12


@pytest.mark.field("B2")
@pytest.mark.parametrize("limit", [(), (held(times=1, retry_in=0.0, retry_times=None,
                                             retry_within=None),)])  # fmt: skip
@pytest.mark.parametrize("broken", ["", "no such file"])
def test_without_any_delay_it_is_launched_twice_a_second_at_most(
    limit: tuple[Transition, ...], broken: str
) -> None:
    watch = Watch(
        name="web",
        program=FOREGROUND,
        restart_delay=NO_DELAY,
        start_grace=0.0,
        transitions=GOD,
        lifecycle=limit,
    )
    life = Polled(watch, dies=True, broken=broken)
    at_once = life.launches

    life.passes(60)

    assert at_once == (1 if limit else 2)  # the first repair does not wait
    assert life.launches <= 2 * 60 + 3


def checked(*more: Transition, lifecycle: bool = False) -> Watch:
    """It is restarted by a check that is always met, held at the second, given up at once."""
    limit = held(times=2, within=60, retry_in=2, retry_times=1, retry_within=300)
    old = Transition(() if lifecycle else ("up",), Uptime(above=3.0), "restart")
    return Watch(
        name="web",
        program=FOREGROUND,
        interval=1.0,
        transitions=(*GOD[:4], *(() if lifecycle else (old,)), *more),
        lifecycle=(*((old,) if lifecycle else ()), limit),
    )


@pytest.mark.field("J1")
@pytest.mark.parametrize("lifecycle", [False, True])
@pytest.mark.parametrize("restart", [None, ("control", "restart")])
def test_checks_that_have_given_up_say_so_once(
    lifecycle: bool, restart: tuple[str, ...] | None
) -> None:
    life = Polled(checked(lifecycle=lifecycle))
    life.engine.watches["web"] = replace(life.watch, program=replace(FOREGROUND, restart=restart))
    life.passes(60)
    launches, pid = life.launches, life.pid

    life.passes(600)

    assert (life.launches, life.pid) == (launches, pid)
    assert len(life.told(Kind.GAVE_UP)) == 1
    assert len(life.told(Kind.RESTARTED)) <= launches
    assert life.phase is Phase.UP

    life.asks(Verb.START)
    life.passes(10)
    assert life.launches > launches


@pytest.mark.field("J1")
def test_a_check_that_gave_up_and_is_not_met_any_more_may_restart_again() -> None:
    life = Polled(checked(Transition(("up",), Uptime(above=10_000.0), "restart")))
    life.passes(60)
    old = life.pid

    life.processes.living.clear()  # nobody hears of it
    life.engine.statuses["web"] = life.status.but(
        {"process": Process(7, int(life.world.clock.time * 100), life.status.boot)}
    )
    life.rounds.arrange(life.watch, life.status)
    life.passes(2)

    assert life.status.hold is Hold.NONE
    assert life.pid != old
    assert len(life.told(Kind.RETRYING)) == 1


@pytest.mark.field("J1")
def test_no_restart_is_told_that_does_not_happen() -> None:
    """A lifecycle row asks for restarts while it waits for its next try, and while it is down."""
    always = Transition((), Always(), "restart")
    slow = RestartDelay(first=60, next=60, factor=1, max=60, jitter=0)
    watch = Watch(
        name="web",
        program=FOREGROUND,
        interval=1.0,
        transitions=GOD[:4],
        lifecycle=(always,),
        restart_delay=slow,
    )
    life = Polled(watch, dies=True)
    life.passes(50)
    waiting = life.told(Kind.RESTARTED)

    life.asks(Verb.STOP)
    life.passes(50)

    assert waiting == []
    assert life.told(Kind.RESTARTED) == []
    assert life.status.life is Living.DOWN
    assert life.status.state == "stop"


def answered(life: Life, request: int) -> tuple[int, str] | None:
    said = outcome(Verb.START, life.watch, life.status, request)
    return said and (said.code, said.message)


@pytest.mark.field("J13")
@pytest.mark.parametrize("verb", [Verb.START, Verb.RESTART])
@pytest.mark.parametrize("delay", [NO_DELAY, RestartDelay()])
def test_an_attempt_that_was_asked_for_is_answered_by_its_first_failure(
    verb: Verb, delay: RestartDelay
) -> None:
    watch = Watch(
        name="web",
        program=FOREGROUND,
        autostart=False,
        transitions=GOD,
        restart_delay=delay,
        start_grace=1.0,
    )
    life = Life(watch)
    request = life.asks(verb)
    before = answered(life, request)
    life.exits(code=7)
    first = answered(life, request)
    life.passes(120)

    assert before is None
    assert first == (3, "start failed: exit code 7; it is tried again")
    assert (life.phase, answered(life, request)) == (Phase.UP, first)
    assert answered(life, life.asks(verb)) in (None, (0, f"up, pid {life.pid}"))


@pytest.mark.field("D10")
def test_only_restarts_that_nobody_asked_for_count_as_such() -> None:
    watch = Watch(name="web", program=FOREGROUND, transitions=GOD)
    life = Life(watch)
    life.passes(5)

    def counts() -> tuple[int, int]:
        return life.status.restarts, life.status.restarts_asked

    life.asks(Verb.RESTART)
    life.passes(5)
    asked = counts()
    life.asks(Verb.STOP)
    life.asks(Verb.START)
    life.passes(5)
    stopped = counts()
    life.happens(Closing())
    life.daemon_dies()
    life.daemon_begins()
    life.passes(5)
    terminated = counts()
    life.exits(code=1)
    life.passes(5)
    crashed = counts()
    life.answers(4, "too much")
    life.passes(5)

    assert (asked, stopped, terminated, crashed) == ((0, 1), (0, 1), (0, 1), (1, 1))
    assert counts() == (2, 1)
