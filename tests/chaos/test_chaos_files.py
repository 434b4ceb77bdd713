"""Pid files of every kind: each costs its own watch, and nobody else is signalled."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from real_daemon import LONG, PATIENCE, Begin, command, until

Make = Callable[[Path], object]


def loop(path: Path) -> None:
    other = path.with_suffix(".other")
    other.symlink_to(path)
    path.symlink_to(other)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**30)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


KINDS: dict[str, Make] = {
    "fifo": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
    "zero": lambda path: path.symlink_to("/dev/zero"),
    "full": lambda path: path.symlink_to("/dev/full"),
    "tty": lambda path: path.symlink_to("/dev/tty"),
    "sparse": sparse,
    "loop": loop,
    "dangling": lambda path: path.symlink_to("nowhere"),
    "socket": unix_socket,
    "unreadable": lambda path: (path.write_text("1\n"), path.chmod(0)),
    "init": lambda path: path.write_text("1\n"),
    "kernel": lambda path: path.write_text("2\n"),
    "nought": lambda path: path.write_text("0\n"),
    "negative": lambda path: path.write_text("-1\n"),
    "huge": lambda path: path.write_text("9" * 4000),
    "large": lambda path: path.write_text("99999999999999999999\n"),
    "empty": lambda path: path.touch(),
    "noise": lambda path: path.write_bytes(bytes(range(256)) * 20),
    "words": lambda path: path.write_text("nginx: master process\n"),
    "digits": lambda path: path.write_text("١٢٣\n"),
    "mark": lambda path: path.write_bytes(b"\xef\xbb\xbf1\r\n"),
    "lines": lambda path: path.write_text("\n" * 100_000),
}
if not LONG:
    KINDS = {name: KINDS[name] for name in ("fifo", "zero", "sparse", "loop", "huge", "noise")}


@contextmanager
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """Somebody else's process, that pid files name."""
    with subprocess.Popen(["/bin/sleep", "86400"], start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def file_of_watches() -> str:
    lines = ["defaults: {user: ME, flapping: off, interval: 500ms}", "watches:"]
    lines.append("  plain: {command: /bin/sleep 86399}")
    names = [*KINDS, "others", "own", "parent"]
    lines += [f"  {name}: {{start: /bin/true, pid_file: HERE/pids/{name}}}" for name in names]
    return "\n".join(lines)


def test_pid_files_of_every_kind_cost_their_own_watch_alone(tmp_path: Path, daemon: Begin) -> None:
    pids = tmp_path / "pids"
    pids.mkdir()
    for name, make in KINDS.items():
        make(pids / name)
    with bystander() as other:
        (pids / "others").write_text(f"{other.pid}\n")
        (pids / "own").write_text(f"{os.getpid()}\n")
        subject = daemon(file_of_watches(), run=False)
        subject.launch()
        until("an answer", subject.answers)
        assert subject.process is not None
        (pids / "parent").write_text(f"{subject.process.pid}\n")

        first = subject.wait_for("plain", "up")["pid"]
        os.kill(first, signal.SIGKILL)
        until("another", lambda: subject.watches()["plain"]["pid"] not in (None, first))
        for name in [*KINDS, "parent"]:
            subject.verb("restart", name, wait=False)
        with ThreadPoolExecutor(len(KINDS)) as crowd:
            answers = crowd.map(lambda name: subject.verb("stop", name), [*KINDS, "parent"])
            assert "please report" not in str(list(answers))
        assert subject.overseer("status").returncode in (0, 3)
        assert subject.overseer("doctor").returncode in (0, 1)
        assert other.poll() is None
    assert command(os.getpid())
    assert subject.process.poll() is None
    log = subject.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]


@pytest.mark.parametrize("what", ["log", "env_file"])
def test_logs_and_env_files_of_every_kind_cost_their_own_watch_alone(
    what: str, tmp_path: Path, daemon: Begin
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for name, make in KINDS.items():
        make(files / name)
    lines = ["defaults: {user: ME, flapping: off, interval: 500ms}", "watches:"]
    lines.append("  plain: {command: /bin/sleep 86398}")
    lines += [f"  {name}: {{command: /bin/cat, {what}: HERE/files/{name}}}" for name in KINDS]
    subject = daemon("\n".join(lines))
    first = subject.wait_for("plain", "up")["pid"]
    os.kill(first, signal.SIGKILL)
    until("another", lambda: subject.watches()["plain"]["pid"] not in (None, first))
    for name in KINDS:
        for verb in ("why", "logs"):
            done = subject.overseer(verb, name) if name in ("fifo", "zero", "sparse") else None
            assert done is None or "please report" not in done.stderr, done.stderr
    answer = subject.ask("stop", names=[*KINDS], timeout=PATIENCE)
    assert answer["code"] == 0, answer
    assert subject.process is not None
    assert subject.process.poll() is None
    log = subject.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
