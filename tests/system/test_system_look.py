"""What a pid file is believed: real files, and a process that lives."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.model.program import Program
from overseer.system.look import Doubt, by_pid_file


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "100"]) as sleeper:
        yield sleeper.pid
        sleeper.kill()


def written(path: Path, pid: int, at: float) -> Program:
    path.write_text(f"{pid}\n")
    os.utime(path, (at, at))
    return Program(start=("control", "start"), pid_file=str(path))


def test_one_that_was_written_after_it_began_is_believed(tmp_path: Path, pid: int) -> None:
    found = by_pid_file(written(tmp_path / "a.pid", pid, time.time() + 5), "web")

    assert found is not None
    assert found.pid == pid


@pytest.mark.field("A9")
def test_one_of_an_earlier_boot_names_nothing(tmp_path: Path, pid: int) -> None:
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    assert by_pid_file(written(tmp_path / "a.pid", pid, booted - 3600), "web") is None


@pytest.mark.field("A9")
def test_one_that_is_older_than_its_process_is_doubted_and_says_what_helps(
    tmp_path: Path, pid: int
) -> None:
    program = written(tmp_path / "a.pid", pid, time.time() - 60)

    with pytest.raises(Doubt, match=f"rm {tmp_path}/a.pid`.*`overseer adopt web {pid}`"):
        by_pid_file(program, "web")
