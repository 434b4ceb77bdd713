"""overseer reexec: another program goes on in the same process, and nothing is missed."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from receivers import free_port
from test_sockets import SERVE, Load
from test_supervision import OVERSEER, Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

WAITS = "while ! test -e HERE/over; do sleep 0.1; done; exit 3"
HOOK = "while ! test -e HERE/over; do sleep 0.1; done; echo $0 >> HERE/hooks"
TEXT = f"""
defaults: {{user: ME}}
watches:
  web: {{command: /bin/sleep 4871}}
  worker: {{command: [/bin/sh, -c, "{WAITS}"], on_exit: stop}}
  job: {{command: [/bin/sh, -c, "{WAITS}"], schedule: "0 0 29 2 *"}}
  stubborn:
    command: [/bin/sh, -c, "trap 'test -e HERE/over && exit' TERM USR1; while sleep .1; do :; done"]
    stop_timeout: 60s
  hooked:
    command: /bin/sleep 4872
    hooks:
      before_start: [/bin/sh, -c, "{HOOK}", before]
      after_start: [/bin/sh, -c, "{HOOK}; exit 5", after]
"""


def reexec(daemon: Daemon) -> "subprocess.CompletedProcess[str]":
    done = daemon.overseer("reexec")
    assert done.returncode == 0, done.stderr
    return done


def replacements(daemon: Daemon) -> int:
    lines = daemon.overseer("history", "--json", "-n", "500").stdout.splitlines()
    return [json.loads(line)["kind"] for line in lines].count("replaced")


def asks(daemon: Daemon, *words: str) -> "subprocess.Popen[str]":
    argv = [*OVERSEER, words[0], "--state-dir", str(daemon.folder / "state"), *words[1:]]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_what_is_under_way_goes_on_and_its_end_is_known(begin: Begin) -> None:
    daemon = begin(TEXT)
    pids = {name: daemon.phases(name, "up")["pid"] for name in ("web", "worker", "stubborn")}
    daemon.overseer("trigger", "job", "--no-wait")
    daemon.phases("job", "running")
    stop = asks(daemon, "stop", "stubborn")
    wait = asks(daemon, "wait", "hooked", "--timeout", "60s")
    daemon.phases("stubborn", "stopping")

    for _ in range(2):
        reexec(daemon)

    assert daemon.process.poll() is None
    assert {name: daemon.watch(name)["pid"] for name in pids} == pids
    assert (stop.poll(), wait.poll()) == (None, None)
    assert not (daemon.folder / "hooks").exists()
    (daemon.folder / "over").touch()
    os.kill(pids["stubborn"], signal.SIGUSR1)
    assert "stubborn: stopped" in stop.communicate(timeout=60)[0]
    assert (wait.communicate(timeout=60)[1], wait.returncode) == (None, 0)
    assert "exit code 3" in daemon.phases("worker", "failed")["note"]
    assert "run failed: exit code 3" in daemon.phases("job", "failed")["note"]
    until("the hooks", lambda: (daemon.folder / "hooks").read_text() == "before\nafter\n")
    until("what the hook said", lambda: "exit code 5" in str(daemon.history("hooked", "warning")))
    assert "SIGTERM" not in str(daemon.history("stubborn", "stopping")[1:])  # once


@pytest.mark.field("K11")
def test_an_end_while_nobody_listens_is_heard_with_its_exit_code(begin: Begin) -> None:
    """As long as the new program is on its way there is none that could hear of it."""
    daemon = begin(
        "watches: {worker: {user: ME, on_exit: stop, command: [/bin/sh, -c, '" + WAITS + "']}}"
    )
    daemon.phases("worker", "up")
    os.kill(daemon.process.pid, signal.SIGSTOP)  # the end comes before anybody can hear of it
    replaced = asks(daemon, "reexec")
    (daemon.folder / "over").touch()
    os.kill(daemon.process.pid, signal.SIGCONT)
    assert "was replaced by" in replaced.communicate(timeout=60)[0]
    assert "exit code 3" in daemon.phases("worker", "failed")["note"]


def test_no_connection_is_refused_during_reexecs(begin: Begin, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(SERVE)
    daemon = begin(
        f"watches: {{web: {{user: ME, dir: HERE, command: [{sys.executable}, serve.py],"
        f" sockets: {{http: 'tcp://127.0.0.1:{port}'}}}}}}"
    )
    pid = daemon.phases("web", "up")["pid"]
    load = Load(f"http://127.0.0.1:{port}/")
    failures: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            asked = daemon.overseer("version")
            if "no overseer answers" in asked.stderr:
                failures.append(asked.stderr)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in range(2):
            reexec(daemon)
            if number == 0:
                daemon.overseer("restart", "web")
    finally:
        over.set()
        asking.join()
        load.end()
    assert daemon.watch("web")["pid"] != pid
    assert load.answers > 0
    assert (load.failures, failures) == ([], [])


def test_the_signal_replaces_it_and_two_at_once_are_one(begin: Begin) -> None:
    daemon = begin("watches: {web: {user: ME, command: /bin/sleep 4873}}")
    pid = daemon.phases("web", "up")["pid"]
    os.kill(daemon.process.pid, signal.SIGUSR2)
    until("the replacement", lambda: replacements(daemon) == 1)
    both = [asks(daemon, "reexec"), asks(daemon, "reexec")]
    texts = [one.communicate(timeout=60)[0] for one in both]
    done = replacements(daemon) - 1
    assert done == sum(one.returncode == 0 for one in both) >= 1
    assert all("was replaced by" in text or "being replaced" in text for text in texts)
    assert daemon.watch("web")["pid"] == pid


def broken(folder: Path, text: str) -> str:
    (folder / "overseer").mkdir(parents=True)
    (folder / "overseer" / "__init__.py").write_text(text)
    (folder / "overseer" / "__main__.py").touch()
    return str(folder)


def test_a_version_that_cannot_go_on_is_refused_and_the_daemon_goes_on(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "other"
    monkeypatch.setenv("PYTHONPATH", str(place))
    daemon = begin("watches: {web: {user: ME, command: /bin/sleep 4874}}")
    before = daemon.phases("web", "up")["pid"], daemon.process.pid
    monkeypatch.delenv("PYTHONPATH")

    broken(place, "raise ImportError('no such thing as yaml')")
    refused = daemon.overseer("reexec")
    assert refused.returncode == 1
    assert "cannot be tried: ImportError: no such thing as yaml" in refused.stderr
    os.kill(daemon.process.pid, signal.SIGUSR2)
    until("the refusal", lambda: "cannot be tried" in (tmp_path / "daemon.log").read_text())

    (place / "overseer" / "__init__.py").unlink()
    (place / "overseer" / "__main__.py").unlink()
    (place / "overseer").rmdir()
    with sqlite3.connect(daemon.folder / "state" / "state.db") as db:
        known = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version=999")
    refused = daemon.overseer("reexec")
    assert "was written by a newer overseer (schema 999" in refused.stderr
    with sqlite3.connect(daemon.folder / "state" / "state.db") as db:
        db.execute(f"PRAGMA user_version={known}")
    reexec(daemon)
    assert (daemon.watch("web")["pid"], daemon.process.pid) == before
    assert not list((daemon.folder / "state").glob(".reexec-*"))


def test_a_kill_at_that_moment_is_as_any_other(begin: Begin) -> None:
    """The new program is killed before it has begun; the next daemon finds everything."""
    daemon = begin("watches: {web: {user: ME, command: /bin/sleep 4875}}")
    pid = daemon.phases("web", "up")["pid"]
    for after in (0.0, 0.1, 0.3):
        asking = asks(daemon, "reexec")
        until(
            "the new program",
            lambda: "is replaced by" in (daemon.folder / "daemon.log").read_text(),
        )
        time.sleep(after)
        daemon.process.kill()
        daemon.process.wait()
        asking.communicate(timeout=60)
        (daemon.folder / "daemon.log").write_text("")
        daemon.run()
        assert daemon.phases("web", "up")["pid"] == pid


def test_the_manager_hears_of_a_reload(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        daemon = begin("watches: {web: {user: ME, command: /bin/sleep 4876}}")
        monkeypatch.delenv("NOTIFY_SOCKET")
        daemon.phases("web", "up")
        answer = json.loads(daemon.overseer("reexec", "--json").stdout)
        heard: list[str] = []
        while heard.count("READY=1") < 2:
            heard += manager.recv(4096).decode().splitlines()
    heard = [line for line in heard if not line.startswith(("WATCHDOG", "MONOTONIC"))]
    assert (answer["code"], answer["pid"]) == (0, daemon.process.pid)
    assert heard == ["READY=1", "RELOADING=1", "READY=1"]
