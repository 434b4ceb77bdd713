"""A pid file that names somebody else's process: what `why` says to type is typed."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_supervision import Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

TEXT = """
watches:
  app:
    start: /bin/sh -c 'setsid sleep 4871 & echo $! > HERE/app.pid'
    pid_file: HERE/app.pid
    user: ME
"""


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "4872"]) as process:
        yield process
        process.kill()


def unknown(begin: Begin, stranger: "subprocess.Popen[bytes]") -> Daemon:
    """Written before the stranger began, after this boot."""
    daemon = begin("watches: {other: {command: /bin/sleep 4873, user: ME}}")
    path = daemon.folder / "app.pid"
    path.write_text(f"{stranger.pid}\n")
    moment = time.time() - 60
    os.utime(path, (moment, moment))
    daemon.write(TEXT)
    daemon.overseer("load", "--yes")
    daemon.phases("app", "unknown")
    return daemon


def advice(daemon: Daemon) -> list[list[str]]:
    """The commands in what `why` says."""
    said = daemon.overseer("why", "app").stdout
    assert "(sleep)" in said
    return [line.split() for line in re.findall("`([^`]*)`", said)]


@pytest.mark.field("A9")
@pytest.mark.parametrize("asked", ["", "stop", "start", "restart"])
def test_the_file_is_removed(begin: Begin, stranger: "subprocess.Popen[bytes]", asked: str) -> None:
    daemon = unknown(begin, stranger)
    if asked:
        answer = daemon.overseer(asked, "app")
        assert answer.returncode in (1, 3)
        assert f"rm {daemon.folder}/app.pid" in answer.stderr
    [remove] = {tuple(words) for words in advice(daemon) if words[0] == "rm"}
    subprocess.run(remove, check=True)

    assert daemon.overseer("start", "app").returncode == 0
    assert daemon.watch("app")["phase"] == "up"
    assert stranger.poll() is None


@pytest.mark.field("A9")
def test_the_process_is_adopted(begin: Begin, stranger: "subprocess.Popen[bytes]") -> None:
    daemon = unknown(begin, stranger)
    [adopt] = {tuple(words) for words in advice(daemon) if words[-1].isdigit()}

    assert daemon.overseer(*adopt[1:]).returncode == 0
    assert daemon.watch("app")["pid"] == stranger.pid
    assert daemon.overseer("stop", "app").returncode == 0
    until("its end", lambda: stranger.poll() is not None)


RENEW = (
    "#!/bin/sh\nsetsid /bin/sh -c 'exec sleep 4874' >/dev/null 2>&1 </dev/null &\necho $! > $1\n"
)


@pytest.mark.field("A21")
def test_what_a_pid_file_named_before_is_left_over(begin: Begin, tmp_path: Path) -> None:
    script = tmp_path / "renew.sh"
    script.write_text(RENEW)
    script.chmod(0o755)
    pid_file = tmp_path / "app.pid"
    command = f"{script} {pid_file}"
    daemon = begin(f"""
watches:
  app: {{start: {command}, restart: {command}, pid_file: {pid_file}, user: ME, start_grace: 500ms}}
""")
    pids = [daemon.phases("app", "up")["pid"]]
    try:
        restarted = daemon.overseer("restart", "app")
        pids.append(int(pid_file.read_text()))
        assert restarted.stdout == f"app: up, pid {pids[1]}\n"
        assert f"left over: app (pid {pids[0]}, sleep)" in daemon.overseer("status").stdout

        subprocess.run(command.split(), check=True)
        pids.append(int(pid_file.read_text()))
        until("the third", lambda: daemon.watch("app")["pid"] == pids[2])
        assert f"pid {pids[0]} (sleep), {pids[1]} (sleep)" in daemon.overseer("why", "app").stdout

        stopped = daemon.overseer("stop", "app")
        assert stopped.returncode == 1
        assert f"pid {pids[0]} (sleep), pid {pids[1]} (sleep)" in stopped.stdout + stopped.stderr
    finally:
        daemon.end()
        for pid in pids[:2]:
            os.kill(pid, signal.SIGTERM)


@pytest.mark.field("A22")
def test_with_kill_tree_a_stop_ends_what_a_pid_file_named_before(
    begin: Begin, tmp_path: Path
) -> None:
    script = tmp_path / "renew.sh"
    script.write_text(RENEW)
    script.chmod(0o755)
    command = f"{script} {tmp_path}/app.pid"
    daemon = begin(f"""
watches:
  app: {{start: {command}, restart: {command}, pid_file: {tmp_path}/app.pid, user: ME,
    start_grace: 100ms, kill: tree}}
""")
    former = daemon.phases("app", "up")["pid"]
    assert daemon.overseer("restart", "app").returncode == 0
    assert f"left over: app (pid {former}, sleep)" in daemon.overseer("status").stdout

    stopped = daemon.overseer("stop", "app")

    assert (stopped.returncode, stopped.stdout) == (0, "app: stopped\n")
    assert is_gone(former)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
