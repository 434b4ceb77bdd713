"""No descriptors, processes or memory to be had for a while: afterwards all is as it should be."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from real_daemon import LONG, PATIENCE, Begin, Daemon, launched_by, until

from overseer.errors import OverseerError

ONE_OF_MANY = 61234
"""A uid that nobody else has, for its limit of processes."""
NAMES = ("a", "b", "c", "hooked", "daemonizing")
FILE = """
defaults: {user: ME, flapping: off, restart_delay: 100ms, start_grace: 100ms}
watches:
  a: {command: HERE/alone a, interval: 200ms}
  b: {command: HERE/alone b, interval: 500ms, restart_if: {command: {fails: /bin/true, times: 3}}}
  c: {command: HERE/alone c, ready: [run: /bin/true]}
  hooked: {command: HERE/alone hooked, hooks: {before_start: /bin/true, after_stop: /bin/true}}
  daemonizing: {start: HERE/daemonize daemonizing, pid_file: HERE/daemonizing.pid}
  nightly: {command: /bin/true, schedule: {every: 1s}}
"""
ALONE = """#!/bin/sh
exec 9>>HERE/$1.lock
flock -n 9 || { echo "$1: two copies" >> HERE/violations; exit 99; }
exec sleep 86400
"""
DAEMONIZE = """#!/bin/sh
setsid sh -c 'exec 9>>HERE/$0.lock
flock -n 9 || { echo "$0: two copies" >> HERE/violations; exit 99; }
sleep 86400 & echo $! > HERE/$0.pid' "$1"
"""


def prepare(folder: Path) -> None:
    for name, text in (("alone", ALONE), ("daemonize", DAEMONIZE)):
        (folder / name).write_text(text.replace("HERE", str(folder)))
        (folder / name).chmod(0o755)


def limit(subject: Daemon, what: str) -> None:
    assert subject.process is not None
    argv = [*subject.prefix, "prlimit", f"--pid={subject.process.pid}", what]
    subprocess.run(argv, check=True)


def status_field(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def misery(subject: Daemon, chance: random.Random, seconds: float) -> None:
    """What goes on while there is too little of something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OverseerError, OSError, ValueError):
            subject.verb(
                chance.choice(("stop", "start", "restart")), chance.choice(NAMES), wait=False
            )
        victims = [pid for pids in launched_by(subject.state).values() for pid in pids]
        if victims and chance.random() < 0.3:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(victims), 9)
        time.sleep(0.1)


def judge(subject: Daemon) -> None:
    """Whatever was asked meanwhile, all of it comes up now, once, and can be stopped."""
    assert subject.process is not None
    assert subject.process.poll() is None, subject.log_end()
    until("an answer", subject.answers)

    def starts() -> bool:
        """The first may still hear of a launch that failed before."""
        return bool(subject.ask("start", names=NAMES, timeout=PATIENCE)["code"] == 0)

    until("a start", starts, why=subject.log_end)

    def wrong() -> list[str]:
        processes, phases = subject.processes(), subject.phases()
        return [
            f"{name}: {phases[name]}, {processes.get(name)}"
            for name in NAMES
            if phases[name] != "up" or len(processes.get(name, ())) != 1
        ]

    until("order", lambda: not wrong(), why=wrong)
    answer = subject.ask("restart", names=NAMES, timeout=PATIENCE, parallel=5)
    assert answer["code"] == 0, (answer, subject.log_end())
    runs = subject.watches()["nightly"]
    assert not (subject.folder / "violations").exists(), (runs, subject.log_end())
    log = subject.log.read_text()
    assert log.count("Traceback") <= log.count("MemoryError"), subject.log_end(8000)
    assert "please report" not in subject.log.read_text()


@pytest.mark.skipif(not LONG, reason="in the long form")
def test_without_descriptors(
    tmp_path: Path, daemon: Begin, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    prepare(tmp_path)
    subject = daemon(FILE)
    assert subject.process is not None
    pid = subject.process.pid
    until("order", lambda: list(subject.phases().values()).count("up") == 5)
    for _ in range(lasting(1, 40)):
        held = max(int(one) for one in os.listdir(f"/proc/{pid}/fd")) + 1
        limit(subject, f"--nofile={held + chance.randrange(-4, 4)}:")
        misery(subject, chance, 1.5)
        limit(subject, "--nofile=1024:")
        judge(subject)


class OfAnother(Daemon):
    """Root does not speak to sockets of others."""

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        os.seteuid(ONE_OF_MANY)
        try:
            return super().ask(verb, **fields)
        finally:
            os.seteuid(0)


@pytest.fixture
def of_another(tmp_path: Path) -> Iterator[Callable[[str], Daemon]]:
    """A daemon of an ordinary user, whose processes can be limited."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    folder = Path(tempfile.mkdtemp(prefix="overseer-chaos-"))
    os.chown(folder, ONE_OF_MANY, ONE_OF_MANY)
    become = ("setpriv", f"--reuid={ONE_OF_MANY}", f"--regid={ONE_OF_MANY}", "--clear-groups")
    probe = [*become, sys.executable, "-c", "import overseer"]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("the package is not readable for others")
    made: list[Daemon] = []

    def make(text: str) -> Daemon:
        prepare(folder)
        made.append(OfAnother(folder, text.replace("user: ME, ", ""), become))
        made[-1].run()
        return made[-1]

    yield make
    for one in made:
        one.end()
    shutil.rmtree(folder)


def test_without_processes_and_threads(
    of_another: Callable[[str], Daemon], chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    subject = of_another(FILE)
    until("order", lambda: list(subject.phases().values()).count("up") == 5)
    for _ in range(lasting(1, 40)):
        limit(subject, f"--nproc={chance.randrange(1, 12)}:")
        misery(subject, chance, 1.5)
        limit(subject, "--nproc=4096:")
        judge(subject)


def test_without_memory(
    tmp_path: Path, daemon: Begin, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    prepare(tmp_path)
    subject = daemon(FILE)
    assert subject.process is not None
    until("order", lambda: list(subject.phases().values()).count("up") == 5)
    for _ in range(lasting(1, 40)):
        size = status_field(subject.process.pid, "VmSize") * 1024
        limit(subject, f"--as={size + chance.randrange(0, 200_000)}:")
        misery(subject, chance, 1.5)
        limit(subject, "--as=unlimited:")
        judge(subject)
