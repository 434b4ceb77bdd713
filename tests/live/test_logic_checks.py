"""Checks that run programs, under a real daemon."""

import os
import time
from pathlib import Path

import pytest
from test_supervision import Begin, begin, command, until

__all__ = ["begin"]

pytestmark = [pytest.mark.live, pytest.mark.design("4.12")]

HUNG = 10


def sleepers(argument: str) -> list[int]:
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    return [pid for pid in pids if command(pid) == f"/bin/sleep {argument} "]


def test_a_command_that_fails_restarts_and_says_why(begin: Begin, tmp_path: Path) -> None:
    daemon = begin("""
watches:
  web:
    command: /bin/sleep 4401
    user: ME
    env: {MARK: HERE/trouble}
    restart_if:
      command:
        fails: 'if [ -e "$MARK" ]; then cat "$MARK"; exit 3; fi'
        shell: true
        interval: 200ms
        times: 2
""")
    first = daemon.phases("web", "up")["pid"]

    (tmp_path / "trouble").write_text("no answer\nat all\n")
    until("a restart", lambda: bool(daemon.history("web", "restarted")))
    (tmp_path / "trouble").unlink()

    assert daemon.phases("web", "up")["pid"] != first
    assert "shell command: exit 3: no answer (2 of 2)" in daemon.history("web", "restarted")[0]


@pytest.mark.design("4.14")
def test_ten_checks_that_hang_delay_no_other_and_leave_nothing(
    begin: Begin, tmp_path: Path
) -> None:
    hung = "\n".join(
        f"      - command: {{fails: /bin/sleep 44{n:02}, interval: 300ms, timeout: 60s}}"
        for n in range(10, 10 + HUNG)
    )
    daemon = begin(f"""
watches:
  stuck:
    command: /bin/sleep 4402
    user: ME
    alert_if:
{hung}
      - command: {{fails: "echo x >> HERE/beats", shell: true, interval: 200ms}}
  short:
    command: /bin/sleep 4403
    user: ME
    restart_if: {{command: {{fails: /bin/sleep 4430, interval: 300ms, timeout: 300ms, times: 1}}}}
""")
    beats = tmp_path / "beats"
    until("all of them", lambda: all(sleepers(f"44{n}") for n in range(10, 10 + HUNG)))
    until("beats", lambda: beats.exists() and len(beats.read_text()) > 2)
    before, began = len(beats.read_text()) // 2, time.monotonic()
    until("ten beats", lambda: len(beats.read_text()) // 2 >= before + 10)
    took = time.monotonic() - began
    until("the one that is late", lambda: bool(daemon.history("short", "restarted")))

    assert took < 10  # two seconds, on a machine with nothing else to do
    assert "sleep: not over within 0.3s" in daemon.history("short", "restarted")[0]
    assert [len(sleepers(f"44{n}")) for n in range(10, 10 + HUNG)] == [1] * HUNG
    daemon.overseer("terminate")
    until("nothing left", lambda: not any(sleepers(f"44{n}") for n in range(10, 31)))


def test_a_function_and_a_whole_of_parts_are_asked(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("import os\ndef there(path): return os.path.exists(path)\n")
    daemon = begin("""
watches:
  web:
    command: /bin/sleep 4404
    user: ME
    restart_if:
      complex:
        all:
          - python: {call: "HERE/checks.py:there", args: {path: HERE/one}}
          - not: {command: {succeeds: "/usr/bin/test -e HERE/two"}}
        interval: 200ms
        times: 1
""")
    (tmp_path / "two").touch()
    first = daemon.phases("web", "up")["pid"]
    (tmp_path / "one").touch()

    until(
        "samples", lambda: "python true, command exit 0" in daemon.overseer("status", "web").stdout
    )
    assert daemon.watch("web")["pid"] == first
    (tmp_path / "two").unlink()
    until("a restart", lambda: bool(daemon.history("web", "restarted")))

    said = daemon.history("web", "restarted")[0]
    assert "there says true and command not met (exit 1)" in said
