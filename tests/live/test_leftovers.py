"""Programs that go to the background in every way there is: never two, none left by a stop."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from test_supervision import Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

GO = """
import ctypes, os, sys, time
how, stay = sys.argv[1], [sys.executable, "-c", "import time; time.sleep(4000)", sys.argv[2]]
def child(work):
    if os.fork() == 0:
        work()
        os._exit(0)
def become(env=os.environ):
    os.execve(stay[0], stay, dict(env))
def apart():
    os.setsid()
    become()
def twice():
    os.setsid()
    child(become)
def bare():
    os.setsid()
    child(lambda: become({}))
def libc():
    ctypes.CDLL(None).daemon(0, 0)
    become()
{"double_fork": lambda: child(lambda: child(become)), "setsid": lambda: child(apart),
 "both": lambda: child(twice), "bare": lambda: child(bare), "daemon3": libc}[how]()
time.sleep(0.1)
"""
WAYS = ("double_fork", "setsid", "both", "daemon3", "bare", "shell")


@pytest.fixture
def go(tmp_path: Path) -> Callable[..., str]:
    """A command line that puts a program into the background in that way; *tag* is its own."""
    script = tmp_path / "go.py"
    script.write_text(GO)

    def line(way: str, tag: str = "") -> str:
        folder = tmp_path / tag
        if way == "shell":
            stay = f'{sys.executable} -c "import time; time.sleep(4000)" {folder}'
            return f"/bin/sh -c '{stay} & sleep 0.1'"
        return f"{sys.executable} {script} {way} {folder}"

    return line


def copies(folder: Path) -> list[int]:
    """Pids of the programs in the background that stem from this test, or have that tag."""
    found = []
    for name in os.listdir("/proc"):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes() if name.isdigit() else b""
        except OSError:
            continue
        _, begins, tag = line.partition(b"\0import time; time.sleep(4000)\0")
        if begins and Path(tag.rstrip(b"\0").decode()).is_relative_to(folder):
            found.append(int(name))
    return found


class Watched:
    """The most copies there were at a time, while something went on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.most = folder, 0

    def until(self, what: str, so: Callable[[], bool]) -> None:
        def looked() -> bool:
            self.most = max(self.most, len(copies(self.folder)))
            return so()

        until(what, looked)


@pytest.fixture(autouse=True)
def no_copy_outlives_its_test(tmp_path: Path):  # type: ignore[no-untyped-def]
    yield
    for pid in copies(tmp_path):
        os.kill(pid, signal.SIGKILL)


def tries(daemon: Daemon, name: str, kind: str = "start_failed") -> int:
    return len(daemon.history(name, kind))


@pytest.mark.field("A2")
@pytest.mark.parametrize("way", WAYS)
def test_a_command_that_goes_to_the_background_has_no_copies_and_is_named(
    begin: Begin, go: Callable[[str], str], tmp_path: Path, way: str
) -> None:
    daemon = begin(f"""
watches:
  prog: {{command: {json.dumps(go(way))}, user: ME, restart_delay: 300ms, flapping: off}}
  other: {{command: {json.dumps(go(way))}, user: ME, restart_delay: 300ms, autostart: false}}
""")
    seen = Watched(tmp_path)
    seen.until("three tries", lambda: tries(daemon, "prog") >= 3)

    assert seen.most <= 1
    assert "it went to the background as pid" in daemon.history("prog", "start_failed")[-1]
    assert "write its foreground option" in daemon.overseer("why", "prog").stdout
    assert daemon.overseer("stop", "prog").returncode == 0
    assert copies(tmp_path) == []


@pytest.mark.field("A2")
def test_a_killed_daemon_leaves_no_second_copy_to_the_next(
    begin: Begin, go: Callable[[str], str], tmp_path: Path
) -> None:
    daemon = begin(f"""
watches:
{
        chr(10).join(
            f'''  {way}: {{command: {json.dumps(go(way))}, user: ME, leftovers: wait,
    restart_delay: 300ms, flapping: off}}'''
            for way in WAYS
        )
    }
""")
    until("all of them", lambda: len(copies(tmp_path)) == len(WAYS))
    before = set(copies(tmp_path))
    daemon.kill()
    daemon.run()

    until("all found", lambda: len(found(daemon)) == len(WAYS))
    assert set(copies(tmp_path)) == before
    terminated = daemon.overseer("terminate")
    daemon.process.wait(20)
    assert (terminated.returncode, copies(tmp_path)) == (0, [])


def found(daemon: Daemon) -> set[str]:
    whole = json.loads(daemon.overseer("status", "--json").stdout)
    return {one["name"] for one in whole["left_over"]}


@pytest.mark.field("J5")
def test_children_in_sessions_of_their_own_end_with_a_crash_and_with_a_stop(
    begin: Begin, go: Callable[[str], str], tmp_path: Path
) -> None:
    lines = " ; ".join(go(way) for way in WAYS if way != "shell")
    script = tmp_path / "run.sh"
    script.write_text(f"{lines} ; exec sleep 4000\n")
    daemon = begin(f"watches: {{web: {{command: /bin/sh {script}, user: ME, start_grace: 2s}}}}")
    first = daemon.phases("web", "up")["pid"]
    until("its children", lambda: len(copies(tmp_path)) == 5)
    before = copies(tmp_path)

    os.kill(first, signal.SIGKILL)
    until("another", lambda: daemon.watch("web")["pid"] not in (None, first))
    until("its children", lambda: len(copies(tmp_path)) == 5)
    assert not set(copies(tmp_path)) & set(before)

    daemon.phases("web", "up")
    assert daemon.overseer("stop", "web").returncode == 0
    assert copies(tmp_path) == []


KINDS = {
    "start": "start: {line}, pid_file: HERE/{way}.pid, start_timeout: 1s, restart_delay: 300ms,"
    " flapping: off",
    "restart": "command: /bin/sleep 4001, restart: {shell}",
    "hook": "command: /bin/sleep 4002, hooks: {{before_start: {quiet}}}",
    "run": "command: {line}, schedule: {{cron: '0 0 1 1 *'}}",
    "task": "states: {{a: {{command: {line}}}, b: {{}}}}, initial_state: a, transitions:"
    " [{{from: a, when: {{always: {{interval: 1s}}}}, to: b}},"
    " {{from: b, when: {{always: {{interval: 1s}}}}, to: a}}]",
}


def watch_of(kind: str, way: str, line: str) -> str:
    """A watch of that kind, whose command is the line."""
    texts = {
        "line": line,
        "shell": ["/bin/sh", "-c", f"kill $OVERSEER_PID; {line}"],
        "quiet": ["/bin/sh", "-c", f"{line} >/dev/null 2>&1"],
    }
    quoted = {name: json.dumps(text) for name, text in texts.items()}
    return KINDS[kind].format(way=way, **quoted)


@pytest.mark.field("A2")
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_command_of_any_kind_leaves_in_any_way_is_ended(
    begin: Begin, go: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    lines = [f"  {way}: {{{watch_of(kind, way, go(way, way))}, user: ME}}" for way in WAYS]
    daemon = begin("\n".join(["watches:", *lines, ""]))
    most = dict.fromkeys(WAYS, 0)

    def look(so: Callable[[], bool]) -> bool:
        for way in WAYS:
            most[way] = max(most[way], len(copies(tmp_path / way)))
        return so()

    WORKED[kind](daemon, lambda what, so: until(what, lambda: look(so)))

    assert max(most.values()) <= 1, most
    stopped = daemon.overseer("stop", "--all")
    assert (stopped.returncode, copies(tmp_path)) == (0, []), stopped.stdout + stopped.stderr


Until = Callable[[str, Callable[[], bool]], None]


def starts_fail(daemon: Daemon, until: Until) -> None:
    def failures() -> dict[str, list[str]]:
        lines = map(
            json.loads, daemon.overseer("history", "--json", "-n", "900").stdout.splitlines()
        )
        failed = [one for one in lines if one["kind"] == "start_failed"]
        return {way: [it["message"] for it in failed if it["watch"] == way] for way in WAYS}

    until("two tries of each", lambda: all(len(one) >= 2 for one in failures().values()))
    assert all("not named in" in one[-1] for one in failures().values())


def restarts(daemon: Daemon, until: Until) -> None:
    until("all of them", lambda: are_up(daemon))
    daemon.overseer("restart", *WAYS, "--parallel", "6")
    until("all again", lambda: are_up(daemon))


def are_up(daemon: Daemon, *others: int) -> bool:
    watches = daemon.watches()
    return all(watches[way]["phase"] == "up" and watches[way]["pid"] not in others for way in WAYS)


def crashes(daemon: Daemon, until: Until) -> None:
    until("all of them", lambda: are_up(daemon))
    before = [daemon.watches()[way]["pid"] for way in WAYS]
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until("others", lambda: are_up(daemon, *before))


def runs(daemon: Daemon, until: Until) -> None:
    for _ in range(2):
        daemon.overseer("trigger", *WAYS)
        assert copies(Path(daemon.folder)) == []


def goes_round(daemon: Daemon, until: Until) -> None:
    began = time.monotonic()
    until("some rounds", lambda: time.monotonic() - began > 5)


WORKED: dict[str, Callable[[Daemon, Until], None]] = {
    "start": starts_fail,
    "restart": restarts,
    "hook": crashes,
    "run": runs,
    "task": goes_round,
}


@pytest.mark.field("J6")
@pytest.mark.parametrize("how", ["overlap", "time", "stop", "terminate", "itself"])
def test_what_a_run_leaves_behind_ends_before_the_run_is_over(
    begin: Begin, go: Callable[[str], str], tmp_path: Path, how: str
) -> None:
    more = {"overlap": ", overlap: kill", "time": ", max_run_time: 5s"}.get(how, "")
    stays = "" if how == "itself" else "; exec sleep 4003"
    line = f"{go('both')}; {go('setsid')}{stays}"
    daemon = begin(f"""
watches:
  job:
    command: {json.dumps(["/bin/sh", "-c", line])}
    schedule: {{cron: "0 0 1 1 *"{more}}}
    user: ME
""")
    daemon.overseer("trigger", "job", "--no-wait")
    until("its children", lambda: len(copies(tmp_path)) == 2)
    before = set(copies(tmp_path))
    if how == "overlap":
        daemon.overseer("trigger", "job", "--no-wait")
    elif how in ("stop", "terminate"):
        daemon.overseer(how, *(["job"] if how == "stop" else []))

    until("their end", lambda: not before & set(copies(tmp_path)))
    if how in ("time", "itself"):
        daemon.phases("job", "failed" if how == "time" else "scheduled")
        assert copies(tmp_path) == []


@pytest.mark.field("K4")
def test_a_stop_during_a_start_leaves_nothing(begin: Begin, tmp_path: Path) -> None:
    daemon = begin("watches: {web: {command: /bin/sleep 4004, user: ME, start_grace: 1s}}")
    daemon.phases("web", "up")
    for _ in range(10):
        daemon.overseer("stop", "web")
        daemon.overseer("start", "web", "--no-wait")
        stopped = daemon.overseer("stop", "web")
        assert (stopped.returncode, daemon.watch("web")["pid"]) == (0, None)
        assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and is_sleep(pid)]


def is_sleep(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b"/bin/sleep\x004004\0"
    except OSError:
        return False


@pytest.mark.field("A2")
def test_other_peoples_work_is_shown_and_never_ended(
    begin: Begin, go: Callable[[str], str], tmp_path: Path
) -> None:
    script = tmp_path / "carrier.sh"
    script.write_text(f"{go('both')} ; exec sleep 4000\n")
    sshd = tmp_path / "sshd"
    sshd.write_text(f"#!/bin/sh\nexec /bin/sh {script}\n")
    sshd.chmod(0o755)
    daemon = begin(f"""
watches:
  ssh: {{command: {sshd} -D, user: ME}}
  other: {{command: /bin/sh {script} other, user: ME, kill: process, autostart: false}}
""")
    first = daemon.phases("ssh", "up")["pid"]
    session = copies(tmp_path)
    os.kill(first, signal.SIGKILL)
    until("another", lambda: daemon.watch("ssh")["pid"] not in (None, first))
    daemon.phases("ssh", "up")

    assert set(session) <= set(copies(tmp_path))
    assert "ssh" in found(daemon)
    stopped = daemon.overseer("stop", "ssh")
    assert set(session) <= set(copies(tmp_path))
    assert (stopped.returncode, "left running (leftovers: leave): pid" in stopped.stdout) == (
        0,
        True,
    )


@pytest.mark.field("A2")
def test_a_stop_and_a_terminate_name_what_they_leave(
    begin: Begin, go: Callable[[str], str], tmp_path: Path
) -> None:
    script = tmp_path / "carrier.sh"
    script.write_text(f"{go('both')} ; exec sleep 4000\n")
    daemon = begin(f"watches: {{web: {{command: /bin/sh {script}, user: ME, kill: process}}}}")
    daemon.phases("web", "up")
    until("its child", lambda: len(copies(tmp_path)) == 1)

    stopped = daemon.overseer("stop", "web")
    terminated = daemon.overseer("terminate")
    daemon.process.wait(20)

    (child,) = copies(tmp_path)
    named = f"web: left behind and still running: pid {child} ("
    for answer in (stopped, terminated):
        assert (answer.returncode, named in answer.stdout + answer.stderr) == (1, True)
