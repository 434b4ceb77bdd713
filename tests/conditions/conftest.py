"""What is asked of every check that opens something."""

import os
import threading
from collections.abc import Iterator

import pytest

PATIENCE = 10.0


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """After the test as many descriptors are open as before, once the threads of the servers it
    talked to, which close their own, have ended."""
    threads, before = set(threading.enumerate()), len(os.listdir("/proc/self/fd"))
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(PATIENCE)
    assert len(os.listdir("/proc/self/fd")) == before
