"""What is asked of every check that opens something."""

import os
import time
from collections.abc import Iterator

import pytest

PATIENCE = 10.0


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """After the test as many descriptors are open as before, as soon as the server it talked to, a
    thread of this process, has closed its own."""
    before = len(os.listdir("/proc/self/fd"))
    yield
    deadline = time.monotonic() + PATIENCE
    while (now := len(os.listdir("/proc/self/fd"))) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert now == before
