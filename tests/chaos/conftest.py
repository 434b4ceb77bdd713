"""How long the chaos lasts, and from which seed."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from real_daemon import LONG, Begin, Daemon


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.chaos)


@pytest.fixture
def lasting() -> Callable[[int, int], int]:
    """How many, in the short form and in the long one; OVERSEER_CHAOS_RUNS says another number."""

    def choose(short: int, long: int) -> int:
        return int(os.environ.get("OVERSEER_CHAOS_RUNS", long)) if LONG else short

    return choose


@pytest.fixture
def chance() -> random.Random:
    """Its seed is printed, and OVERSEER_SEED gives it again."""
    seed = int(os.environ.get("OVERSEER_SEED", random.SystemRandom().randrange(10**6)))
    print(f"OVERSEER_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Begin]:
    """Makes daemons, which end with the test and leave no process."""
    made: list[Daemon] = []

    def make(text: str, prefix: tuple[str, ...] = (), *, run: bool = True) -> Daemon:
        made.append(Daemon(tmp_path, text, prefix))
        if run:
            made[-1].run()
        return made[-1]

    yield make
    for one in made:
        one.end()
