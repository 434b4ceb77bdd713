"""Memory and CPU are those of the process that is there."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from overseer.conditions.base import Reading
from overseer.daemon.readings import Readings
from overseer.model.process import Process
from overseer.model.status import Status
from overseer.system.identity import process_of

OLD = 241 * 2**20


@pytest.fixture
def processes() -> Iterator[tuple[Process, Process]]:
    """Two that live."""
    running = [subprocess.Popen(["/bin/sleep", "60"]) for _ in range(2)]
    first, second = (process_of(one.pid) for one in running)
    assert first
    assert second
    yield first, second
    for one in running:
        one.kill()
        one.wait()


@pytest.mark.field("D3")
def test_what_was_measured_of_one_process_is_not_shown_of_the_next(
    processes: tuple[Process, Process],
) -> None:
    first, second = processes
    statuses = {"web": Status(name="web", process=first)}

    def polled(name: str, process: Process) -> Reading | None:
        return Reading(OLD) if process == first else None

    readings = Readings(polled, statuses)
    assert readings.of("web") == Reading(OLD)
    assert set(readings.families()) == {"web"}

    statuses["web"] = Status(name="web", process=second)

    assert readings.families() == {}  # counted less than a second ago, of another process
    found = readings.of("web")
    assert found is not None
    assert 0 < found.rss < OLD
    assert os.path.exists(f"/proc/{second.pid}")
