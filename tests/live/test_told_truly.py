"""What status says of real processes: frozen by a signal, restarted by hand, with an open alarm."""

import json
import os
import signal

import pytest
from test_supervision import Begin, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

FULL = """
watches:
  web: {command: /bin/sleep 1000, user: root}
  disk:
    user: root
    states: {watching: }
    initial_state: watching
    interval: 1s
    transitions: [{from: watching, when: {disk_usage: {mount_point: /, above: 1%}}}]
"""
WEB = "watches: {web: {command: /bin/sleep 1000, user: root, start_grace: 0s}}"


@pytest.mark.field("D4")
def test_a_process_that_sigstop_has_frozen_is_said_everywhere(begin: Begin) -> None:
    daemon = begin(WEB)
    pid = daemon.phases("web", "up")["pid"]
    assert daemon.overseer("status").returncode == 0

    os.kill(pid, signal.SIGSTOP)
    until("it is seen", lambda: bool(daemon.watch("web")["suspended"]))

    status = daemon.overseer("status")
    assert status.returncode == 3
    assert f"stopped by a signal: kill -CONT {pid}" in status.stdout
    assert "0 up of 1 wanted, 1 suspended" in status.stdout
    assert f"kill -CONT {pid}" in daemon.overseer("why", "web").stdout
    findings = json.loads(daemon.overseer("doctor", "--json").stdout)["findings"]
    assert f"`kill -CONT {pid}`" in [one["do"] for one in findings]

    os.kill(pid, signal.SIGCONT)
    until("it goes on", lambda: not daemon.watch("web")["suspended"])
    assert daemon.overseer("status").returncode == 0


@pytest.mark.field("D4")
def test_a_full_disk_that_a_task_has_found_is_in_status_its_code_and_why(begin: Begin) -> None:
    daemon = begin(FULL)
    daemon.phases("web", "up")
    until("the alarm is open", lambda: bool(daemon.watch("disk")["incidents"]))

    status = daemon.overseer("status")
    id = daemon.watch("disk")["incidents"][0]["id"]

    assert status.returncode == 3
    assert "incident open: /: disk" in status.stdout
    assert "2 up of 2 wanted, 1 incident open" in status.stdout
    assert daemon.overseer("status", "web").returncode == 0
    told = daemon.overseer("why", "disk").stdout
    assert f"`overseer history --incident {id}` shows what happened" in told
    assert "Nothing needs to be done" not in told
    assert daemon.overseer("history", "--incident", id).returncode == 0


@pytest.mark.field("D3")
def test_a_restart_by_hand_is_no_crash_in_the_table(begin: Begin) -> None:
    daemon = begin(WEB)
    first = daemon.phases("web", "up")["pid"]
    os.kill(first, signal.SIGKILL)
    until("it is back", lambda: daemon.watch("web")["pid"] not in (None, first))
    assert "(killed by SIGKILL)" in daemon.phases("web", "up")["note"]

    assert daemon.overseer("restart", "web").returncode == 0

    web = daemon.watch("web")
    assert (web["phase"], web["note"]) == ("up", "")
    daemon.overseer("stop", "web")
    assert daemon.watch("web")["note"] == "stopped by root"
    assert "as asked" in daemon.overseer("why", "web").stdout
