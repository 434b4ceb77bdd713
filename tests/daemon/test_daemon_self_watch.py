"""A loop that does not turn is reported with the place where it stands, and shown everywhere."""

import logging
import threading
from collections.abc import Callable

import pytest

from overseer.control import metrics
from overseer.daemon.self_watch import SelfWatch
from overseer.doctor import daemon
from overseer.system.loop import Clock, Loop
from overseer.system.turn_times import TurnTimes

DEADLINE = 30.0


class Ear(logging.Handler):
    """Says what the daemon logs, as it does so."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self._hear(record.getMessage())


@pytest.mark.design("4.14")
def test_a_plug_in_that_waits_in_the_loop_is_reported_with_its_place() -> None:
    heard: list[str] = []
    reported, goes_on = threading.Event(), threading.Event()

    def hear(message: str) -> None:
        heard.append(message)
        if "stands here" in message:
            reported.set()
        if "turns again" in message:
            goes_on.set()

    ear = Ear(hear)
    logging.getLogger("overseer").addHandler(ear)
    loop = Loop(Clock())
    watch = SelfWatch(loop.turns, stuck_after=0.05)
    facts, notices = [], []

    def a_plug_in_that_waits() -> None:
        if not reported.is_set():
            reported.wait(DEADLINE)
            facts.append(watch.facts())
            notices.extend(watch.notices())
        loop.alarm(Clock().now())

    def tick(_now: float) -> float:
        if goes_on.wait(0.01):
            loop.stop()
        return Clock().now()

    watch.start(every=0.01)
    try:
        loop.run(a_plug_in_that_waits, tick, lambda name, event: None)
    finally:
        watch.stop()
        loop.close()
        logging.getLogger("overseer").removeHandler(ear)

    [report, *_] = [message for message in heard if "stands here" in message]
    assert "the loop has not turned for" in report
    assert "in a_plug_in_that_waits" in report
    assert (facts[0]["stuck"], facts[0]["stuck_times"]) == (True, 1)
    assert __file__ in facts[0]["stuck_in"]
    assert "nothing is done meanwhile" in notices[0]
    assert watch.notices() == []
    assert watch.facts()["stuck"] is False


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def turns() -> TurnTimes:
    return TurnTimes()


@pytest.fixture
def watch(turns: TurnTimes, clock: list[float]) -> SelfWatch:
    return SelfWatch(turns, lambda: {"inbox": 3}, now=lambda: clock[0])


def test_it_is_reported_again_with_gaps_that_grow(
    watch: SelfWatch, turns: TurnTimes, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    turns.begins(clock[0])
    for _ in range(4000):
        clock[0] += 1.0
        watch.look()

    waited = [line.split(" for ")[1].split(";")[0] for line in caplog.messages]
    assert waited[:5] == ["10s", "20s", "40s", "1m20s", "2m40s"]
    assert len(waited) < 13


def test_a_daemon_that_was_stopped_as_a_whole_is_not_called_stuck(
    watch: SelfWatch, turns: TurnTimes, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    turns.begins(clock[0])
    clock[0] += 34.0
    watch.look()
    turns.ends(clock[0])

    assert caplog.messages == [
        "overseer was not run for 34s: it was stopped by a signal, or the machine is overloaded"
    ]
    facts = watch.facts()
    assert (facts["stuck"], facts["stuck_times"], facts["paused_longest_s"]) == (False, 0, 34.0)


def test_the_longest_turn_is_that_of_the_last_minutes(turns: TurnTimes) -> None:
    turns.begins(100.0)
    turns.ends(103.0)
    turns.begins(110.0)
    turns.ends(110.5)
    assert turns.longest(111.0) == 3.0

    for moment in range(120, 400, 10):
        turns.begins(float(moment))
        turns.ends(moment + 0.25)
    assert turns.longest(400.0) == 0.25
    assert turns.longest(1000.0) == 0.0


def test_doctor_and_metrics_show_it(watch: SelfWatch, turns: TurnTimes, clock: list[float]) -> None:
    well = {"self": watch.facts()}
    assert [one.level for one in daemon.itself(well)] == ["ok", "ok"]

    turns.begins(clock[0])
    for _ in range(12):
        clock[0] += 1.0
        watch.look()
    stuck = {"self": watch.facts()}
    [loop, room] = daemon.itself(stuck)

    assert loop.level == "problem"
    assert "has not turned for 12s" in loop.said
    assert "descriptors" in room.said
    page = "\n".join(metrics.itself(stuck["self"]))
    assert "overseer_loop_stuck 1" in page
    assert 'overseer_queue_depth{queue="inbox"} 3' in page
    assert "overseer_loop_turn_seconds 12" in page
