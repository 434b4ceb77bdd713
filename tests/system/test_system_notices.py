"""What is heard of processes, and of whom it is believed: on real sockets."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from overseer.conditions.sd_notify import SdNotify
from overseer.conditions.watchdog import Watchdog
from overseer.model.event import Event, Extended, Succeeded
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.said import SILENT, Doing, Said
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.system import identity
from overseer.system.deaths import Deaths
from overseer.system.loop import Clock, Loop
from overseer.system.notices import Notices, taken_in

PATIENCE = 10.0
WATCH = Watch(
    name="web",
    program=Program(command=("serve",)),
    ready=(SdNotify(),),
    transitions=(Transition(("up",), Watchdog(within=30.0), "restart"),),
)


@dataclass
class Ear:
    """The notices of one watch, and what comes of them."""

    place: str
    heard: list[Event] = field(default_factory=list)
    current: Process | None = None

    def __post_init__(self) -> None:
        self.loop = Loop(Clock())
        self.nudged = threading.Semaphore(0)
        self.deaths = Deaths(self.loop, lambda name, event: self.heard.append(event))
        self.notices = Notices(
            self.loop,
            Clock(),
            lambda name, event: self.heard.append(event),
            self.deaths,
            self.place,
            lambda name: self.current,
            lambda name: self.nudged.release(),
        )
        self.notices.arrange([WATCH])
        turns = (lambda: None, lambda now: None, lambda name, event: None)
        self.thread = threading.Thread(target=self.loop.run, args=turns)
        self.thread.start()

    def launch(self, uid: int | None = None) -> dict[str, str]:
        return dict(self.notices.prepare(WATCH, os.getuid() if uid is None else uid))

    def say(self, text: str, env: dict[str, str]) -> None:
        """As a process that begins now does."""
        subprocess.run([sys.executable, "-c", SAY, text], env=env, check=True)
        assert self.nudged.acquire(timeout=PATIENCE)

    @property
    def said(self) -> Said:
        return self.notices.said("web")

    def close(self) -> None:
        self.notices.close()
        self.deaths.close()
        self.loop.stop()
        self.thread.join()
        self.loop.close()


SAY = """
import os, socket, sys
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.sendto(sys.argv[1].encode(), os.environ["NOTIFY_SOCKET"].replace("@", "\\0"))
"""


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    ear = Ear(str(tmp_path))
    yield ear
    ear.close()


def test_the_process_is_told_where_and_how_often(ear: Ear) -> None:
    env = ear.launch()

    assert env["NOTIFY_SOCKET"].startswith("@")
    assert env["WATCHDOG_USEC"] == "30000000"
    assert not ear.said.ready


def test_what_it_says_is_known(ear: Ear) -> None:
    env = ear.launch()

    ear.say("STATUS=40 %\n", env)
    assert (ear.said.ready, ear.said.status) == (False, "40 %")
    ear.say("READY=1\nSTATUS=serving\nWATCHDOG=1", env)
    assert (ear.said.ready, ear.said.status) == (True, "serving")
    assert ear.said.alive is not None


def test_a_launch_forgets_what_the_process_before_has_said(ear: Ear) -> None:
    ear.say("READY=1", ear.launch())

    ear.launch()

    assert not ear.said.ready


def test_whoever_is_left_of_the_process_before_is_not_heard(ear: Ear) -> None:
    env = ear.launch()
    words = [sys.executable, "-c", f"input()\n{SAY}", "READY=1"]
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as old:
        seen = identity.stat(old.pid)
        assert seen is not None
        while Clock().now() * 100 <= seen.ticks + 3:
            pass
        ear.launch()
        old.communicate(b"\n")

    assert ear.nudged.acquire(timeout=PATIENCE)
    assert not ear.said.ready


@pytest.mark.skipif(os.geteuid() != 0, reason="root is anybody, others are themselves")
def test_another_user_is_not_heard(ear: Ear) -> None:
    env = ear.launch()
    words = ["setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/env", "python3", "-c"]
    if subprocess.run([*words, "0"], capture_output=True, check=False).returncode:
        pytest.skip("nobody finds no Python here")

    subprocess.run([*words, SAY, "READY=1"], env=env | {"PATH": "/usr/bin:/bin"}, check=True)

    assert ear.nudged.acquire(timeout=PATIENCE)
    assert not ear.said.ready


def test_what_runs_since_before_a_load_counts_as_ready(ear: Ear) -> None:
    """It was never given the socket."""
    ear.notices.arrange([])
    ear.notices.arrange([WATCH])

    assert ear.said.ready


def test_a_daemon_that_begins_does_not_know_what_was_said_before(ear: Ear) -> None:
    assert not ear.said.ready


def test_it_is_heard_without_a_launch_of_ours_if_it_is_the_watchs_users(ear: Ear) -> None:
    env = ear.launch()
    ear.notices._born.clear()
    ear.current = identity.process_of(os.getpid())

    ear.say("STATUS=still here", env)

    assert ear.said.status == "still here"


def test_another_main_process_is_followed(ear: Ear) -> None:
    env = ear.launch()
    ear.current = identity.process_of(os.getpid())
    with subprocess.Popen(["/bin/sleep", "4320"]) as successor:
        ear.say(f"MAINPID={successor.pid}", env)
        [event] = ear.heard
        successor.kill()

    assert isinstance(event, Succeeded)
    assert event.successor.pid == successor.pid


@pytest.mark.parametrize("pid", ["1", "0", "-5", "x", "99999999999999999999"])
def test_a_main_process_that_cannot_be_is_none(ear: Ear, pid: str) -> None:
    ear.current = identity.process_of(os.getpid())
    ear.say(f"MAINPID={pid}", ear.launch())
    assert ear.heard == []


def test_more_time_is_asked_for(ear: Ear) -> None:
    before = Clock().now()
    ear.say("EXTEND_TIMEOUT_USEC=5000000", ear.launch())
    [event] = ear.heard
    assert isinstance(event, Extended)
    assert before + 5 <= event.until <= Clock().now() + 5


def test_strange_bytes_end_nothing(ear: Ear) -> None:
    env = ear.launch()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        for data in (b"", b"\xff\x00\n=\n==", b"READY", b"x" * 100_000):
            line.sendto(data, env["NOTIFY_SOCKET"].replace("@", "\0"))
            assert ear.nudged.acquire(timeout=PATIENCE)

    ear.say("READY=1\nSTATUS=a\tb\x1b[31m", env)

    assert (ear.said.ready, ear.said.status) == (True, "a b [31m")


def test_nobody_listens_for_a_watch_that_asks_for_nothing(ear: Ear) -> None:
    ear.notices.arrange([])
    assert ear.launch() == {}
    assert ear.said is SILENT


def test_a_sick_process_is_well_again_when_it_says_so() -> None:
    sick = taken_in(SILENT, {"WATCHDOG": "trigger"}, 1.0)
    well = taken_in(sick, {"WATCHDOG": "1"}, 2.0)
    assert (sick.sick, well.sick, well.alive) == (True, False, 2.0)


def test_what_it_is_busy_with_is_over_when_it_is_ready_again() -> None:
    said = taken_in(SILENT, {"RELOADING": "1", "MONOTONIC_USEC": "1"}, 1.0)
    assert (said.doing, said.status) == (Doing.RELOADING, "")
    assert taken_in(said, {"READY": "1"}, 2.0).doing is Doing.NOTHING
    assert taken_in(said, {"STOPPING": "1"}, 2.0).doing is Doing.STOPPING
