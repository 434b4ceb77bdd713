"""The loop sleeps when nothing is to be done, and hears what other threads want."""

import os
import threading

import pytest

from overseer.system import loop as module
from overseer.system.loop import Clock, Loop

LONG = 30.0


@pytest.fixture
def loop() -> Loop:
    return Loop(Clock())


def test_a_wake_in_the_middle_of_waking_up_does_not_keep_it_awake(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []

    def read_while_another_thread_wakes(descriptor: int, size: int) -> bytes:
        loop.wake()
        return real(descriptor, size)

    real = os.read
    monkeypatch.setattr(module.os, "read", read_while_another_thread_wakes)

    def turn() -> None:
        turns.append(1)
        if len(turns) == 1:
            loop.alarm(Clock().now() + 0.05)  # ends the sleep, if it sleeps

    def tick(now: float) -> None:
        loop.stop()

    loop.wake()
    loop.run(turn, tick, lambda name, event: None)
    loop.close()

    assert len(turns) <= 3


@pytest.mark.design("4.14")
def test_a_hurry_during_a_turn_of_the_rounds_is_owed_another_turn(loop: Loop) -> None:
    """Else what a check has found would wait for the alarm that this turn asks for."""
    turns: list[float] = []

    def tick(now: float) -> float:
        turns.append(now)
        if len(turns) == 1:
            other = threading.Thread(target=loop.hurry)
            other.start()
            other.join()
        else:
            loop.stop()
        return now + LONG

    loop.alarm(0.0)
    loop.run(lambda: None, tick, lambda name, event: None)
    loop.close()

    assert turns[1] - turns[0] < LONG / 2


def test_a_hurry_does_not_lose_the_alarm(loop: Loop) -> None:
    turns: list[float] = []

    def tick(now: float) -> float | None:
        turns.append(now)
        if len(turns) == 2:
            loop.stop()
        return now + 0.01 if len(turns) == 1 else None

    loop.hurry()
    loop.run(lambda: None, tick, lambda name, event: None)
    loop.close()

    assert turns[1] - turns[0] >= 0.01


@pytest.mark.field("K2")
@pytest.mark.parametrize("error", [ValueError, MemoryError, SystemExit])
def test_a_turn_of_the_rounds_that_fails_is_not_the_last(
    loop: Loop, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AFTER_A_FAULT", 0.01)
    turns: list[float] = []

    def tick(now: float) -> float:
        turns.append(now)
        if len(turns) < 3:
            raise error("on purpose")
        loop.stop()
        return now + LONG

    loop.alarm(Clock().now())
    loop.run(lambda: None, tick, lambda name, event: None)
    loop.close()

    assert len(turns) == 3


def test_no_memory_to_wait_for_events_does_not_end_it(loop: Loop) -> None:
    turns: list[int] = []
    real = loop._epoll

    class Short:
        def poll(self, timeout: float) -> list[tuple[int, int]]:
            if len(turns) == 1:
                raise MemoryError
            return real.poll(timeout)

    def turn() -> None:
        turns.append(1)
        if len(turns) == 2:
            loop.stop()

    loop._epoll = Short()  # type: ignore[assignment]
    loop.run(turn, lambda now: None, lambda name, event: None)

    assert len(turns) == 2
