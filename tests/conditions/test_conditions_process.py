"""What a process has: children, threads, open files, years."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest
from scenes import ME, Asking, recorded, scene

from overseer.conditions.base import Check, counted
from overseer.conditions.children import Children
from overseer.conditions.open_files import OpenFiles
from overseer.conditions.threads import Threads
from overseer.conditions.uptime import Uptime

ANOTHER = replace(ME, ticks=ME.ticks + 1)
"""What had our pid before."""


@contextmanager
def running(script: str) -> Iterator[subprocess.Popen[bytes]]:
    """A shell that has come as far as to say so, and reads until it is told to end."""
    words = ["/bin/sh", "-c", script]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        yield shell


@contextmanager
def family() -> Iterator[int]:
    """The pid of a process with one child, and two children of that."""
    with running("sh -c 'sleep 60 & sleep 60 & echo born; wait; true' & wait") as shell:
        assert shell.stdout
        shell.stdout.readline()
        try:
            yield shell.pid
        finally:
            for child in psutil.Process(shell.pid).children(recursive=True):
                child.kill()


def test_children_are_all_descendants_or_those_it_started_itself() -> None:
    with family() as pid:
        every, own = Asking(Children(above=2)), Asking(Children(above=2, direct=True))

        assert every.look(process=recorded(pid))
        assert not own.look(process=recorded(pid))
        assert (every.value, own.value) == (3, 1)
        assert every.reason == "children 3, above 2"


def test_children_may_be_too_few() -> None:
    condition = Children(above=50, below=2)

    assert [condition.met(number) for number in (1, 2, 50, 51)] == [True, False, False, True]
    assert condition.explain(1) == "children 1, below 2"
    assert condition.limit() == "above 50, below 2"


def test_a_thread_more_is_counted() -> None:
    end = threading.Event()
    asking = Asking(Threads(above=0))
    asking.look()
    before = asking.value
    thread = threading.Thread(target=end.wait)
    thread.start()

    assert asking.look()
    end.set()
    thread.join()
    assert asking.value == before + 1
    assert Threads(above=5).explain(6) == "threads 6, above 5"


def test_open_files_are_its_descriptors() -> None:
    asking = Asking(OpenFiles(above=0))
    asking.look()
    before = asking.value
    reader, writer = os.pipe()

    assert asking.look()
    os.close(reader)
    os.close(writer)
    assert asking.value == before + 2
    assert OpenFiles(above=900).explain(901) == "open files 901, above 900"


EVERY = [Children(above=1), Threads(above=1), OpenFiles(above=1)]


@pytest.mark.parametrize("condition", EVERY, ids=str)
def test_of_another_process_with_that_pid_nothing_is_known(condition: Check) -> None:
    assert condition.measure(scene(ANOTHER)) is None


@pytest.mark.parametrize("condition", EVERY, ids=str)
def test_of_a_process_that_has_ended_nothing_is_known(condition: Check) -> None:
    with running("read line") as shell:
        process = recorded(shell.pid)

    assert condition.measure(scene(process)) is None


def test_what_may_not_be_looked_into_is_unknown_and_the_reason_says_what_to_do() -> None:
    def refuse(process: psutil.Process) -> int:
        raise psutil.AccessDenied(process.pid)

    with pytest.raises(PermissionError, match="run overseer as root, or as that user"):
        counted(scene(), refuse)


def test_uptime_counts_from_the_start_of_the_process() -> None:
    began = ME.began
    asking = Asking(Uptime(above=86400.0))

    assert not asking.look(now=began + 86400.0)
    assert asking.look(now=began + 86400.0 + 3600.0)
    assert asking.reason == "up for 1d1h, above 1d"


def test_of_a_process_that_cannot_be_read_there_is_no_uptime() -> None:
    assert Uptime(above=1.0).measure(scene(reading=None)) is None
