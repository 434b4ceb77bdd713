"""What is heard of processes, and of whom it is believed: on real sockets."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

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
from overseer.system.notices import PAUSE, Notices, taken_in, whole
from overseer.system.notify_sockets import NotifySockets

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
    watch: Watch = WATCH
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
            NotifySockets(f"{self.place}/notify", self.place),
            lambda name: self.current,
            lambda name: self.nudged.release(),
        )
        self.notices.arrange([self.watch])
        turns = (lambda: None, self.notices.turn, lambda name, event: None)
        self.thread = threading.Thread(target=self.loop.run, args=turns)
        self.thread.start()

    def launch(self, uid: int | None = None) -> dict[str, str]:
        return dict(self.notices.prepare(self.watch, os.getuid() if uid is None else uid))

    def say(self, text: str, env: dict[str, str]) -> None:
        """As a process that begins now does, and lives on."""
        words = [sys.executable, "-c", f"{SAY}\ninput()", text]
        with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, text=True) as process:
            assert self.nudged.acquire(timeout=PATIENCE)
            process.communicate("\n")

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

    assert os.stat(env["NOTIFY_SOCKET"]).st_mode & 0o777 == 0o600
    assert env["WATCHDOG_USEC"] == "30000000"
    assert not ear.said.ready


@pytest.mark.field("S4")
@pytest.mark.parametrize("number", ["9" * 4000, "9" * 18, "-1", "", "\u0663"])
def test_numbers_that_are_no_times_are_passed_over(ear: Ear, number: str) -> None:
    env = ear.launch()
    ear.say(f"READY=1\nEXTEND_TIMEOUT_USEC={number}\nMAINPID={number}", env)
    assert ear.said.ready


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

    ear.say("STATUS=of the next", env)
    assert (ear.said.ready, ear.said.status) == (False, "of the next")


@contextmanager
def sent_as(uid: int, address: str, text: str, times: int = 1) -> Iterator[int]:
    """How often a process of that user, which lives on meanwhile, has got rid of *text*."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        sent = 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
            line.settimeout(PATIENCE)
            while sent < times:
                line.sendto(text.encode(), address.replace("@", "\0"))
                sent += 1
        os.write(write, str(sent).encode())
        os.close(write)
        signal.pause()
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield int(number.read())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
IN_A_JAIL = replace(WATCH, program=Program(command=("serve",), user="60001", chroot="/srv/jail"))
OF_A_USER = replace(WATCH, program=Program(command=("serve",), user="60001"))


@pytest.fixture
def reachable() -> Iterator[str]:
    """A place everybody can reach, unlike pytest's."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield folder


@pytest.fixture
def shared(reachable: str) -> Iterator[Ear]:
    ear = Ear(reachable, OF_A_USER)
    yield ear
    ear.close()


@pytest.mark.field("S12")
@needs_root
def test_only_the_watchs_user_and_root_can_send_anything(shared: Ear) -> None:
    address = shared.launch(60001)["NOTIFY_SOCKET"]

    with sent_as(60002, address, "READY=1") as number:
        assert number == 0
    with sent_as(60001, address, "STATUS=mine") as number:
        assert number == 1
        assert shared.nudged.acquire(timeout=PATIENCE)
    assert (shared.said.ready, shared.said.status) == (False, "mine")


@pytest.mark.field("S12")
@needs_root
def test_the_next_process_may_be_another_users(shared: Ear) -> None:
    address = shared.launch(60001)["NOTIFY_SOCKET"]

    assert shared.launch(60002)["NOTIFY_SOCKET"] == address

    with sent_as(60001, address, "READY=1") as number:
        assert number == 0
    with sent_as(60002, address, "READY=1") as number:
        assert number == 1


@pytest.mark.field("S12")
def test_what_a_daemon_leaves_when_it_ends_is_heard_by_the_next(reachable: str) -> None:
    first = Ear(reachable)
    env = first.launch()
    first.close()
    assert not list(Path(reachable).glob("notify/*"))
    second = Ear(reachable)
    second.current = identity.process_of(os.getpid())

    second.say("STATUS=still here", env)

    assert second.said.status == "still here"
    second.close()


@pytest.mark.field("S12")
@needs_root
def test_strangers_to_a_program_in_a_jail_are_counted_and_cost_next_to_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear(str(tmp_path), IN_A_JAIL)
    address = ear.launch(60001)["NOTIFY_SOCKET"]
    assert address.startswith("@")

    with sent_as(60002, address, "READY=1", times=200) as number:
        assert number == 200
    with sent_as(60001, address, "STATUS=mine"):
        assert ear.nudged.acquire(timeout=PATIENCE)

    assert (ear.said.ready, ear.said.status) == (False, "mine")
    assert [one.getMessage() for one in caplog.records if "not heard" in one.getMessage()] == [
        next(one.getMessage() for one in caplog.records if "(uid 60002)" in one.getMessage())
    ]
    ear.close()


@pytest.mark.field("S12")
def test_who_sends_without_end_waits(ear: Ear) -> None:
    address = ear.launch()["NOTIFY_SOCKET"]
    begun = Clock().now()

    with sent_as(os.getuid(), address, "WATCHDOG=1", times=200) as number:
        assert number == 200
    took = Clock().now() - begun

    assert took > PAUSE  # it had to wait
    assert ear.said.alive is not None


@pytest.mark.parametrize("name", ["a/b", "..", "ü" * 60, "x" * 250])
def test_any_name_of_a_watch_has_an_address(ear: Ear, name: str) -> None:
    ear.notices.arrange([replace(WATCH, name=name)])

    address = ear.notices.prepare(replace(WATCH, name=name), os.getuid())["NOTIFY_SOCKET"]

    with sent_as(os.getuid(), address, "READY=1") as number:
        assert number == 1


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
    ear.notices._born.clear()
    ear.current = identity.process_of(os.getpid())
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


@pytest.mark.field("S12")
@pytest.mark.parametrize("text", ["9" * 4000, "1" * 19, "-1", "1e3", "²", "", " 1"])
def test_a_number_that_nobody_can_mean_is_none(text: str) -> None:
    assert whole(text) is None
    assert whole("5000000") == 5_000_000
