"""The next daemon, with a clock that is days ahead: what it finds is older than its timers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_supervision import Daemon, Watch, command, until

pytestmark = pytest.mark.live

AHEAD = Path(__file__).with_name("clock_ahead.py")
NINE_DAYS = 9 * 86400
SLEEP = "/bin/sleep 4{}"
STUBBORN = "/bin/sh -c 'trap : TERM; while :; do sleep 1; done'"
DAEMONIZES = (
    "start: \"/bin/sh -c 'setsid sleep {n} & echo $! > HERE/{n}.pid'\", pid_file: HERE/{n}.pid"
)
TEXT = f"""
defaults: {{user: ME, interval: 1s}}
watches:
  plain: {{command: /bin/sleep 4801}}
  ready: {{command: /bin/sleep 4802, ready: [run: /bin/true], start_timeout: 3s}}
  listens:
    {{command: /bin/sleep 4803, ready: [run: "/bin/test -e HERE/answers"], start_timeout: 3s}}
  healthy: {{command: /bin/sleep 4804, healthy: [run: /bin/true]}}
  file: {{{DAEMONIZES.format(n=4805)}}}
  readyfile: {{{DAEMONIZES.format(n=4806)}, ready: [run: /bin/true], start_timeout: 3s}}
  getting: {{command: /bin/sleep 4807, ready: [run: "/bin/test -e HERE/late"], start_timeout: 50s}}
  command: {{start: /bin/sleep 4808, pid_file: HERE/none.pid, start_timeout: 50s}}
  reloads: {{command: /bin/sleep 4809, reload: /bin/sleep 4810, restart_timeout: 50s}}
  stops: {{command: "{STUBBORN}", stop_timeout: 50s}}
  held:
    command: /bin/false
    restart_delay: 0s
    flapping: {{times: 2, within: 1m, retry_in: 30d}}
  waits: {{command: /bin/sleep 4811, depends_on: {{getting: ready}}}}
  stopped: {{command: /bin/sleep 4812}}
  left: {{command: /bin/sleep 4813}}
  oneshot: {{command: /bin/sleep 4814, on_exit: stop}}
  completed: {{command: /bin/true, on_exit: stop}}
  failed: {{command: /bin/false, on_exit: stop}}
  task:
    states: {{calm: null, busy: {{command: /bin/sleep 4815, timeout: 100d}}}}
    initial_state: calm
    transitions:
      - {{from: calm, when: {{command: {{succeeds: /bin/true}}}}, to: busy}}
      - {{from: busy, when: {{command: {{succeeds: "/bin/test -e HERE/over"}}}}, to: calm}}
  run: {{command: /bin/sleep 4816, schedule: "0 0 29 2 *"}}
  limited: {{command: /bin/sleep 4817, schedule: {{every: 900d, max_run_time: 100d}}}}
  nightly: {{command: /bin/true, schedule: "0 0 29 2 *"}}
"""
REACHED = {
    **dict.fromkeys(("plain", "ready", "listens", "healthy", "file", "readyfile", "oneshot"), "up"),
    **{"getting": "starting", "command": "starting", "reloads": "reloading", "stops": "stopping"},
    **{"held": "held", "waits": "waiting", "stopped": "stopped", "left": "unmonitored"},
    **{"completed": "completed", "failed": "failed", "task": "up", "nightly": "scheduled"},
    **{"run": "running", "limited": "running"},
}
"""The phase of each when the daemon goes, and under the next one."""
AFTERWARDS = {**REACHED, "reloads": "up"}


class OldDaemon(Daemon):
    """Its clock is so many seconds ahead, from the next `run` on."""

    ahead = 0

    def run(self) -> None:
        if not self.ahead:
            return super().run()
        argv = [sys.executable, str(AHEAD), str(self.ahead), str(self.folder / "state")]
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, str(self.file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until("the socket", lambda: self.overseer("status").returncode != 5)
        return None


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[OldDaemon]:
    (tmp_path / "answers").touch()
    daemon = OldDaemon(tmp_path, TEXT)
    yield daemon
    daemon.kill()
    for pid in {*sleeping(), *daemon.pids}:
        if command(pid):
            os.kill(pid, signal.SIGKILL)


def sleeping() -> list[int]:
    """What the watches of this file run, all of it."""
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    lines = {f"{word} 48{number:02} " for word in ("sleep", "/bin/sleep") for number in range(18)}
    return sorted(pid for pid in pids if command(pid) in lines)


def phases(daemon: Daemon) -> dict[str, str]:
    return {name: str(one["phase"]) for name, one in daemon.watches().items()}


def is_settled(daemon: Daemon, wanted: dict[str, str]) -> bool:
    return phases(daemon) == wanted


def facts(daemon: Daemon) -> dict[str, Watch]:
    """What a new daemon has to leave as it is."""
    same = ("pid", "restarts", "goal", "launches")
    return {name: {key: one.get(key) for key in same} for name, one in daemon.watches().items()}


LOUD = {
    "up",
    "adopted",
    "start_failed",
    "exited",
    "restarted",
    "flapping",
    "unknown",
    "run_failed",
    "launched",
}


def history(daemon: Daemon) -> dict[str, int]:
    """How often each of these was told."""
    lines = daemon.overseer("history", "--json", "-n", "1000").stdout.splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    return {kind: kinds.count(kind) for kind in LOUD}


@pytest.mark.field("A1")
@pytest.mark.parametrize("end", ["quit", "kill"])
def test_a_daemon_of_days_later_leaves_everything_as_it_is(daemon: OldDaemon, end: str) -> None:
    first = {**REACHED, "reloads": "up", "stops": "up", "stopped": "up", "left": "up"}
    first |= {"run": "scheduled", "limited": "scheduled"}
    until("what is to be up", lambda: is_settled(daemon, first))
    for words in (("stop", "stopped"), ("unmonitor", "left")):
        assert daemon.overseer(*words).returncode == 0
    for words in (("trigger", "run", "limited"), ("reload", "reloads"), ("stop", "stops")):
        daemon.overseer(*words, "--no-wait")
    until("what is under way", lambda: is_settled(daemon, REACHED))
    before, running, lines = facts(daemon), sleeping(), history(daemon)
    (daemon.folder / "answers").unlink()  # what was ready is not asked to show it again

    if end == "quit":
        daemon.overseer("quit")
        daemon.process.wait()
    else:
        daemon.kill()
    daemon.ahead = NINE_DAYS
    daemon.run()
    until("what was so", lambda: is_settled(daemon, AFTERWARDS))
    beyond = daemon.watch("plain")["uptime_s"]

    assert beyond > NINE_DAYS
    assert (facts(daemon), sleeping()) == (before, running)
    assert history(daemon) == lines
