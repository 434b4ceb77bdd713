"""Whether a worker is there: asked without a lock, answered by who holds it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from overseer.errors import Refused
from overseer.mail.presence import READY, Presence, identity, say_ready


@pytest.fixture
def presence(tmp_path: Path) -> Presence:
    return Presence(str(tmp_path / "run" / "worker.pid"))


@contextmanager
def somebody() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits until it is told to end."""
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(presence: Presence) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has the lock, as a worker does."""
    lock = presence.pid_file.with_name(presence.pid_file.name + ".lock")
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    argv = [sys.executable, "-c", HOLD, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(argv, **pipes) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def claim_for(presence: Presence, pid: int) -> None:
    """What stands in the lock of a worker with this pid."""
    lock = presence.pid_file.with_name(presence.pid_file.name + ".lock")
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(" ".join(identity(pid) or []))


def test_before_any_worker_nobody_is_there(presence: Presence) -> None:
    assert presence.pid() is None


def test_a_worker_is_there_while_it_holds_its_presence(presence: Presence) -> None:
    with presence.held():
        assert presence.pid() == os.getpid()
        assert presence.pid_file.read_text() == f"{os.getpid()}\n"

    assert not presence.pid_file.exists()


def test_a_second_worker_is_refused_with_the_pid_of_the_first(presence: Presence) -> None:
    second = Presence(str(presence.pid_file))

    with (
        presence.held(),
        pytest.raises(Refused, match=rf"runs already \(pid {os.getpid()}\)"),
        second.held(),
    ):
        pass


def test_the_lock_outlives_the_worker_so_that_there_is_never_a_second_one(
    presence: Presence,
) -> None:
    lock = presence.pid_file.with_name("worker.pid.lock")
    with presence.held():
        before = lock.stat().st_ino

    with presence.held():
        assert lock.stat().st_ino == before


@pytest.mark.parametrize(
    "left",
    ["", "what?", "12", "1 2 3", f"{os.getpid()} 1 some-other-boot", "é"],
    ids=["empty", "no number", "half", "another start", "another boot", "no ascii"],
)
def test_what_a_killed_worker_has_left_is_nobody(presence: Presence, left: str) -> None:
    claim_for(presence, os.getpid())
    presence.pid_file.with_name("worker.pid.lock").write_text(left)

    assert presence.pid() is None
    with presence.grasp() as worker:
        assert worker is None


def test_the_pid_of_a_stranger_is_not_believed(presence: Presence) -> None:
    with somebody() as stranger:
        known = identity(stranger.pid)
        assert known
        presence.pid_file.parent.mkdir()
        presence.pid_file.write_text(f"{stranger.pid}\n")
        lock = presence.pid_file.with_name("worker.pid.lock")
        lock.write_text(f"{known[0]} {int(known[1]) - 1} {known[2]}")

        assert presence.pid() is None


def test_a_process_in_grasp_is_signalled_and_awaited(presence: Presence) -> None:
    with holder(presence) as process:
        claim_for(presence, process.pid)

        with presence.grasp() as worker:
            assert worker
            assert worker.pid == process.pid
            assert not worker.ends(0)
            worker.signal(signal.SIGTERM)
            assert worker.ends(20)
            worker.signal(signal.SIGTERM)  # nobody is hurt


def test_a_corpse_is_nobody(presence: Presence) -> None:
    with somebody() as process:
        claim_for(presence, process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        assert presence.pid() is None


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    presence = Presence(str(tmp_path / "file" / "worker.pid"))

    with pytest.raises(Refused, match=r"worker\.pid\.lock"), presence.held():
        pass
    with pytest.raises(Refused, match="Not a directory"):
        presence.pid()


def test_whoever_waits_hears_that_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    hear, say = os.pipe()
    monkeypatch.setenv(READY, str(say))

    say_ready()

    with os.fdopen(hear, "rb") as pipe:
        assert pipe.read() == b"ready"
    assert READY not in os.environ


@pytest.mark.parametrize("nobody", ["", "pipe", "999999"])
def test_without_anybody_who_waits_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, nobody: str
) -> None:
    monkeypatch.setenv(READY, nobody)

    say_ready()
