"""One pass over /proc for all who ask, and none that is older than what it is to answer."""

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from overseer.model.event import Exited
from overseer.model.process import Process
from overseer.system import identity
from overseer.system.deaths import Deaths
from overseer.system.loop import Clock, Loop
from overseer.system.table import Table, Tables


class Passes:
    """Counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Table:
        self.made += 1
        return Table()


@pytest.mark.field("A3")
def test_all_who_asked_before_a_pass_began_share_it() -> None:
    passes = Passes()
    tables = Tables(passes)
    moments = [time.monotonic() for _ in range(1000)]

    for moment in moments:
        tables.since(moment)

    assert passes.made == 1


@pytest.mark.field("A3")
def test_an_answer_is_never_older_than_the_question() -> None:
    tables = Tables()
    tables.since(time.monotonic())
    child = subprocess.Popen(["/bin/sleep", "60"])
    try:
        assert child.pid in tables.since(time.monotonic()).all
    finally:
        child.kill()
        child.wait()


def test_overseer_and_what_is_above_it_belong_to_nobody() -> None:
    table = Table()
    root = Process(os.getppid(), 0, identity.boot_id())

    assert {os.getpid(), os.getppid()} <= table.above
    assert os.getpid() not in {it.pid for it in table.tree(root, lambda pid: False)}


class NoDescriptors:
    """pidfd_open(2) of a process that has used up its descriptors, until it has not."""

    def __init__(self) -> None:
        self.there_are = False

    def __call__(self, pid: int) -> int:
        if not self.there_are:
            raise OSError(24, "Too many open files")
        return os.pidfd_open(pid)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["/bin/sleep", "60"])
    yield child
    child.kill()
    child.returncode = 0


@pytest.mark.field("K2")
def test_nothing_has_ended_for_want_of_a_descriptor(child: subprocess.Popen[bytes]) -> None:
    heard: list[object] = []
    loop, system = Loop(Clock()), NoDescriptors()
    deaths = Deaths(loop, lambda name, event: heard.append(event), system)
    process = identity.process_of(child.pid)
    assert process

    assert deaths.follow("it", process)
    deaths.look_at_unopened()
    assert heard == []
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    deaths.look_at_unopened()

    assert [(type(one), one.process) for one in heard if isinstance(one, Exited)] == [
        (Exited, process)
    ]
    loop.close()


@pytest.mark.field("K2")
def test_what_was_followed_without_a_descriptor_gets_one(child: subprocess.Popen[bytes]) -> None:
    loop, system = Loop(Clock()), NoDescriptors()
    deaths = Deaths(loop, lambda name, event: None, system)
    process = identity.process_of(child.pid)
    assert process
    assert deaths.follow("it", process)
    assert not deaths.send(process, 0)

    system.there_are = True
    deaths.look_at_unopened()

    assert deaths.send(process, 0)
    deaths.close()
    loop.close()
