"""What a crash leaves behind, on real processes: in the history, in `why`, in the mail."""

import json
import os
import signal
import socket
import sys
import threading
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from test_supervision import Begin, Daemon, begin, until

pytestmark = pytest.mark.live
field = pytest.mark.field
__all__ = ["begin"]

PROGRAM = """
import os, sys, time
mark = "HERE/crashed"
if not os.path.exists(mark):
    open(mark, "w").close()
    print("login with hunter2secret", flush=True)
    time.sleep(1)
    raise OSError(98, "Address already in use")
for number in range(50_000):
    print("the next process goes on", number)
sys.stdout.flush()
time.sleep(600)
"""


class Inbox:
    """An SMTP server that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.came = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))
        self.came.set()
        return "250 OK"


def program(folder: Path, text: str) -> str:
    file = folder / "program.py"
    file.write_text(text.replace("HERE", str(folder)))
    return f"{sys.executable} {file}"


def evidence(daemon: Daemon, name: str) -> list[dict[str, Any]]:
    """Lines of the history with the end of a log, once there is one."""
    found: list[dict[str, Any]] = []

    def kept() -> bool:
        lines = daemon.overseer("history", "--json", name, "-n", "500").stdout.splitlines()
        entries = map(json.loads, lines)
        found[:] = [one for one in entries if one["lines"] or one["note"]]
        return bool(found)

    until("evidence", kept)
    return found


@field("A5")
def test_a_crash_is_told_with_what_the_process_said_and_not_the_next_one(
    begin: Begin, tmp_path: Path
) -> None:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    relay = Controller(inbox, hostname="127.0.0.1", port=port)
    relay.start()
    try:
        run = program(tmp_path, PROGRAM)
        daemon = begin(
            f"""
mail: {{smtp: "smtp://127.0.0.1:{port}", from: o@example.com}}
contacts: {{ops: {{email: ops@example.com}}}}
watches:
  web:
    command: {run}
    user: ME
    start_grace: 0.2s
    env: {{API_TOKEN: hunter2secret}}
    restart_delay: {{reset_after: 1s}}
    notify: ops
"""
        )
        assert inbox.came.wait(30)
    finally:
        relay.stop()
    (mail,) = inbox.mails
    text = str(mail.get_payload(0).get_payload(decode=True))
    (kept,) = evidence(daemon, "web")

    assert kept["error_line"] == "OSError: [Errno 98] Address already in use"
    assert "login with (secret)" in kept["lines"]
    assert not [line for line in kept["lines"] if "next process" in line]
    assert "Log says: OSError: [Errno 98] Address already in use" in text
    assert "next process" not in text
    assert "hunter2" not in text
    story = daemon.overseer("history", "--incident", str(mail["X-Overseer-Incident"]))
    assert story.returncode == 0
    assert "| OSError: [Errno 98] Address already in use" in story.stdout
    assert "Address already in use" in daemon.overseer("why", "web").stdout
    assert "Address already in use" in daemon.overseer("status", "web").stdout
    assert "Address already in use" in daemon.overseer("incidents").stdout
    assert "Address already in use" in daemon.overseer("history", "web").stdout


@field("A5")
def test_what_wrote_nothing_was_killed_or_has_two_logs_says_so(
    begin: Begin, tmp_path: Path
) -> None:
    both = program(tmp_path, "import sys; print('out'); sys.exit('cannot bind: Permission denied')")
    daemon = begin(
        f"""
watches:
  mute: {{command: /bin/sleep 4951, user: ME, start_grace: 0.1s}}
  both: {{command: {both}, user: ME, err_log: HERE/both.err, restart_delay: 60s}}
  null: {{command: sh -c 'sleep 0.3; exit 1', user: ME, log: /dev/null, start_grace: 0.1s}}
  run:  {{command: sh -c 'echo lost; exit 4', user: ME, schedule: "0 0 1 1 *"}}
"""
    )
    pid = daemon.phases("mute", "up")["pid"]
    os.kill(pid, signal.SIGKILL)
    daemon.overseer("trigger", "run")

    assert evidence(daemon, "mute")[-1]["note"].startswith("nothing was written to")
    assert "Nothing was written to" in daemon.overseer("why", "mute").stdout
    found = evidence(daemon, "both")[-1]
    assert found["error_line"] == "cannot bind: Permission denied"
    assert found["lines"][-1] == "cannot bind: Permission denied"
    assert "out" in found["lines"]
    assert "is a device" in evidence(daemon, "null")[-1]["note"]
    assert evidence(daemon, "run")[-1]["lines"] == ["lost"]


@field("A5")
def test_a_log_that_is_a_pipe_nobody_reads_fails_its_watch_alone(
    begin: Begin, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    daemon = begin(
        """
watches:
  pipe: {command: /bin/sleep 4952, user: ME, log: HERE/fifo}
  web: {command: /bin/sleep 4953, user: ME}
"""
    )
    daemon.phases("web", "up")
    until("said", lambda: "a pipe that nobody reads" in daemon.overseer("why", "pipe").stdout)
    assert daemon.overseer("logs", "pipe", "web").returncode == 0
    assert daemon.overseer("status", "pipe").returncode == 3


@field("A5")
def test_a_log_that_was_renamed_meanwhile_is_found(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(
        """
watches:
  web:
    command: sh -c 'echo the end; exec sleep 4954'
    user: ME
    log: HERE/web.log
    start_grace: 0.1s
"""
    )
    pid = daemon.phases("web", "up")["pid"]
    (tmp_path / "web.log").rename(tmp_path / "web.log.1")
    (tmp_path / "web.log").write_text("of nobody\n")
    os.kill(pid, signal.SIGKILL)

    found = evidence(daemon, "web")[-1]
    assert (found["lines"], found["log"]) == (["the end"], f"{tmp_path}/web.log.1")


@field("A5")
def test_what_an_earlier_daemon_launched_shows_its_own_lines(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("of the process before\n")
    daemon = begin(
        """
watches:
  web:
    command: sh -c 'echo mine; exec sleep 4955'
    user: ME
    log: HERE/web.log
    start_grace: 0.1s
"""
    )
    pid = daemon.phases("web", "up")["pid"]
    daemon.kill()
    daemon.run()
    daemon.phases("web", "up")
    os.kill(pid, signal.SIGKILL)

    assert evidence(daemon, "web")[-1]["lines"] == ["mine"]


@field("A17")
@field("S18")
@field("J11")
def test_a_flood_is_cut_within_seconds_and_its_end_is_kept(begin: Begin, tmp_path: Path) -> None:
    run = program(
        tmp_path,
        """
import time
began = time.monotonic()
number = 0
while time.monotonic() < began + 6:
    print("".join(f"line {number + more:012}\\n" for more in range(1000)), end="", flush=True)
    number += 1000
print("the end", flush=True)
time.sleep(600)
""",
    )
    daemon = begin(
        f"""
settings: {{log_size: 1MB, log_files: 3}}
watches:
  web: {{command: {run}, user: ME, log: HERE/web.log}}
"""
    )
    log = tmp_path / "web.log"

    def over() -> bool:
        files = (log, tmp_path / "web.log.1")
        return any(b"the end" in file.read_bytes()[-200:] for file in files if file.exists())

    until("the end", over)
    until("the cut", lambda: log.stat().st_size <= 2**20)
    copies = sorted(tmp_path.glob("web.log.?"))
    assert 1 <= len(copies) <= 3
    assert all(copy.stat().st_size < 18 * 2**20 for copy in copies)
    assert copies[0].stat().st_size > 900_000
    assert daemon.watch("web")["phase"] == "up"


@field("A16")
@field("J11")
def test_a_log_moved_as_logrotate_does_is_said_and_followed(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(
        """
watches:
  web:
    command: sh -c 'while sleep 0.2; do echo tick; done'
    user: ME
    log: HERE/web.log
"""
    )
    daemon.phases("web", "up")
    until("a line", lambda: "tick" in daemon.overseer("logs", "web").stdout)
    log = tmp_path / "web.log"
    log.rename(tmp_path / "web.log.1")
    log.write_text("")

    until("said", lambda: "was moved to" in daemon.overseer("status").stdout)
    shown = daemon.overseer("logs", "web", "-n", "3")
    assert shown.stdout.splitlines() == ["tick"] * 3
    assert "copytruncate" in shown.stderr
    doctor = daemon.overseer("doctor").stdout
    assert "was moved to" in doctor
    daemon.overseer("restart", "web")
    until("unsaid", lambda: "was moved to" not in daemon.overseer("status").stdout)
    until("new lines", lambda: "tick" in log.read_text())
