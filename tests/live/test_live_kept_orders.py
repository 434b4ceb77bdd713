"""`--no-wait`, and the daemon is killed with the answer: the next one does what was asked."""

import json
import socket
from pathlib import Path

import pytest
from test_supervision import Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

TIMES = 2
CHAIN = ("a", "b", "c")
SLOW = "/bin/sh -c 'trap \"sleep 0.3; exit 0\" TERM; while :; do sleep 0.1; done'"
TEXT = f"""
defaults: {{user: ME}}
watches:
  web: {{command: /bin/sleep 4851}}
  job: {{command: /bin/sh -c 'echo run >> HERE/runs', schedule: "0 0 29 2 *"}}
  copies: {{command: /bin/sleep 4852, instances: 2}}
  a:
    command: {SLOW}
  b:
    command: {SLOW}
    depends_on: a
  c:
    command: {SLOW}
    depends_on: b
  reloads: {{command: /bin/sleep 4853, reload: /bin/sh -c 'echo reload >> HERE/reloads'}}
"""


def ask_and_kill(daemon: Daemon, **request: object) -> None:
    """Killed as soon as the answer is there."""
    daemon.watches()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(daemon.folder / "state" / "overseer.sock"))
        stream = line.makefile("rb")
        stream.readline()
        line.sendall(json.dumps({"v": 1, "wait": False, **request}).encode() + b"\n")
        while not (answer := json.loads(stream.readline())).get("done"):
            pass
        daemon.process.kill()
    daemon.process.wait()
    assert answer["code"] == 0, answer
    daemon.run()


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def are(daemon: Daemon, phase: str, *names: str) -> bool:
    watches = daemon.watches()
    return all(watches[name]["phase"] == phase for name in names)


@pytest.mark.field("K8")
def test_a_stop_and_a_run_and_a_reload_and_a_scale_hold(begin: Begin) -> None:
    daemon = begin(TEXT)
    for number in range(1, TIMES + 1):
        daemon.phases("web", "up")
        daemon.phases("reloads", "up")
        ask_and_kill(daemon, do="stop", names=["web"])
        daemon.phases("web", "stopped")
        daemon.overseer("start", "web")
        ask_and_kill(daemon, do="trigger", names=["job"])
        until("the run", lambda: lines(daemon.folder / "runs") == number)  # noqa: B023
        daemon.phases("job", "scheduled", "failed")
        ask_and_kill(daemon, do="reload", names=["reloads"])
        until("the reload", lambda: lines(daemon.folder / "reloads") == number)  # noqa: B023
        wanted = {f"copies-{copy}" for copy in range(1, 3 + number % 2)}
        ask_and_kill(daemon, do="scale", name="copies", to=str(len(wanted)))
        until("the copies", lambda: {n for n in daemon.watches() if "copies" in n} == wanted)  # noqa: B023


@pytest.mark.field("K8")
def test_orders_that_wait_for_their_turn_hold(begin: Begin) -> None:
    daemon = begin(TEXT)
    for _ in range(TIMES):
        until("all of it", lambda: are(daemon, "up", *CHAIN))
        before = {name: daemon.watch(name)["pid"] for name in CHAIN}
        ask_and_kill(daemon, do="restart", names=list(CHAIN))
        until("new processes", lambda: all(pids(daemon)[name] != before[name] for name in CHAIN))  # noqa: B023
        until("all of it", lambda: are(daemon, "up", *CHAIN))
        ask_and_kill(daemon, do="stop", names=list(CHAIN))
        until("a stop of all", lambda: are(daemon, "stopped", *CHAIN))
        daemon.overseer("start", *CHAIN)


def pids(daemon: Daemon) -> dict[str, int]:
    return {name: daemon.watch(name)["pid"] for name in CHAIN}
