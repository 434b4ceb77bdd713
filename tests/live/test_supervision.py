"""A real daemon and real processes: what a sysadmin would see."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

PATIENCE = 60.0
OVERSEER = [sys.executable, "-m", "overseer"]
ME = f"'{os.geteuid()}'"
Watch = dict[str, Any]


class Daemon:
    """`overseer run` on a folder of its own, with *options*; every process it leaves is ended by
    pid."""

    def __init__(self, folder: Path, text: str, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.file = folder / "watches.yml"
        self.write(text)
        self.pids: set[int] = set()
        self.run()

    def write(self, text: str) -> None:
        self.file.write_text(text.replace("ME", ME).replace("HERE", str(self.folder)))

    def run(self) -> None:
        argv = [*OVERSEER, "run", "--no-strict", "--state-dir", str(self.folder / "state")]
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, *self.options, str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until("the socket", lambda: self.overseer("status").returncode != 5)

    def overseer(self, *words: str) -> "subprocess.CompletedProcess[str]":
        argv = [*OVERSEER, words[0], "--state-dir", str(self.folder / "state"), *words[1:]]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    def watches(self) -> dict[str, Watch]:
        found = json.loads(self.overseer("status", "--json").stdout)["watches"]
        self.pids |= {one["pid"] for one in found if one["pid"]}
        return {one["name"]: one for one in found}

    def watch(self, name: str) -> Watch:
        return self.watches()[name]

    def phases(self, name: str, *phases: str) -> Watch:
        until(f"{name} {phases}", lambda: self.watch(name)["phase"] in phases)
        return self.watch(name)

    def history(self, name: str, kind: str) -> list[str]:
        lines = self.overseer("history", name, "--json", "-n", "500").stdout.splitlines()
        entries = [json.loads(line) for line in lines]
        return [entry["message"] for entry in entries if entry["kind"] == kind]

    def kill(self) -> None:
        self.watches()
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        if self.process.poll() is None:
            self.overseer("terminate")
            self.process.wait(PATIENCE)
        for pid in self.pids:
            if command(pid):
                os.kill(pid, signal.SIGKILL)


def until(what: str, so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.05)


def command(pid: int) -> str:
    """ "" for none, and for a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


Begin = Callable[..., Daemon]
"""Takes the text of the watch file, and options of `overseer run`."""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    daemons: list[Daemon] = []

    def start(text: str, *options: str) -> Daemon:
        daemons.append(Daemon(tmp_path, text, *options))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.end()


LEASE = """
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
lease = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
signal.pause()
"""
SLEEPER = """
watches:
  web: {command: /bin/sleep 4321, user: ME}
  db: {command: /bin/sleep 4322, user: ME}
"""


@pytest.mark.case(63)
def test_a_killed_process_comes_back_and_nothing_is_double(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    first = daemon.phases("web", "up")["pid"]

    os.kill(first, signal.SIGKILL)
    until("another", lambda: daemon.watch("web")["pid"] not in (None, first))

    again = daemon.phases("web", "up")
    assert again["restarts"] == 1
    assert again["last_exit"]["signal"] == 9
    assert command(again["pid"]) == "/bin/sleep 4321 "
    assert not command(first)


@pytest.mark.design("4.13")
def test_a_leak_and_a_spin_are_restarted_with_their_samples(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "leak.py").write_text("x = bytearray(60 * 2**20)\nimport time\ntime.sleep(600)\n")
    (tmp_path / "spin.py").write_text("while True: pass\n")
    daemon = begin(f"""
watches:
  leak:
    command: {sys.executable} HERE/leak.py
    user: ME
    interval: 200ms
    restart_if: {{memory_usage: {{above: 50MB, times: [3, 5]}}}}
  spin:
    command: {sys.executable} HERE/spin.py
    user: ME
    interval: 300ms
    restart_if: {{cpu_usage: {{above: 30%, times: 3}}}}
""")

    until("restarts", lambda: all(daemon.history(n, "restarted") for n in ("leak", "spin")))

    assert "above 50MB (3 of 5)" in daemon.history("leak", "restarted")[0]
    assert "above 30% (3 of 3)" in daemon.history("spin", "restarted")[0]


@pytest.mark.design("4.10")
def test_what_exits_at_once_is_held_retried_given_up_and_begun_afresh(begin: Begin) -> None:
    daemon = begin("""
watches:
  bad:
    command: /bin/false
    user: ME
    restart_delay: 0s
    flapping: {times: 3, within: 1m, retry_in: 2s, retry_times: 2, retry_within: 1m}
""")
    held = daemon.phases("bad", "held")
    assert held["next"]["what"] == "tried again"
    assert daemon.overseer("status").returncode == 3

    daemon.phases("bad", "gave_up")

    assert len(daemon.history("bad", "flapping")) == 1
    assert len(daemon.history("bad", "gave_up")) == 1
    assert len(daemon.history("bad", "start_failed")) == 6
    started = daemon.overseer("start", "bad")
    assert started.returncode == 3
    assert "exit code 1" in started.stderr


@pytest.mark.design("4.16")
@pytest.mark.case(170)
def test_kill_9_of_the_daemon_changes_nothing(begin: Begin, tmp_path: Path) -> None:
    daemons = "\n".join(
        f"""  d{n}:
    start: /bin/sh -c 'setsid sleep 433{n} & echo $! > HERE/d{n}.pid'
    pid_file: HERE/d{n}.pid
    user: ME"""
        for n in range(3)
    )
    up = "\n".join(f"  w{n}: {{command: /bin/sleep 43{n:02}, user: ME}}" for n in range(20))
    daemon = begin(f"""
watches:
{up}
{daemons}
  slow: {{start: /bin/sleep 4340, pid_file: HERE/slow.pid, user: ME}}
  stopped: {{command: /bin/sleep 4341, user: ME}}
  left: {{command: /bin/sleep 4342, user: ME}}
  held:
    command: /bin/false
    user: ME
    restart_delay: 0s
    flapping: {{times: 2, within: 1m, retry_in: 1h}}
""")
    for name in (*(f"w{n}" for n in range(20)), *(f"d{n}" for n in range(3)), "stopped", "left"):
        daemon.phases(name, "up")
    daemon.phases("held", "held")
    daemon.overseer("stop", "stopped")
    daemon.overseer("unmonitor", "left")
    before = daemon.watches()

    daemon.kill()
    daemon.run()
    until("all up", lambda: sum(one["phase"] == "up" for one in daemon.watches().values()) == 23)

    after = daemon.watches()
    assert {n: one["pid"] for n, one in after.items()} == {
        n: one["pid"] for n, one in before.items()
    }
    assert {n: one["restarts"] for n, one in after.items()} == {
        n: one["restarts"] for n, one in before.items()
    }
    phases = {name: after[name]["phase"] for name in ("slow", "stopped", "left", "held")}
    assert phases == {
        "slow": "starting",
        "stopped": "stopped",
        "left": "unmonitored",
        "held": "held",
    }
    sleeping = list(map(int, filter(str.isdigit, os.listdir("/proc"))))
    assert sum(command(pid) == "/bin/sleep 4340 " for pid in sleeping) == 1


@pytest.mark.skipif(
    sys.version_info < (3, 11, 4),
    reason="before Python 3.11.4 a launch that hangs in exec holds the whole interpreter",
)
@pytest.mark.design("4.6")
def test_a_daemon_killed_between_fork_and_exec_starts_nothing_twice(
    begin: Begin, tmp_path: Path
) -> None:
    """Another process holds a write lease on the program, and so the child in exec."""
    program = tmp_path / "worker"
    program.write_bytes(Path("/bin/sleep").read_bytes())
    program.chmod(0o755)
    with subprocess.Popen([sys.executable, "-c", LEASE, program], stdout=subprocess.PIPE) as holder:
        patience = threading.Timer(PATIENCE, holder.kill)  # whatever fails below, it ends
        patience.start()
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        daemon = begin("watches:\n  web: {command: HERE/worker 4371, user: ME}\n")
        daemon.phases("web", "starting")
        until("a child", lambda: len(children(daemon.process.pid)) == 1)
        [child] = children(daemon.process.pid)
        daemon.kill()
        threading.Timer(1.0, holder.kill).start()
        daemon.run()
        patience.cancel()

    assert daemon.phases("web", "up")["pid"] == child
    pids = list(map(int, filter(str.isdigit, os.listdir("/proc"))))
    assert sum("worker 4371" in command(pid) and pid != holder.pid for pid in pids) == 1


HEARS = """
trap 'echo usr1 >> HERE/heard' USR1
trap 'echo hup >> HERE/heard' HUP
while :; do sleep 0.1; done
"""
ACTS = """
watches:
  a:
    command: /bin/sh HERE/hears.sh
    user: ME
    start_grace: 0s
    interval: 200ms
    reload: HUP
    transitions:
      - {from: init, when: {process_running: true}, to: up, else: start}
      - {from: [start, restart], when: {process_running: true}, to: up}
      - {from: up, when: process_exits, to: start}
      - {from: up, when: {command: {succeeds: "/usr/bin/touch HERE/asked", times: 1}}, signal: USR1}
      - {from: up, when: {command: {fails: /bin/false, times: 1}}, to: reload}
      - {from: up, when: {file_touched: {path: HERE/touched}}, run: "/usr/bin/touch HERE/ran"}
"""


@pytest.mark.field("A1")
def test_what_a_row_has_done_is_not_done_again_by_the_daemons_that_follow(
    begin: Begin, tmp_path: Path
) -> None:
    (tmp_path / "hears.sh").write_text(HEARS.replace("HERE", str(tmp_path)))
    heard, touched, ran = tmp_path / "heard", tmp_path / "touched", tmp_path / "ran"
    touched.touch()
    daemon = begin(ACTS)
    until("both", lambda: heard.exists() and len(heard.read_text().split()) == 2)
    touched.touch()
    until("the program", ran.exists)
    ran.unlink()

    for end in ("kill", "quit", "kill"):
        if end == "kill":
            daemon.kill()
        else:
            daemon.overseer("quit")
            daemon.process.wait(PATIENCE)
        daemon.run()
        for _ in range(3):  # each check has been asked once, and once more
            (tmp_path / "asked").unlink(missing_ok=True)
            until("a round of checks", (tmp_path / "asked").exists)
    assert sorted(heard.read_text().split()) == ["hup", "usr1"]
    assert not ran.exists()


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]


@pytest.mark.design("4.3")
def test_a_stop_outlives_the_daemon(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    pid = daemon.phases("web", "up")["pid"]
    assert daemon.overseer("stop", "web").returncode == 0
    daemon.kill()
    daemon.run()

    daemon.phases("db", "up")

    assert daemon.watch("web")["phase"] == "stopped"
    assert not command(pid)


@pytest.mark.design("4.17")
@pytest.mark.case(162)
def test_terminate_and_the_next_run_bring_back_what_was_wanted(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    pids = [daemon.phases(name, "up")["pid"] for name in ("web", "db")]
    daemon.overseer("stop", "db")

    assert daemon.overseer("terminate").returncode == 0
    daemon.process.wait(PATIENCE)
    gone = [command(pid) for pid in pids]
    daemon.run()

    assert gone == ["", ""]
    daemon.phases("web", "up")
    assert daemon.watch("db")["phase"] == "stopped"


@pytest.mark.case(90)
def test_what_cannot_be_run_is_said_within_a_second(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    daemon = begin("""
watches:
  missing: {command: /no/such/program, user: ME}
  text: {command: HERE/text, user: ME}
""")

    reasons = {name: daemon.phases(name, "backoff")["note"] for name in ("missing", "text")}

    assert "no such file: /no/such/program" in reasons["missing"]
    assert "permission denied" in reasons["text"]


@pytest.mark.design("4.11")
def test_the_whole_tree_ends_with_its_process(begin: Begin) -> None:
    daemon = begin("""
watches:
  tree:
    command: /bin/sh -c 'sleep 4351 & setsid sleep 4352 & trap "" TERM; wait; sleep 4353'
    user: ME
    stop_timeout: 1s
""")
    daemon.phases("tree", "up")

    def family() -> list[str]:
        pids = map(int, filter(str.isdigit, os.listdir("/proc")))
        return [text for pid in pids if (text := command(pid)).startswith("sleep 435")]

    assert len(family()) >= 2
    assert daemon.overseer("stop", "tree").returncode == 0
    until("nobody", lambda: family() == [])


@pytest.mark.design("4.15")
@pytest.mark.case(175)
@pytest.mark.case(174)
def test_a_load_touches_what_has_changed_and_nothing_when_a_file_is_wrong(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    before = {name: daemon.phases(name, "up")["pid"] for name in ("web", "db")}

    daemon.write(SLEEPER.replace("4321", "4323").replace("command: /bin/sleep 4322", "comand: x"))
    wrong = daemon.overseer("load", "--yes")
    unchanged = {name: daemon.watch(name)["pid"] for name in ("web", "db")}
    daemon.write(SLEEPER.replace("4321", "4323"))
    right = daemon.overseer("load", "--yes")

    assert wrong.returncode == 6
    assert "watches.yml:4:" in wrong.stderr
    assert unchanged == before
    assert right.returncode == 0
    assert command(daemon.phases("web", "up")["pid"]) == "/bin/sleep 4323 "
    assert daemon.watch("db")["pid"] == before["db"]


@pytest.mark.case(94)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run a program as somebody else")
def test_a_program_runs_as_its_user_with_that_users_surroundings(begin: Begin) -> None:
    os.environ["SECRET_OF_OVERSEER"] = "x"
    daemon = begin("""
watches:
  who: {command: /bin/sh -c 'id -un; id -Gn; env; exec sleep 4361', user: nobody, log: HERE/who.log}
""")
    daemon.phases("who", "up")

    said = (daemon.folder / "who.log").read_text()

    assert said.startswith("nobody\nnogroup\n")
    assert "HOME=/nonexistent" in said
    assert "LOGNAME=nobody" in said
    assert "SECRET" not in said


def test_daemonize_returns_when_it_is_ready_or_says_why_not(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(SLEEPER)
    other, broken = tmp_path / "other", tmp_path / "broken.yml"
    broken.write_text("watches: {web: {}}")
    argv = [*OVERSEER, "run", "--daemonize", "--no-strict", "--state-dir", str(other)]
    argv += [str(daemon.file), str(broken)]

    ready = subprocess.run(argv, capture_output=True, text=True, check=False)
    again = subprocess.run(argv, capture_output=True, text=True, check=False)
    ended = subprocess.run(
        [*OVERSEER, "terminate", "--state-dir", str(other)], capture_output=True, check=False
    )

    assert (ready.returncode, again.returncode, ended.returncode) == (6, 1, 0)
    assert "overseer runs" in ready.stdout
    assert f"{broken}:1:11: web: " in ready.stderr
    assert "already" in again.stderr


@pytest.mark.case(169)
@pytest.mark.case(107)
def test_sigterm_is_an_orderly_stop(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    pid = daemon.phases("web", "up")["pid"]

    daemon.process.terminate()

    assert daemon.process.wait(PATIENCE) == 0
    assert not command(pid)
    assert not (daemon.folder / "state" / "overseer.sock").exists()


SLOW_TO_SERVE = """
watches:
  web:
    command: /bin/sh -c "sleep 1; exec /usr/bin/env python3 -m http.server PORT --bind 127.0.0.1"
    user: ME
    dir: HERE
    start_grace: 0
    ready: [http: {port: PORT, path: /}]
  never:
    command: /bin/sleep 4398
    user: ME
    ready: [socket: tcp:9]
    start_timeout: 1s
    flapping: {times: 2, within: 1m}
"""


@pytest.mark.design("4.5")
def test_a_server_is_up_when_it_serves_and_not_before(begin: Begin) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    daemon = begin(SLOW_TO_SERVE.replace("PORT", str(port)))

    early = daemon.watch("web")
    until("web up", lambda: daemon.watch("web")["phase"] == "up")

    assert early["phase"] == "starting"
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    daemon.phases("never", "held")
    assert (
        "not ready in 1s: socket_responding refused" in daemon.history("never", "start_failed")[0]
    )


@pytest.mark.case(106)
def test_what_was_loaded_later_is_followed_like_the_rest(begin: Begin) -> None:
    daemon = begin("watches: {}\n")
    daemon.write("watches:\n  late: {command: /bin/sleep 4399, user: ME}\n")
    assert daemon.overseer("load").returncode == 0
    first = daemon.phases("late", "up")["pid"]

    os.kill(first, signal.SIGKILL)
    until("another", lambda: daemon.watch("late")["pid"] not in (None, first))

    assert daemon.phases("late", "up")["last_exit"]["signal"] == 9


@pytest.mark.case(164)
def test_terminate_takes_the_daemons_pid_file_away(tmp_path: Path) -> None:
    watches, pid_file = tmp_path / "w.yml", tmp_path / "overseer.pid"
    watches.write_text("watches: {}\n")
    place = ["--state-dir", str(tmp_path / "state")]
    argv = [*OVERSEER, "run", "--no-strict", *place, "--pid-file", str(pid_file), str(watches)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        until("the pid file", pid_file.exists)
        assert int(pid_file.read_text()) == daemon.pid

        done = subprocess.run([*OVERSEER, "terminate", *place], timeout=60, check=False)

        assert (done.returncode, daemon.wait(PATIENCE)) == (0, 0)
    assert not pid_file.exists()


HOOKED = """
watches:
  web:
    command: /bin/sleep 4397
    user: ME
    start_grace: 0
    hooks:
      before_start: touch HERE/before_start
      after_start: touch HERE/after_start
      before_stop: /bin/sh -c 'sleep 0.3; kill -0 $OVERSEER_PID && touch HERE/before_stop'
      after_stop: touch HERE/after_stop
  bad:
    command: /bin/sleep 4396
    user: ME
    hooks: {before_start: /bin/sh -c 'echo no database; exit 3'}
    flapping: {times: 2, within: 1m}
"""


@pytest.mark.case(39)
def test_hooks_run_around_a_start_and_a_stop(begin: Begin) -> None:
    daemon = begin(HOOKED)
    daemon.phases("web", "up")
    until("the hook after the start", (daemon.folder / "after_start").exists)
    assert (daemon.folder / "before_start").exists()

    assert daemon.overseer("stop", "web").returncode == 0

    assert (daemon.folder / "before_stop").exists()  # it was still alive then
    until("the hook after the stop", (daemon.folder / "after_stop").exists)
    daemon.phases("bad", "held")
    assert "before_start: exit code 3: no database" in daemon.history("bad", "start_failed")[0]
    assert "no database" in daemon.overseer("logs", "bad").stdout


REPLACES_ITSELF = """
import os, signal, subprocess, sys, time
open(sys.argv[1], "w").write(str(os.getpid()))
def replace(number, frame):
    subprocess.Popen([sys.executable, *sys.argv], start_new_session=True)
signal.signal(signal.SIGUSR2, replace)
while True:
    signal.pause()
"""


@pytest.mark.design("4.16")
def test_a_changed_pid_file_is_followed(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(REPLACES_ITSELF)
    daemon = begin(
        "watches: {server: {user: ME, pid_file: HERE/pid, start_grace: 0,"
        f" start: /bin/sh -c '{sys.executable} HERE/server.py HERE/pid & sleep 0.5'}}}}"
    )
    old = daemon.phases("server", "up")["pid"]
    daemon.overseer("signal", "server", "USR2")
    until("its successor", lambda: daemon.watch("server")["pid"] != old)
    new = daemon.watch("server")["pid"]
    os.kill(old, signal.SIGTERM)
    until("the end of the old one", lambda: not command(old))

    after = daemon.watch("server")

    assert (after["phase"], after["pid"], after["restarts"]) == ("up", new, 0)
    assert daemon.overseer("stop", "server").returncode == 0
    assert not command(new)
