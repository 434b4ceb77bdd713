"""Tasks in a real daemon: commands that are run, ended, and survived by nothing."""

import sys
from pathlib import Path

import pytest
from test_supervision import Begin, begin, command, until

pytestmark = [pytest.mark.live]
__all__ = ["begin"]  # a fixture

LOGS = """
watches:
  logs:
    states: {ok: null, clean: HERE/clean}
    initial_state: ok
    user: ME
    dir: HERE
    env: {KEPT: "1"}
    log: HERE/clean.log
    interval: 100ms
    transitions:
      - {from: ok, when: {command: {fails: "HERE/few"}}, to: clean}
      - {from: clean, when: {command: {fails: "HERE/few"}}, to: clean, else: ok}
"""
FEW = '#!/bin/sh\ntest "$(ls | grep -c "[.]log[.]")" -le "$KEPT"\n'
CLEAN = """#!/bin/sh
echo "$OVERSEER_WATCH in $OVERSEER_STATE: $OVERSEER_REASON"
rm "$(ls | grep "[.]log[.]" | tail -1)"
"""
SLOW = """
watches:
  slow:
    states: {calm: null, busy: {command: %s HERE/busy.py, timeout: 10m}, done: /bin/touch HERE/done}
    initial_state: calm
    user: ME
    interval: 100ms
    transitions:
      - {from: calm, when: {command: {succeeds: "/bin/test -e HERE/go"}}, to: busy}
    lifecycle:
      - {when: {command: {succeeds: "/bin/test -e HERE/enough"}}, to: done}
"""
BUSY = """
import os, time
with open("HERE/began", "a") as began:
    began.write(f"{os.getpid()}\\n")
time.sleep(600)
"""


def script(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text.replace("HERE", str(folder)))
    path.chmod(0o755)


@pytest.mark.case(46)
@pytest.mark.case(76)
def test_more_than_one_log_file_is_cleaned_away(begin: Begin, tmp_path: Path) -> None:
    script(tmp_path, "few", FEW)
    script(tmp_path, "clean", CLEAN)
    daemon = begin(LOGS)
    assert (daemon.watch("logs")["state"], daemon.watch("logs")["pid"]) == ("ok", None)

    for number in range(4):
        (tmp_path / f"app.log.{number}").touch()
    until("one is left", lambda: len(list(tmp_path.glob("app.log.*"))) == 1)
    until("it returns", lambda: daemon.watch("logs")["state"] == "ok")

    said = (tmp_path / "clean.log").read_text().splitlines()
    assert len(said) == 3
    assert said[0].startswith("logs in clean: ")
    assert daemon.overseer("status", "logs").returncode == 0


@pytest.mark.case(58)
@pytest.mark.design("4.16")
def test_a_command_is_followed_over_a_kill_of_the_daemon_and_ended_with_its_state(
    begin: Begin, tmp_path: Path
) -> None:
    script(tmp_path, "busy.py", BUSY)
    daemon = begin(SLOW % sys.executable)
    (tmp_path / "go").touch()
    until("busy", (tmp_path / "began").exists)
    until("its pid", lambda: bool((tmp_path / "began").read_text().strip()))
    [pid] = map(int, (tmp_path / "began").read_text().split())
    daemon.pids.add(pid)

    refused = daemon.overseer("restart", "slow")
    daemon.kill()
    daemon.run()
    followed = daemon.watch("slow")
    (tmp_path / "enough").touch()
    until("done", (tmp_path / "done").exists)

    assert refused.returncode == 1
    assert "is a task, without a process to restart" in refused.stdout + refused.stderr
    assert (followed["state"], followed["phase"]) == ("busy", "up")
    assert f"pid {pid}" in followed["note"]
    assert not command(pid)
    assert (tmp_path / "began").read_text().split() == [str(pid)]
    assert daemon.overseer("terminate").returncode == 0


@pytest.mark.case(58)
def test_terminate_ends_the_command_of_a_task(begin: Begin, tmp_path: Path) -> None:
    script(tmp_path, "busy.py", BUSY)
    daemon = begin(SLOW % sys.executable)
    (tmp_path / "go").touch()
    until("its pid", lambda: daemon.watch("slow")["note"].find("pid ") > 0)
    pid = int(daemon.watch("slow")["note"].split("pid ")[1])
    daemon.pids.add(pid)

    assert daemon.overseer("terminate").returncode == 0

    assert daemon.process.wait(20) == 0
    assert not command(pid)
