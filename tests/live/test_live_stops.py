"""Stopping real processes: each step in its time, and nothing said that was not tried."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

PATIENCE = 30.0
OVERSEER = [sys.executable, "-m", "overseer"]
STRANGER = 54321
"""A user id that nobody else uses: limits on its processes are this test's alone."""


class Daemon:
    """`overseer run` on a folder of its own."""

    def __init__(self, folder: Path, text: str, *wrapped: str) -> None:
        self.folder = folder
        self.state = ["--state-dir", str(folder / "state")]
        self.who = wrapped if wrapped[:1] == ("setpriv",) else ()  # a daemon is asked as its user
        (folder / "w.yml").write_text(text)
        argv = [*wrapped, *OVERSEER, "run", "--no-strict", *self.state, str(folder / "w.yml")]
        with (folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("the socket", lambda: self.ask("status").returncode != 5)

    def ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        argv = [*self.who, *OVERSEER, words[0], *self.state, *words[1:]]
        return subprocess.run(argv, capture_output=True, text=True, timeout=90, check=False)

    def watch(self, name: str) -> dict[str, Any]:
        found = json.loads(self.ask("status", "--json").stdout)["watches"]
        return next(one for one in found if one["name"] == name)

    def becomes(self, name: str, phase: str) -> dict[str, Any]:
        until(f"{name} {phase}", lambda: self.watch(name)["phase"] == phase)
        return self.watch(name)

    def history(self, name: str, *kinds: str) -> list[str]:
        lines = self.ask("history", name, "--json", "-n", "500").stdout.splitlines()
        entries = [json.loads(line) for line in lines]
        return [one["message"] for one in entries if one["kind"] in kinds]

    def takes(self, *words: str) -> tuple[float, int]:
        began = time.monotonic()
        code = self.ask(*words).returncode
        return time.monotonic() - began, code

    def end(self) -> None:
        if self.process.poll() is None:
            self.ask("terminate")
            self.process.wait(PATIENCE)


def until(what: str, so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)


Begin = Callable[..., Daemon]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    daemons: list[Daemon] = []

    def start(text: str, *wrapped: str) -> Daemon:
        daemons.append(Daemon(tmp_path, text.replace("ME", f"'{os.geteuid()}'"), *wrapped))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.end()


@pytest.mark.field("A14")
def test_a_hook_that_hangs_before_a_start_is_named_and_ends_with_a_stop(begin: Begin) -> None:
    daemon = begin(
        """
watches:
  one: {command: /bin/sleep 4501, user: ME, hooks: {before_start: sleep 4502}}
  two: {command: /bin/sleep 4501, user: ME, hooks: {before_start: sleep 4503}}
"""
    )
    until("the hook", lambda: "its before_start hook is running" in daemon.ask("why", "one").stdout)

    stopped, code = daemon.takes("stop", "one")
    ended, worked = daemon.takes("terminate")

    assert (code, worked) == (0, 0)
    assert stopped < 5
    assert ended < 8
    assert not [pid for pid in pids_of("sleep 4502") + pids_of("sleep 4503") if pid]


@pytest.mark.field("A11")
def test_a_stop_goes_through_its_steps_and_each_is_in_the_history(begin: Begin) -> None:
    daemon = begin(
        """
watches:
  deaf:
    command: "/bin/sh -c 'trap : TERM; while :; do sleep 0.2; done'"
    user: ME
    stop: sleep 4504
    stop_timeout: 1s
"""
    )
    pid = daemon.becomes("deaf", "up")["pid"]

    assert daemon.ask("stop", "deaf").returncode == 0

    said = daemon.history("deaf", "stopping", "warning")
    assert said[0].startswith("stop command begun, pid ")
    assert said[1:] == [
        "stop command: not over in 1.0s, cut short; SIGTERM follows",
        f"SIGTERM sent to pid {pid}",
        f"SIGKILL sent to pid {pid}",
    ]


@pytest.mark.field("J3")
def test_a_child_that_ignores_term_holds_up_no_restart(begin: Begin) -> None:
    daemon = begin(
        """
watches:
  parent:
    command: "/bin/sh -c '(trap \\"\\" TERM; sleep 4505; sleep 4506) & wait'"
    user: ME
"""
    )
    first = daemon.becomes("parent", "up")["pid"]
    until("the child", lambda: bool(pids_of("sleep 4505")))

    os.kill(first, signal.SIGKILL)
    until("another", lambda: daemon.watch("parent")["pid"] not in (None, first))

    assert daemon.history("parent", "stop_failed") == []
    second = daemon.watch("parent")["pid"]
    daemon.process.kill()
    daemon.process.wait()  # an orderly end would wait for what ignores TERM
    os.killpg(os.getpgid(second), signal.SIGKILL)


@pytest.mark.field("K5")
def test_pipes_for_pid_files_hold_up_no_other_watch(begin: Begin, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    stuck = [
        f"  s{number}: {{start: /bin/true, pid_file: {tmp_path}/pipe{number}, user: ME}}"
        for number in range(40)
    ]
    for number in range(40):
        os.mkfifo(f"{pipe}{number}")
    fine = f"  fine: {{start: /bin/true, pid_file: {tmp_path}/fine.pid, user: ME}}"
    program = subprocess.Popen(["/bin/sleep", "4507"])
    (tmp_path / "fine.pid").write_text(f"{program.pid}\n")
    try:
        daemon = begin("\n".join(["watches:", *stuck, fine]) + "\n")

        daemon.becomes("fine", "up")
        assert "it is no regular file" in daemon.ask("why", "s1").stdout
    finally:
        program.kill()
        program.wait()


@pytest.mark.field("K2")
@pytest.mark.skipif(os.geteuid() != 0, reason="another user's limits are set")
def test_seconds_without_new_threads_and_processes_break_nothing(
    begin: Begin, tmp_path: Path
) -> None:
    os.chown(tmp_path, STRANGER, STRANGER)
    who = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    daemon = begin("watches:\n  web: {command: /bin/sleep 4508}\n", *who)
    first = daemon.becomes("web", "up")["pid"]
    most = ["prlimit", "--pid", str(daemon.process.pid)]
    subprocess.run([*who, *most, "--nproc=0:"], check=True)

    os.kill(first, signal.SIGKILL)
    time.sleep(4)
    subprocess.run([*who, *most, "--nproc=20000:"], check=True)

    until("another", lambda: daemon.watch("web")["pid"] not in (None, first))
    daemon.becomes("web", "up")
    assert daemon.ask("stop", "web").returncode == 0
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(PATIENCE) == 0


@pytest.mark.field("K12")
def test_launches_leave_descriptors_for_stops_and_for_answers(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(
        "watches:\n  web: {command: /bin/sleep 4509, user: ME, instances: 10}\n",
        "prlimit",
        "--nofile=32:32",
    )
    until(
        "the last descriptors that launches may take",
        lambda: "too many open files" in daemon.ask("status").stdout,
    )

    stopped = daemon.ask("stop", "web")

    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert not pids_of("sleep 4509")
    log = (tmp_path / "daemon.log").read_text()
    assert log.count("processes cannot be looked at") <= 1


def pids_of(words: str) -> list[int]:
    """Of living processes whose command line ends so."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue
            if line.endswith(words) and line.startswith(("sleep", "/bin/sleep")):
                found.append(int(folder.name))
    return found
