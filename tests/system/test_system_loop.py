"""The loop sleeps when nothing is to be done, whatever came in while it woke up."""

import os

import pytest

from overseer.system import loop as module
from overseer.system.loop import Clock, Loop


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
