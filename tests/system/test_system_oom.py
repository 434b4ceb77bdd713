"""Which deaths the kernel's count of its kills explains."""

from collections.abc import Iterator

import pytest

from overseer.model.process import Exit
from overseer.system import oom
from overseer.system.oom import OutOfMemory


class Kernel:
    """Its count, and time."""

    def __init__(self) -> None:
        self.kills = 7
        self.now = 100.0
        self.reads = 0

    def count(self) -> int:
        self.reads += 1
        return self.kills

    def clock(self) -> float:
        self.now += 0.02
        return self.now


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    return Kernel()


@pytest.fixture
def memory(kernel: Kernel) -> OutOfMemory:
    return OutOfMemory(kernel.count, kernel.clock)


def test_what_was_counted_before_explains_nothing(memory: OutOfMemory) -> None:
    assert not memory.explains()


def test_each_kill_explains_one_death(kernel: Kernel, memory: OutOfMemory) -> None:
    kernel.kills += 2
    assert [memory.explains() for _ in range(3)] == [True, True, False]


def test_a_kill_of_long_ago_explains_nothing(kernel: Kernel, memory: OutOfMemory) -> None:
    kernel.kills += 1
    memory.turn()
    memory.turn()
    assert not memory.explains()


def test_a_kill_just_before_a_turn_still_does(kernel: Kernel, memory: OutOfMemory) -> None:
    kernel.kills += 1
    memory.turn()
    assert memory.explains()


def test_many_deaths_at_once_are_one_look(kernel: Kernel) -> None:
    memory = OutOfMemory(kernel.count, lambda: 5.0)
    for _ in range(1000):
        memory.explains()
    assert kernel.reads == 1


def test_the_kernel_is_asked() -> None:
    assert oom.counted() >= 0


def test_it_is_said() -> None:
    assert str(Exit(signal=9, oom=True)) == "killed by SIGKILL (out of memory, it seems)"
