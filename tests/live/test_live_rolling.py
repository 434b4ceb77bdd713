"""One after another, of real processes: as far as it goes well, and who asks hears how far."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from test_supervision import OVERSEER, Begin, Daemon, begin, until

__all__ = ["begin"]
pytestmark = [pytest.mark.live, pytest.mark.design("4.19")]

WEB = """
watches:
  web:
    command: /bin/sh -c 'test ! -e HERE/broken-{{ instance }} && exec sleep 7711'
    user: ME
    instances: 3
    start_grace: 300ms
    restart_delay: 20s
"""


def pids(daemon: Daemon) -> dict[str, int]:
    return {name: one["pid"] for name, one in daemon.watches().items()}


def test_a_rolling_restart_stops_at_the_first_failure(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(WEB)
    daemon.phases("web-3", "up")
    before = pids(daemon)
    (tmp_path / "broken-2").touch()

    answer = daemon.overseer("restart", "web")

    assert answer.returncode == 3
    assert answer.stdout.startswith("web-1: up, pid ")
    assert "web-2: " in answer.stderr
    assert "stopped at the first failure; not touched: web-3" in answer.stderr
    after = pids(daemon)
    assert after["web-1"] != before["web-1"]
    assert after["web-3"] == before["web-3"]


def test_ctrl_c_says_what_was_done_and_what_was_not(begin: Begin) -> None:
    daemon = begin(WEB)
    daemon.phases("web-3", "up")
    before = pids(daemon)
    argv = [*OVERSEER, "restart", "--state-dir", str(daemon.folder / "state"), "web"]
    client = subprocess.Popen(
        [*argv, "--pause", "1m"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert client.stdout
    assert client.stdout.readline().startswith("web-1: up, pid ")

    client.send_signal(signal.SIGINT)
    _, said = client.communicate(timeout=20)

    assert client.returncode == 130
    assert said == "overseer: done: web-1; not touched: web-2, web-3\n"
    after = pids(daemon)
    assert (after["web-2"], after["web-3"]) == (before["web-2"], before["web-3"])


def test_on_a_terminal_it_says_how_it_goes(begin: Begin) -> None:
    daemon = begin(WEB)
    daemon.phases("web-3", "up")
    argv = [*OVERSEER, "restart", "--state-dir", str(daemon.folder / "state"), "web-*"]
    master, slave = os.openpty()
    with subprocess.Popen([*argv, "--pause", "0.5s"], stdout=slave, stderr=slave) as client:
        os.close(slave)
        assert client.wait(20) == 0
    lines = os.read(master, 65536).decode().split()
    os.close(master)

    assert lines.count("restarting") == 3
    assert lines.count("next") == 2


@pytest.mark.design("4.15")
def test_what_runs_as_before_a_load_is_known_to_the_next_daemon(begin: Begin) -> None:
    daemon = begin(WEB)
    daemon.phases("web-3", "up")
    daemon.file.write_text(daemon.file.read_text().replace("7711", "7712"))
    assert daemon.overseer("load", "--restart", "later").returncode == 0
    before = pids(daemon)
    assert daemon.overseer("restart", "web-2").returncode == 0

    daemon.kill()
    daemon.run()
    until("adopted", lambda: daemon.overseer("status").returncode == 0)

    assert {name: one["changed"] for name, one in daemon.watches().items()} == {
        "web-1": ["command"],
        "web-2": [],
        "web-3": ["command"],
    }
    answer = daemon.overseer("restart", "--changed")
    assert [line.split(":")[0] for line in answer.stdout.splitlines()] == ["web-1", "web-3"]
    assert not set(before.values()) & set(pids(daemon).values())
    again = daemon.overseer("restart", "--changed")
    assert (again.returncode, again.stdout) == (0, "nothing runs otherwise than its file says\n")
