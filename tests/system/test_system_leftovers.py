"""When a launch looks for what is left of its watch, and when it need not."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from overseer.system.leftovers import HOME, Leftovers

NAME = "web"


class Counting(Leftovers):
    looks = 0

    def of(self, name: str, not_before: float) -> list[object]:  # type: ignore[override]
        self.looks += 1
        return super().of(name, not_before)  # type: ignore[return-value]


@pytest.fixture
def leftovers() -> Counting:
    return Counting("/state")


@pytest.fixture
def orphan() -> Iterator[int]:
    """A child of ours that names the watch: what is left of one is given to us."""
    env = {HOME: "/state", "OVERSEER_WATCH": NAME}
    with subprocess.Popen(["/bin/sleep", "1000"], env=env) as child:
        yield child.pid
        child.kill()


def lives_and_ends(leftovers: Leftovers) -> None:
    leftovers.mark(NAME)
    leftovers.of(NAME, time.monotonic())
    leftovers.settle(NAME)


def looked(leftovers: Counting) -> int:
    before = leftovers.looks
    leftovers.in_the_way(NAME, time.monotonic())
    return leftovers.looks - before


def test_an_end_that_leaves_nothing_is_looked_at_once(leftovers: Counting) -> None:
    lives_and_ends(leftovers)

    assert looked(leftovers) == 0


def test_the_first_launch_looks(leftovers: Counting) -> None:
    assert looked(leftovers) == 1


def test_what_was_launched_besides_may_leave_something_later(leftovers: Counting) -> None:
    leftovers.mark(NAME)  # a hook, say
    lives_and_ends(leftovers)
    assert looked(leftovers) == 1

    lives_and_ends(leftovers)
    leftovers.mark(NAME)
    assert looked(leftovers) == 1


def test_so_may_what_goes_on_aside(leftovers: Counting) -> None:
    leftovers.running = lambda: [1]
    lives_and_ends(leftovers)

    assert looked(leftovers) == 1


def test_what_an_earlier_run_has_left_is_in_the_way(leftovers: Counting, orphan: int) -> None:
    lives_and_ends(leftovers)

    [process] = leftovers.in_the_way(NAME, time.monotonic())
    assert process.pid == orphan
