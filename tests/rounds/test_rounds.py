"""Conditions are asked in their rhythm, fairly, and never twice at once."""

from dataclasses import replace

import pytest

from overseer.conditions.always import Always
from overseer.conditions.base import Times
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.tries import Tries
from overseer.model.event import Answered, Doubted, Event, Readied
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.state import Life
from overseer.model.status import Status
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.usage import Metric, Spent, Usage
from overseer.model.watch import Watch
from overseer.rounds.patrol import SHOW_EVERY
from overseer.rounds.rounds import Rounds
from overseer.testing import BOOT, FakeClock

MB = 2**20
IT = Process(7, 100, BOOT)


class PretendProbe:
    """A process whose memory and CPU a test sets; None: it cannot be read."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.rss: int | None = 10 * MB
        self.spent = 0.0
        self.weights: dict[Metric, int] = {}
        self.reads = 0

    def read(self, process: Process) -> Usage | None:
        self.reads += 1
        if self.rss is None:
            return None
        key = (process.pid, process.ticks)
        return Usage(self.rss, {key: Spent(self.spent, self.spent)}, self._clock.time)

    def survey(self, until: float) -> bool:
        return True

    def read_tree(self, process: Process) -> Usage | None:
        return self.read(process)

    def weigh(self, process: Process, metric: Metric, tree: bool) -> int | None:
        return self.weights.get(metric)

    def forget(self, process: Process) -> None:
        pass


class Polling:
    """A watch that is polled while time passes."""

    def __init__(self, *rows: Transition, lifecycle: tuple[Transition, ...] = ()) -> None:
        self.clock = FakeClock()
        self.probe = PretendProbe(self.clock)
        self.heard: list[Event] = []
        self.rounds = Rounds(self.clock, self.probe, lambda name, event: self.heard.append(event))
        self.watch = Watch(
            name="web",
            program=Program(command=("serve",)),
            interval=5.0,
            transitions=rows,
            lifecycle=lifecycle,
        )
        self.enter("up", Life.ALIVE, IT)

    def enter(self, state: str, life: Life, process: Process | None, entry: int = 1) -> None:
        self.status = Status(name="web", state=state, entry=entry, life=life, process=process)
        self.rounds.arrange(self.watch, self.status)

    def passes(self, seconds: float) -> None:
        end = self.clock.time + seconds
        while self.clock.time < end:
            self.clock.time += 0.1
            self.rounds.turn(self.clock.time)

    @property
    def met(self) -> list[Answered]:
        return [event for event in self.heard if isinstance(event, Answered) and event.met]


def up(condition: object, to: str | None = "restart") -> Transition:
    return Transition(("up",), condition, to)  # type: ignore[arg-type]


@pytest.mark.design("4.12")
@pytest.mark.case(62)
def test_memory_over_the_limit_three_times_of_five_is_told_with_its_samples() -> None:
    polling = Polling(up(MemoryUsage(above=100 * MB, times=Times(3, 5))))
    polling.probe.rss = 101 * MB

    polling.passes(9.5)
    early = list(polling.met)
    polling.passes(5)

    assert early == []
    assert polling.met[0].samples == ("*101MB", "*101MB", "*101MB")
    assert "above 100MB" in polling.met[0].reason


@pytest.mark.design("4.12")
def test_exactly_the_limit_is_not_above_it() -> None:
    polling = Polling(up(MemoryUsage(above=100 * MB)))
    polling.probe.rss = 100 * MB

    polling.passes(30)

    assert polling.met == []


@pytest.mark.design("4.13")
@pytest.mark.case(98)
def test_cpu_is_measured_between_two_samples_and_the_first_one_dropped() -> None:
    polling = Polling(up(CpuUsage(above=50.0)))
    polling.probe.spent = 1000.0  # of a life before: an average would be far above
    polling.passes(20)
    idle = list(polling.met)

    for _ in range(100):
        polling.probe.spent += 0.1
        polling.passes(0.1)

    assert idle == []
    assert polling.met[-1].samples[-1].startswith("*9") or "*100%" in polling.met[-1].samples[-1]


@pytest.mark.design("4.12")
@pytest.mark.case(44)
def test_what_cannot_be_measured_fills_no_window_and_is_told_at_the_third_time() -> None:
    polling = Polling(up(MemoryUsage(above=100 * MB)))
    polling.probe.rss = None

    polling.passes(60)

    doubts = [event for event in polling.heard if isinstance(event, Doubted)]
    assert len(doubts) == 1
    assert polling.met == []


@pytest.mark.design("4.2")
@pytest.mark.case(49)
def test_a_lifecycle_check_goes_on_over_moves() -> None:
    row = Transition((), Always(what=True), None)
    polling = Polling(lifecycle=(replace(row, to="start"),))
    polling.passes(11)
    before = len(polling.met)

    polling.enter("restart", Life.LAUNCHING, None, entry=2)
    polling.passes(11)

    assert len(polling.met) > before >= 2


@pytest.mark.case(34)
def test_leaving_a_state_empties_its_windows() -> None:
    polling = Polling(up(MemoryUsage(above=100 * MB, times=Times(3, 5))))
    polling.probe.rss = 101 * MB
    polling.passes(6)

    polling.enter("start", Life.GRACE, IT, entry=2)
    polling.enter("up", Life.ALIVE, IT, entry=3)
    polling.passes(6)

    assert polling.met == []


@pytest.mark.case(16)
def test_a_condition_without_an_interval_has_the_watchs() -> None:
    polling = Polling(up(MemoryUsage(above=MB)))

    polling.passes(26)

    assert 5 <= polling.probe.reads <= 6


def test_a_condition_with_an_interval_has_its_own() -> None:
    polling = Polling(up(MemoryUsage(above=MB, interval=1.0)))

    polling.passes(10)

    assert 9 <= polling.probe.reads <= 11


@pytest.mark.case(111)
def test_tries_counts_polls_of_a_state() -> None:
    polling = Polling(Transition(("start",), Tries(times=Times(3, 3)), "start"))
    polling.enter("start", Life.WAITING, None, entry=2)

    polling.passes(9.5)
    early = len(polling.met)
    polling.passes(5)

    assert (early, len(polling.met) > 0) == (0, True)


@pytest.mark.case(71)
def test_a_row_that_only_tells_is_told_once_when_it_becomes_met() -> None:
    polling = Polling(up(MemoryUsage(above=100 * MB), to=None))
    polling.probe.rss = 101 * MB
    polling.passes(30)
    polling.probe.rss = 10 * MB
    polling.passes(30)

    answers = [event for event in polling.heard if isinstance(event, Answered)]
    assert [answer.met for answer in answers] == [True, False]


@pytest.mark.design("4.14")
def test_missed_rounds_are_not_made_up_for() -> None:
    polling = Polling(up(MemoryUsage(above=MB)))
    polling.passes(6)
    before = polling.probe.reads

    polling.clock.time += 100
    polling.passes(1)

    assert polling.probe.reads - before <= 2


@pytest.mark.design("4.14")
def test_a_thousand_watches_do_not_all_beat_at_one_moment() -> None:
    clock = FakeClock()
    probe = PretendProbe(clock)
    rounds = Rounds(clock, probe, lambda name, event: None)
    for number in range(1000):
        row = up(MemoryUsage(above=MB))
        watch = Watch(name=f"w{number}", program=Program(command=("x",)), transitions=(row,))
        process = Process(number + 10, 100, BOOT)
        status = Status(name=watch.name, state="up", life=Life.ALIVE, process=process)
        rounds.arrange(watch, status)
    most, before = 0, 0
    for _ in range(200):
        clock.time += 0.1
        rounds.turn(clock.time)
        if clock.time > 1_010:
            most = max(most, probe.reads - before)
        before = probe.reads

    assert most <= 80


@pytest.mark.case(66)
def test_cpu_over_the_limit_in_three_of_five_looks_is_met() -> None:
    polling = Polling(up(CpuUsage(above=30.0, times=Times(3, 5))))
    polling.passes(5.0)

    for busy in (True, False, True, False, True):
        polling.probe.spent += 5.0 * (0.6 if busy else 0.1)
        polling.passes(5.0)

    assert len(polling.met) == 1
    assert [sample.startswith("*") for sample in polling.met[0].samples].count(True) == 3


@pytest.mark.case(101)
def test_an_answer_about_a_watch_that_nobody_polls_is_heard_by_none() -> None:
    polling = Polling(up(MemoryUsage(above=1 * MB)))
    polling.rounds.forget("web")

    polling.passes(30)

    assert polling.heard == []


def test_what_nothing_else_measures_is_measured_for_people_and_not_before_it_is_there() -> None:
    polling = Polling()

    polling.passes(SHOW_EVERY - 1)
    assert polling.probe.reads == 0
    polling.passes(2 * SHOW_EVERY)

    assert polling.status.process is not None
    reading = polling.rounds.reading("web", polling.status.process)
    assert reading is not None
    assert reading.rss == 10 * MB


def test_what_is_not_up_yet_is_asked_whether_it_is_ready_and_only_then() -> None:
    polling = Polling(up(MemoryUsage(above=1 * MB)))
    polling.heard.clear()
    small = MemoryUsage(above=5 * MB, interval=1.0)
    polling.watch = replace(polling.watch, ready=(small,))
    polling.probe.rss = 1 * MB

    polling.enter("start", Life.GRACE, IT)
    polling.passes(3)
    polling.probe.rss = 6 * MB
    polling.passes(2)

    assert polling.heard == [
        Readied(IT, 0, False, "memory_usage 1MB"),
        Readied(IT, 0, True),
    ]
    polling.heard.clear()
    polling.enter("up", Life.ALIVE, IT, entry=2)
    polling.passes(10)
    assert not any(isinstance(event, Readied) for event in polling.heard)


def guarding(*, lifecycle: tuple[Transition, ...] = ()) -> Polling:
    """A task of two states, and a condition that is always so in each."""
    polling = Polling(
        Transition(("ok",), Always(), "busy"),
        Transition(("busy",), Always(), "ok"),
        lifecycle=lifecycle,
    )
    states = (TaskState("ok"), TaskState("busy", ("work",)))
    polling.watch = replace(polling.watch, states=states, initial_state="ok")
    polling.enter("ok", Life.DOWN, None, entry=2)
    return polling


def test_a_tasks_state_is_asked_about_when_its_command_is_over() -> None:
    polling = guarding(lifecycle=(Transition((), Always()),))
    polling.enter("busy", Life.LAUNCHING, None, entry=3)
    polling.passes(20)
    meanwhile = {event.entry for event in polling.met}

    polling.enter("busy", Life.DOWN, None, entry=3)
    polling.passes(0.1)

    assert meanwhile == {None}
    assert polling.met[-1].entry == 3


def test_a_task_that_goes_in_a_circle_does_so_no_faster_than_its_interval() -> None:
    polling = guarding()
    polling.passes(0.1)
    for entry in range(3, 7):
        polling.enter("busy" if entry % 2 else "ok", Life.DOWN, None, entry=entry)
        polling.passes(0.1)
    quick = len(polling.met)

    polling.passes(5)

    assert quick == 2
    assert len(polling.met) == 3


@pytest.mark.field("D3")
def test_a_look_at_the_process_before_is_no_look_at_this_one() -> None:
    polling = Polling(up(MemoryUsage(above=1 * MB)))
    polling.passes(SHOW_EVERY)
    first = polling.status.process
    assert first is not None
    assert polling.rounds.reading("web", first) is not None

    assert polling.rounds.reading("web", replace(first, ticks=first.ticks + 1)) is None
