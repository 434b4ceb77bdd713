"""The state database is gone between two daemons, or the disk is full while one runs."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_supervision import Begin, Daemon, begin, command, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

TWO = """
watches:
  one: {command: /bin/sleep 4100, user: ME}
  two: {command: /bin/sleep 4101, user: ME}
"""


def lose(daemon: Daemon, how: str) -> None:
    for path in (daemon.folder / "state").glob("state.db*"):
        path.unlink()
    if how == "damaged":
        (daemon.folder / "state" / "state.db").write_bytes(b"no database" * 1000)


def copies(daemon: Daemon, line: str, owner: str = "") -> list[int]:
    """Of this test's daemon, or of that *owner*."""
    mine = f"OVERSEER_DAEMON={owner or daemon.folder / 'state'}".encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        if command(int(name)).strip() == line:
            try:
                env = Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if mine in env:
                found.append(int(name))
    return found


@pytest.mark.field("K3")
@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_what_runs_is_taken_over_without_its_record(begin: Begin, how: str) -> None:
    daemon = begin(TWO)
    before = {name: daemon.phases(name, "up")["pid"] for name in ("one", "two")}
    daemon.kill()
    lose(daemon, how)
    daemon.run()

    assert {name: daemon.phases(name, "up")["pid"] for name in before} == before
    assert copies(daemon, "/bin/sleep 4100") == [before["one"]]
    assert copies(daemon, "/bin/sleep 4101") == [before["two"]]
    assert f"found running, pid {before['one']}" in daemon.history("one", "adopted")[0]
    assert daemon.history("one", "moved") == ["init -> up (found running, without a record)"]


LOST = {"deleted": "was gone when", "damaged": "was damaged when"}


@pytest.mark.field("K3")
@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_that_records_are_lost_is_said_as_long_as_that_daemon_lives(begin: Begin, how: str) -> None:
    daemon = begin(TWO.replace("4100", "4110").replace("4101", "4111"))
    daemon.phases("one", "up")
    daemon.overseer("stop", "two")
    daemon.overseer("stop", "one")
    log = daemon.folder / "daemon.log"
    assert "when this daemon began" not in log.read_text()
    assert "when this daemon began" not in daemon.overseer("status").stdout
    daemon.kill()
    daemon.run()  # with all that was known
    assert "when this daemon began" not in log.read_text()
    daemon.kill()
    lose(daemon, how)
    daemon.run()

    daemon.phases("two", "up")  # the stop is forgotten
    for _ in range(2):
        shown = daemon.overseer("status").stdout
        assert LOST[how] in shown.splitlines()[-1]
        assert "stop" in shown.splitlines()[-1]
        assert LOST[how] in daemon.overseer("doctor").stdout
        daemon.overseer("load")
    assert LOST[how] in log.read_text()
    if how == "damaged":
        (kept,) = (daemon.folder / "state").glob("state.db.corrupt-*")
        assert str(kept) in shown
    daemon.kill()
    daemon.run()
    assert LOST[how] not in daemon.overseer("status").stdout


def begun_by_hand(daemon: Daemon, pid: int, **other: str) -> "subprocess.Popen[bytes]":
    """One more with the environment of a launch; its parent goes, as a daemon's would."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    env = dict(pair.split("=", 1) for pair in pairs if pair) | other
    return subprocess.Popen(
        ["/bin/sh", "-c", "setsid /bin/sleep 4100 & exit"], env=env, start_new_session=True
    )


@pytest.mark.field("K3")
@pytest.mark.parametrize("whose", ["ours", "another's"])
def test_of_several_none_is_chosen_and_anothers_is_left_alone(begin: Begin, whose: str) -> None:
    daemon = begin(TWO)
    first = daemon.phases("one", "up")["pid"]
    another = str(daemon.folder / "another") if whose == "another's" else ""
    daemon.kill()
    begun_by_hand(daemon, first, **({"OVERSEER_DAEMON": another} if another else {})).wait()
    until("it", lambda: len(everybody(daemon, another)) == 2)
    lose(daemon, "deleted")
    daemon.run()
    try:
        phase = daemon.phases("one", "up", "unknown")["phase"]
        assert phase == ("up" if another else "unknown")
        assert len(everybody(daemon, another)) == 2
        assert first in copies(daemon, "/bin/sleep 4100")
    finally:
        daemon.kill()  # or it would launch what is missing
        for pid in everybody(daemon, another):
            os.kill(pid, signal.SIGKILL)


def everybody(daemon: Daemon, another: str) -> set[int]:
    line = "/bin/sleep 4100"
    return {*copies(daemon, line), *(copies(daemon, line, another) if another else ())}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Under the state folder, a megabyte of it."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    argv = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(argv, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """To the last byte; what to remove to have room again."""
    path = folder / "filled"
    with path.open("wb", buffering=0) as file:
        for size in (4096, 64, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path


SAID = "not on disk, and lost if overseer ends before it can be written"


@pytest.mark.field("K3")
def test_a_full_disk_is_said_by_each_command_and_made_up_for(
    small_disk: Path, begin: Begin
) -> None:
    daemon = begin(TWO.replace("4100", "4104").replace("4101", "4105"))
    daemon.phases("one", "up")
    daemon.phases("two", "up")
    filled = fill(small_disk)
    stopped = daemon.overseer("stop", "one")
    silenced = daemon.overseer("silence", "one", "--for", "1h")
    for_programs = json.loads(daemon.overseer("stop", "two", "--json").stdout)
    asked = daemon.overseer("start", "two", "--no-wait")

    assert (stopped.returncode, asked.returncode) == (0, 0)
    for answer in (stopped, silenced, asked):
        assert SAID in answer.stdout + answer.stderr
    assert "disk is full" in for_programs["not_on_disk"]
    assert "cannot be written" in daemon.overseer("status").stdout

    filled.unlink()
    until("room", lambda: "cannot be written" not in daemon.overseer("status").stdout)
    daemon.kill()
    daemon.run()
    assert daemon.phases("one", "stopped")["pid"] is None
    daemon.phases("two", "up")


@pytest.mark.field("K3")
@pytest.mark.parametrize("before", ["up", "stopped"])
def test_what_was_launched_while_the_disk_was_full_is_taken_over(
    small_disk: Path, begin: Begin, before: str
) -> None:
    daemon = begin(TWO.replace("4100", "4106").replace("4101", "4107"))
    first = daemon.phases("one", "up")["pid"]
    two = daemon.phases("two", "up")["pid"]
    if before == "stopped":
        daemon.overseer("stop", "one")
    fill(small_disk)
    asked = daemon.overseer("restart" if before == "up" else "start", "one")
    second = daemon.phases("one", "up")["pid"]
    assert SAID in asked.stdout + asked.stderr
    assert second != first
    for _ in range(2):  # nothing can be written by the next one either
        daemon.kill()
        daemon.run()

        assert daemon.phases("one", "up")["pid"] == second
        assert daemon.phases("two", "up")["pid"] == two
        assert copies(daemon, "/bin/sleep 4106") == [second]
        assert daemon.history("one", "adopted")[-1:] == [f"found running, pid {second}"]
        assert daemon.watch("one")["restarts"] == 0


RUNS = """
watches:
  nightly: {command: /bin/sleep 4108, user: ME, schedule: {every: 1d}}
  cleaner:
    user: ME
    states: {calm: null, clean: {command: /bin/sleep 4109, timeout: 1d}, done: null}
    initial_state: clean
    transitions:
      - {from: clean, when: {command: {succeeds: "/bin/test -e HERE/go"}}, to: done}
"""


@pytest.mark.field("K3")
@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_a_run_and_a_tasks_command_go_on_without_their_records(begin: Begin, how: str) -> None:
    daemon = begin(RUNS)
    daemon.overseer("trigger", "nightly", "--no-wait")
    daemon.phases("nightly", "running")
    until("its command", lambda: len(copies(daemon, "/bin/sleep 4109")) == 1)
    before = [*copies(daemon, "/bin/sleep 4108"), *copies(daemon, "/bin/sleep 4109")]
    daemon.kill()
    lose(daemon, how)
    daemon.run()

    run = daemon.phases("nightly", "running")["pid"]
    assert [*copies(daemon, "/bin/sleep 4108"), *copies(daemon, "/bin/sleep 4109")] == before
    assert daemon.watch("cleaner")["state"] == "clean"
    assert "2 left over" not in daemon.overseer("status").stdout
    os.kill(before[0], signal.SIGKILL)
    daemon.phases("nightly", "failed")
    assert run in (None, before[0])
    assert "exit code unknown" in daemon.history("nightly", "run_failed")[-1]
