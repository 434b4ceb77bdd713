"""A store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.store.state import StateStore
from overseer.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[StateStore]:
    made = StateStore(tmp_path, clock)
    made.open()
    yield made
    made.close()
