"""The system room on real processes: identity, ends, trees, and the moment of the launch."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from overseer.behaviors.clean_pid_file import CleanPidFile
from overseer.model.action import Follow, Look, Signal, Spawn, Sweep
from overseer.model.event import Event, Exited, Launched, LaunchFailed, Looked, Swept
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.status import Errand, Job
from overseer.model.watch import Watch
from overseer.system import identity
from overseer.system.loop import Clock, Loop
from overseer.system.probe import LinuxProbe
from overseer.system.processes import LinuxProcesses
from overseer.system.runner import Runner

pytestmark = pytest.mark.live
PATIENCE = 10.0


class World:
    """The loop on a thread of its own, and what it tells."""

    def __init__(self, folder: Path) -> None:
        self.heard: Queue[Event] = Queue()
        self.loop = Loop(Clock())
        self.processes = LinuxProcesses(
            self.loop,
            lambda name, event: self.heard.put(event),
            folder,
            Runner().run,
            lambda _: None,
        )
        self.thread = threading.Thread(
            target=self.loop.run, args=(lambda: None, lambda now: None, lambda name, event: None)
        )
        self.thread.start()
        self.number = 0

    def spawn(self, *words: str, **more: object) -> str:
        self.number += 1
        program = Program(command=words, **more)  # type: ignore[arg-type]
        now = Clock().now()
        errand = Errand(
            id=f"test-{os.getpid()}-{self.number}",
            job=Job.LAUNCH,
            boot=identity.boot_id(),
            ticks=int(now * 100),
            began=now,
        )
        watch = Watch(name="it", program=program)
        self.processes.spawn(watch, Spawn(errand, program))
        self.last = (watch, errand)
        return errand.id

    def launch(self, *words: str, **more: object) -> Process:
        self.spawn(*words, **more)
        event = self.next(Launched)
        return event.process

    def next(self, kind: type) -> "Event":  # type: ignore[misc]
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, kind):
                return event

    def end(self) -> None:
        self.loop.stop()
        self.thread.join(PATIENCE)
        self.processes.close()
        self.loop.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


WATCH = Watch(name="it", program=Program(command=("x",)))


@pytest.mark.design("4.8")
@pytest.mark.design("4.20")
def test_the_end_of_a_child_is_told_with_its_code(world: World) -> None:
    process = world.launch("/bin/sh", "-c", "exit 7")

    event = world.next(Exited)

    assert (event.process, event.exit, event.left) == (process, Exit(code=7), False)


@pytest.mark.design("4.8")
def test_the_end_of_somebody_elses_child_is_told_too(world: World) -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    process = identity.process_of(child.pid)
    assert process
    threading.Thread(target=child.wait).start()

    world.processes.follow(WATCH, Follow(process))
    child.kill()

    assert world.next(Exited).process == process


@pytest.mark.design("4.8")
def test_what_has_ended_before_it_is_followed_is_told_at_once(world: World) -> None:
    gone = Process(os.getpid(), 1, identity.boot_id())

    world.processes.follow(WATCH, Follow(gone))

    assert world.next(Exited).process == gone


@pytest.mark.case(87)
@pytest.mark.design("4.6")
def test_another_program_with_the_pid_is_never_signalled(world: World) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        ours = Process(stranger.pid, 1, identity.boot_id())
        world.processes.signal(WATCH, Signal(ours, signal.SIGKILL, tree=True))
        world.processes.sweep(WATCH, Sweep(ours, signal.SIGKILL))
        world.next(Swept)

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.case(105)
def test_no_end_is_missed_among_many_that_nobody_watches(world: World) -> None:
    process = world.launch("/bin/sh", "-c", "sleep 0.3; exit 3")
    noise = subprocess.run(
        ["/bin/sh", "-c", "i=0; while [ $i -lt 1500 ]; do /bin/true; i=$((i+1)); done"], check=True
    )

    assert noise.returncode == 0
    assert world.next(Exited) == Exited(process, Exit(code=3))


@pytest.mark.design("4.6")
def test_what_was_launched_and_not_recorded_is_found_by_its_launch_id(world: World) -> None:
    process = world.launch("/bin/sleep", "61")
    watch, errand = world.last

    world.processes.look(watch, Look(1, watch.program, None, errand))

    assert world.next(Looked) == Looked(1, process, running_errand=True)
    os.kill(process.pid, signal.SIGKILL)
    world.next(Exited)
    world.processes.look(watch, Look(2, watch.program, None, errand))
    assert world.next(Looked) == Looked(2)


def looked_for(world: World, pid_file: Path) -> Looked:
    program = Program(start=("x",), pid_file=str(pid_file))
    watch = Watch(name="it", program=program)
    world.processes.look(watch, Look(1, program))
    return world.next(Looked)


@pytest.mark.design("4.16")
@pytest.mark.case(84)
@pytest.mark.case(82)
@pytest.mark.parametrize(
    "text", ["", "words\n", "0\n", "9999999\n", "1\n", "-5\n", "12 34\n", "\x00\xff"]
)
def test_a_pid_file_that_names_nothing_of_ours_is_not_believed(
    world: World, tmp_path: Path, text: str
) -> None:
    pid_file = tmp_path / "it.pid"
    pid_file.write_text(text)

    assert looked_for(world, pid_file).process is None


@pytest.mark.design("4.16")
def test_a_pid_file_is_believed_and_one_older_than_its_process_is_a_doubt(
    world: World, tmp_path: Path
) -> None:
    child = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    pid_file = tmp_path / "it.pid"
    pid_file.write_text(f"{child.pid}\n")
    try:
        believed = looked_for(world, pid_file)
        os.utime(pid_file, (time.time() - 60, time.time() - 60))
        doubted = looked_for(world, pid_file)
    finally:
        child.kill()
        child.wait()

    assert believed.process == Process(child.pid, believed.process.ticks, identity.boot_id())
    assert doubted.process is None
    assert "began after" in doubted.doubt


@pytest.mark.case(88)
def test_a_zombie_is_dead(world: World, tmp_path: Path) -> None:
    child = subprocess.Popen(["/bin/true"])
    stat = Path(f"/proc/{child.pid}/stat")
    deadline = time.monotonic() + PATIENCE
    while " Z " not in stat.read_text() and time.monotonic() < deadline:
        os.sched_yield()
    pid_file = tmp_path / "it.pid"
    pid_file.write_text(f"{child.pid}\n")

    answer = looked_for(world, pid_file)
    child.wait()

    assert answer.process is None


@pytest.mark.case(95)
def test_a_hundred_launched_together_are_a_hundred_processes(world: World) -> None:
    for _ in range(100):
        world.spawn("/bin/sleep", "62")
    launched = [world.next(Launched).process for _ in range(100)]
    for process in launched:
        os.kill(process.pid, signal.SIGKILL)
    ended = {world.next(Exited).process for _ in range(100)}

    assert len(set(launched)) == 100
    assert ended == set(launched)


@pytest.mark.case(90)
def test_a_failed_launch_says_why_and_whether_there_is_hope(world: World, tmp_path: Path) -> None:
    world.spawn("/no/such/program")
    missing = world.next(LaunchFailed)
    world.spawn("/bin/true", log=str(tmp_path / "it.log" / "no" / "folder"), env_file="/no/env")
    bad = world.next(LaunchFailed)

    assert (missing.why, missing.hopeless) == ("no such file: /no/such/program", True)
    assert "/no/env (env_file)" in bad.why


@pytest.mark.design("4.18")
@pytest.mark.case(107)
def test_orphans_are_reaped_when_they_come_to_us(world: World, tmp_path: Path) -> None:
    from overseer.system.daemon import become_subreaper
    from overseer.system.deaths import children, is_zombie

    become_subreaper()
    pid_file = tmp_path / "orphan"
    script = f"setsid sh -c 'echo $$ > {pid_file}; sleep 0.1' & sleep 0.05"
    subprocess.run(["/bin/sh", "-c", script], check=True)
    orphan = wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    wait_for(lambda: int(orphan) in children() and is_zombie(int(orphan)))

    world.processes.deaths.reap_orphans()
    world.processes.deaths.reap_orphans()

    assert int(orphan) not in children()


def wait_for(so: Callable[[], object]) -> str:
    deadline = time.monotonic() + PATIENCE
    while not (found := so()):
        assert time.monotonic() < deadline
        os.sched_yield()
    return str(found)


def test_clean_pid_file_never_takes_one_of_the_living(tmp_path: Path) -> None:
    living, dead = tmp_path / "living.pid", tmp_path / "dead.pid"
    living.write_text(f"{os.getpid()}\n")
    dead.write_text("9999999\n")

    for path in (living, dead, tmp_path / "none.pid"):
        CleanPidFile().before_start("it", Program(start=("x",), pid_file=str(path)))

    assert (living.exists(), dead.exists()) == (True, False)


@pytest.mark.case(100)
def test_a_process_followed_twice_is_heard_of_once(world: World) -> None:
    process = world.launch("sleep", "100")
    watch, _ = world.last

    world.processes.follow(watch, Follow(process))
    world.processes.follow(watch, Follow(process))
    os.kill(process.pid, signal.SIGKILL)

    assert world.next(Exited) == Exited(process, Exit(signal=9))
    other = world.launch("true")
    assert world.next(Exited).process == other


@pytest.mark.case(102)
def test_ends_are_heard_of_without_any_event_system_to_be_loaded(world: World) -> None:
    """god needed root and netlink; a pidfd is anybody's."""
    process = world.launch("true")

    assert world.next(Exited) == Exited(process, Exit(code=0))


@pytest.mark.case(97)
def test_a_process_can_be_measured_and_one_that_is_not_there_cannot() -> None:
    probe = LinuxProbe()
    me = identity.process_of(os.getpid())
    assert me is not None

    usage = probe.read(me)

    assert usage is not None
    assert usage.rss > 0
    assert probe.read(Process(9_999_999, 1, identity.boot_id())) is None
    assert identity.process_of(9_999_999) is None


@pytest.mark.case(83)
def test_a_program_in_the_foreground_needs_no_pid_file(world: World, tmp_path: Path) -> None:
    process = world.launch("sleep", "100")
    watch, errand = world.last

    world.processes.look(watch, Look(1, watch.program, process, errand))

    assert world.next(Looked).process == process
    assert not list(tmp_path.glob("*.pid"))
    os.kill(process.pid, signal.SIGKILL)
