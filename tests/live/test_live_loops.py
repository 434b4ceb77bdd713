"""Watches that would go round as fast as they can, for some seconds of a real daemon."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from test_supervision import ME, Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

ROWS = {
    "up-to-start": "{from: up, when: {http_response_code: {port: 1, code_is_not: 200}}, to: start}",
    "init-to-up": "{from: init, to: up}",
    "up-to-up": "{from: up, to: up}",
    "stop-to-stop": "{from: stop, to: stop}",
    "up-to-init": "{from: up, to: init}",
}
WATCHES = "settings: {history_size: 1MB}\nwatches:\n" + "".join(
    f"  {name}: {{command: /bin/sleep 4711, user: ME, interval: 30s, start_grace: 0s,"
    f" transitions: {{extend: default, add: [{row}]}}}}\n"
    for name, row in ROWS.items()
)
NO_DELAYS = """\
  false: {command: /bin/false, user: ME, restart_delay: 0s, flapping: off}
  retry: {command: /bin/false, user: ME, restart_delay: 0s, flapping: {times: 1, retry_in: 0s}}
  circle:
    command: /bin/sleep 4711
    user: ME
    start_grace: 0s
    interval: 100ms
    restart_delay: 0s
    flapping: off
    restart_if: [{uptime: {above: 1ms, times: 1}}]
  given-up:
    command: /bin/sleep 4711
    user: ME
    interval: 1s
    restart_if: [{uptime: {above: 1s, times: 1}}]
    flapping: {times: 2, within: 1m, retry_in: 2s, retry_times: 1, retry_within: 5m}
  selfish:
    states: {a: "echo x >> HERE/beats"}
    shell: true
    user: ME
    initial_state: a
    interval: 1s
    transitions: [{from: a, to: a}]
"""


def size_of(daemon: Daemon) -> int:
    """Bytes of the database with its log, and of the daemon's own log."""
    files = [*(daemon.folder / "state").glob("state.db*"), *daemon.folder.glob("own.log*")]
    return sum(file.stat().st_size for file in files)


def cpu_of(daemon: Daemon) -> float:
    """Seconds of processor time."""
    stat = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.field("B1")
@pytest.mark.field("B2")
@pytest.mark.field("B4")
@pytest.mark.field("J1")
def test_ten_seconds_of_loops_cost_little_and_leave_little(begin: Begin, tmp_path: Path) -> None:
    began = time.monotonic()
    daemon = begin(WATCHES + NO_DELAYS, "--log-file", f"{tmp_path}/own.log")
    spent = cpu_of(daemon)
    answers = [daemon.overseer("start", name).returncode for name in ROWS if name != "stop-to-stop"]

    time.sleep(max(0.0, began + 12 - time.monotonic()))

    took, cpu = time.monotonic() - began, cpu_of(daemon) - spent
    assert answers == [0, 0, 0, 0]
    assert all(len(daemon.history(name, "moved")) < 20 for name in ROWS)
    for name in ("false", "retry", "circle"):
        assert daemon.watch(name)["restarts"] <= 2 * (time.monotonic() - began) + 3
    assert len(daemon.history("given-up", "gave_up")) == 1
    assert len(daemon.history("given-up", "restarted")) == daemon.watch("given-up")["restarts"]
    beats = (daemon.folder / "beats").read_text().count("x")
    assert beats <= time.monotonic() - began + 3
    assert size_of(daemon) < 16 * 2**20
    assert cpu < 0.5 * took


@pytest.mark.field("J13")
def test_start_answers_at_the_first_failed_start(begin: Begin) -> None:
    daemon = begin(
        "watches:\n  bad: {command: '/bin/sh -c \"exit 7\"', user: ME, autostart: false,"
        " restart_delay: 0s, flapping: off}\n"
        "  worse: {command: /bin/false, user: ME, autostart: false, start_grace: 0s,"
        " restart_delay: 0s, flapping: off}\n"
    )
    began = time.monotonic()
    for verb in ("start", "restart"):
        answer = daemon.overseer(verb, "bad")

        assert answer.returncode == 3, answer
        assert "exit code 7" in answer.stdout + answer.stderr
    assert time.monotonic() - began < 10


RELOADING = """
import os, signal, socket, sys, time
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\\0"))
def reload(*_):
    line.send(b"RELOADING=1")
    print("begins", flush=True)
    if "never" in sys.argv:
        return
    time.sleep(0.7)
    print("is over", flush=True)
    line.send(b"READY=1")
signal.signal(signal.SIGHUP, reload)
line.send(b"READY=1")
while True:
    signal.pause()
"""


@pytest.mark.field("J10")
def test_of_several_one_reload_follows_the_other(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text(RELOADING)
    daemon = begin(
        f"defaults: {{user: ME, reload: HUP, ready: [sd_notify], log: {tmp_path}/serve.log}}\n"
        f"watches:\n  web: {{command: {sys.executable} {tmp_path}/serve.py, instances: 3}}\n"
        f"  never: {{command: {sys.executable} {tmp_path}/serve.py never, restart_timeout: 1s}}\n"
    )
    until("it", lambda: all(daemon.watch(f"web-{n}")["phase"] == "up" for n in (1, 2, 3)))

    answer = daemon.overseer("reload", "web")
    stuck = daemon.overseer("reload", "never")

    assert answer.returncode == 0, answer
    lines = (tmp_path / "serve.log").read_text().split("\n")
    assert lines[:6] == ["begins", "is over"] * 3
    assert stuck.returncode == 1
    assert "no READY=1 within 1s" in stuck.stdout + stuck.stderr


@pytest.mark.field("J8")
def test_a_watchdog_that_comes_with_a_load_kills_nothing(begin: Begin) -> None:
    plain = "watches: {web: {command: /bin/sleep 4711, user: ME, interval: 200ms}}\n"
    daemon = begin(plain)
    until("it", lambda: daemon.watch("web")["phase"] == "up")
    before = daemon.watch("web")["pid"]
    time.sleep(1.5)
    more = plain.replace("200ms", "200ms, restart_if: [{watchdog: 1s}]").replace("ME", ME)
    (daemon.file).write_text(more)

    plan = daemon.overseer("load", "--restart", "later", "--yes", str(daemon.file))
    until("it", lambda: daemon.history("web", "check_unknown") != [])

    assert "notify_socket: false -> true (restart)" in plan.stdout
    assert daemon.watch("web")["pid"] == before
    assert "launched without a watchdog; restart it" in daemon.history("web", "check_unknown")[0]


@pytest.mark.field("J14")
def test_a_restart_is_asked_first_and_a_start_may_be_left(begin: Begin, tmp_path: Path) -> None:
    daemon = begin("""
watches:
  web:
    command: /bin/sleep 4711
    user: ME
    check_before_restart: /bin/sh -c "test -e HERE/fine"
  follower:
    command: /bin/sleep 4712
    user: ME
    autostart: false
    hooks: {before_start: /bin/sh -c "echo not the leader; exit 99"}
    skip_codes: 99
""")
    until("it", lambda: daemon.watch("web")["phase"] == "up")
    old = daemon.watch("web")["pid"]

    refused = daemon.overseer("restart", "web")
    kept = daemon.watch("web")["pid"]
    (tmp_path / "fine").touch()
    taken = daemon.overseer("restart", "web")
    left = daemon.overseer("start", "follower")

    assert (refused.returncode, kept) == (1, old)
    assert "not restarted: check_before_restart: exit code 1" in refused.stdout + refused.stderr
    assert taken.returncode == 0
    assert daemon.watch("web")["pid"] != old
    assert left.returncode == 0
    assert "not started: before_start: exit code 99: not the leader" in left.stdout
    assert daemon.watch("follower")["pid"] is None


@pytest.mark.field("J14")
def test_instances_that_a_check_restarts_come_one_after_another(
    begin: Begin, tmp_path: Path
) -> None:
    daemon = begin("""
watches:
  web:
    command: /bin/sleep 4711
    user: ME
    instances: 3
    interval: 200ms
    start_grace: 1s
    restart_if: [{file_touched: HERE/restart.txt}]
""")
    names = [f"web-{number}" for number in (1, 2, 3)]
    until("it", lambda: all(daemon.watch(name)["phase"] == "up" for name in names))
    time.sleep(0.5)
    (tmp_path / "restart.txt").touch()
    down = []

    def all_are_new() -> bool:
        watches = json.loads(daemon.overseer("status", "--json").stdout)["watches"]
        down.append(sum(one["phase"] != "up" for one in watches))
        return all(one["restarts"] == 1 and one["phase"] == "up" for one in watches)

    until("they are new", all_are_new)
    assert max(down) == 1
