"""The disk of the state is full, read-only, slow; the database is damaged, cut or gone."""

import os
import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from real_daemon import LONG, Begin, Daemon, command, until

from overseer.errors import OverseerError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
NAMES = ("a", "b", "c", "d")
FILE = "defaults: {user: ME, start_grace: 100ms}\nwatches:\n" + "\n".join(
    f"  {name}: {{command: HERE/alone {name}, interval: 500ms, flapping: off}}" for name in NAMES
)
ALONE = """#!/bin/sh
exec 9>>HERE/$1.lock
flock -n 9 || { echo "$1: two copies" >> HERE/violations; exit 99; }
exec sleep 86400
"""
NOT_ON_DISK = "not on disk, and lost if overseer ends before it can be written"


def prepare(folder: Path) -> None:
    path = folder / "alone"
    path.write_text(ALONE.replace("HERE", str(folder)))
    path.chmod(0o755)


class Goals:
    """What was asked of each watch, and answered without a word about the disk."""

    def __init__(self, daemon: Daemon, chance: random.Random) -> None:
        self.daemon, self.chance = daemon, chance
        self.down: set[str] = set()
        self.orders = self.not_on_disk = 0

    def ask(self, *, lasting: bool) -> None:
        """One order. *lasting*: whether it can be on disk."""
        name, verb = self.chance.choice(NAMES), self.chance.choice(("stop", "start", "restart"))
        answer = self.daemon.verb(verb, name)
        assert answer["code"] == 0, answer
        self.orders += 1
        self.not_on_disk += "not_on_disk" in answer
        assert lasting or "not_on_disk" in answer, answer
        (self.down.add if verb == "stop" else self.down.discard)(name)

    def wrong(self) -> list[str]:
        processes, phases = self.daemon.processes(), self.daemon.phases()
        wanted = {name: ("stopped", 0) if name in self.down else ("up", 1) for name in NAMES}
        return [
            f"{name}: {phases[name]}, {len(processes.get(name, ()))} processes"
            for name in NAMES
            if (phases[name], len(processes.get(name, ()))) != wanted[name]
        ]

    def judge(self, folder: Path) -> None:
        until("order", lambda: not self.wrong(), why=self.wrong)
        assert not (folder / "violations").exists()
        assert "Traceback" not in self.daemon.log.read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    argv = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", str(folder)]
    if subprocess.run(argv, check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    with suppress(OSError), (folder / "filled").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


@as_root
def test_on_a_full_disk_everything_goes_on_and_is_made_up_for(
    small_disk: Path,
    tmp_path: Path,
    daemon: Begin,
    chance: random.Random,
    lasting: Callable[[int, int], int],
) -> None:
    prepare(tmp_path)
    subject = daemon(FILE)
    goals = Goals(subject, chance)
    rounds = lasting(1, 40)
    for _ in range(rounds):
        fill(small_disk)
        for _ in range(4):
            goals.ask(lasting=True)  # what has room in the log of the database still goes there
        if chance.random() < 0.5:
            os.kill(chance.choice([p for pids in subject.processes().values() for p in pids]), 9)
        (small_disk / "filled").unlink()
        until("room", lambda: not subject.ask("status")["status"].get("trouble"))
        goals.ask(lasting=True)
        subject.kill()
        subject.run()
        goals.judge(tmp_path)
    print(f"{rounds} times full, {goals.orders} orders, {goals.not_on_disk} said not on disk")


class Disk:
    """A file system of its own under the state folder, which can fail as a bad disk does."""

    def __init__(self, folder: Path) -> None:
        self.state, self.image = folder / "state", folder / "disk"
        self.state.mkdir(mode=0o700)
        with self.image.open("wb") as file:
            file.truncate(32 * 2**20)
        run("mkfs.ext4", "-q", "-E", "root_owner", str(self.image))

    def mount(self) -> None:
        run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.state))

    def fail(self) -> None:
        """Read-only from now on, whatever is open: ext4(5), `abort`."""
        run("mount", "-o", "remount,abort", str(self.state))

    def mend(self) -> None:
        """When nothing of it is open any more."""
        run("umount", str(self.state))
        subprocess.run(["e2fsck", "-fy", str(self.image)], check=False, capture_output=True)
        self.mount()


def run(*argv: str) -> None:
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(argv)}: {done.stderr}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    try:
        made = Disk(tmp_path)
        made.mount()
    except OSError as error:
        pytest.skip(str(error))
    yield made
    subprocess.run(["umount", "--lazy", str(made.state)], check=False)


@pytest.fixture
def own_mounts(tmp_path: Path) -> tuple[str, ...]:
    """What runs a daemon whose state folder is a read-only mount."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    script = f'mount --bind {state} {state} && mount -o remount,bind,ro {state} && exec "$@"'
    prefix = ("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh")
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    return prefix


@as_root
@pytest.mark.field("K3")
def test_a_state_folder_that_becomes_read_only_stops_nothing_and_is_said(
    disk: Disk,
    tmp_path: Path,
    daemon: Begin,
    chance: random.Random,
    lasting: Callable[[int, int], int],
) -> None:
    prepare(tmp_path)
    text = FILE
    for name in NAMES[:3]:  # the log of the last is on that disk, too
        text = text.replace(f"alone {name},", f"alone {name}, log: HERE/{name}.log,")
    subject = daemon(text)
    goals = Goals(subject, chance)
    until("order", lambda: not goals.wrong(), why=goals.wrong)
    rounds = lasting(1, 40)
    for _ in range(rounds):
        disk.fail()
        goes_on(subject, goals, chance)
        before = subject.processes()
        subject.kill()
        if chance.random() < 0.5:
            begins_in_vain(subject)
        for pid in before.pop(NAMES[-1], ()):
            os.kill(pid, 9)
            until("its end", lambda: not command(pid))  # noqa: B023
        disk.mend()
        subject.run()
        for name in NAMES:  # a stop may be forgotten, which was said; what ran is there once
            subject.verb("start", name)
        goals.down.clear()
        goals.judge(tmp_path)
        after = subject.processes()
        assert {name: after.get(name) for name in before} == before
    print(f"{rounds} times read-only, {goals.orders} orders")


def goes_on(subject: Daemon, goals: Goals, chance: random.Random) -> None:
    """Orders are carried out, and say that they are not on disk; what dies comes back."""
    for _ in range(3):
        goals.ask(lasting=False)
    assert "cannot be written" in subject.overseer("status").stdout
    for name in (NAMES[-1], chance.choice(NAMES[:3])):
        for pid in subject.processes().get(name, ()):
            os.kill(pid, 9)
    until("order", lambda: not goals.wrong(), why=goals.wrong)


def begins_in_vain(subject: Daemon) -> None:
    """Who comes while nothing can be written ends with a word, or goes on; and doubles nothing."""
    process = subject.launch()
    until("a word", lambda: process.poll() is not None or subject.answers())
    if process.poll() is None:
        subject.kill()


@pytest.mark.skipif(not LONG, reason="in the long form")
@as_root
@pytest.mark.field("K3")
def test_a_daemon_that_begins_over_a_read_only_mount_says_so_and_doubles_nothing(
    own_mounts: tuple[str, ...], tmp_path: Path, daemon: Begin
) -> None:
    prepare(tmp_path)
    subject = daemon(FILE)
    goals = Goals(subject, random.Random(0))
    until("order", lambda: not goals.wrong(), why=goals.wrong)
    before = subject.processes()
    subject.kill()
    subject.prefix = own_mounts
    process = subject.launch()
    until("its end", lambda: process.poll() is not None)
    assert process.returncode == 1
    assert "read-only file system" in subject.log_end(300)
    assert "Traceback" not in subject.log.read_text()
    subject.prefix = ()
    subject.run()
    goals.judge(tmp_path)
    assert subject.processes() == before


def remove_all(path: Path, _: random.Random) -> None:
    for one in path.parent.glob("state.db*"):
        one.unlink(missing_ok=True)


def cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def add_noise(path: Path, chance: random.Random) -> None:
    size = max(path.stat().st_size, 1)
    with path.open("r+b") as file:
        for _ in range(20):
            file.seek(chance.randrange(size))
            file.write(chance.randbytes(chance.randrange(1, 200)))


def spoil_header(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.write(chance.randbytes(100))


def replace(path: Path, _: random.Random) -> None:
    another = path.with_name("another")
    another.write_bytes(b"another file " * 1000)
    another.replace(path)


HARMS: dict[str, tuple[str, Callable[[Path, random.Random], None]]] = {
    "removed": ("", remove_all),
    "cut": ("", cut),
    "emptied": ("", lambda path, _: os.truncate(path, 0)),
    "noise": ("", add_noise),
    "header spoiled": ("", spoil_header),
    "replaced": ("", replace),
    "log removed": ("-wal", lambda path, _: path.unlink()),
    "log cut": ("-wal", cut),
    "noise in the log": ("-wal", add_noise),
    "index cut": ("-shm", cut),
}
"""What a disk, a person or a backup may do to the database, its log, its index."""


def harm(path: Path, chance: random.Random) -> str:
    how = chance.choice(sorted(HARMS))
    suffix, spoil = HARMS[how]
    with suppress(FileNotFoundError):
        spoil(path.with_name(path.name + suffix), chance)
    return how


def test_a_database_that_is_harmed_while_it_is_open_or_closed_doubles_nothing(
    tmp_path: Path, daemon: Begin, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    """Stops that it held may be forgotten, which is said; no process is lost or there twice."""
    prepare(tmp_path)
    subject = daemon(FILE)
    goals = Goals(subject, chance)
    path = subject.state / "state.db"
    rounds, done = lasting(2, 200), []
    for number in range(rounds):
        open_ = bool(number % 2)
        if not open_:
            subject.kill()
        done.append(harm(path, chance))
        if open_:
            try:
                for _ in range(2):
                    goals.ask(lasting=True)
                time.sleep(chance.random() * 3)
            except OverseerError:  # the index is mapped: who cuts it ends every SQLite program
                assert done[-1] == "index cut"
            subject.kill()
        subject.run()
        assert not (tmp_path / "violations").exists(), done
        for name in NAMES:  # a stop may be forgotten
            subject.verb("start", name)
        goals.down.clear()
        until("order", lambda: not goals.wrong(), why=goals.wrong)
        for old in subject.state.glob("state.db.corrupt-*"):
            old.unlink()
    print(f"{rounds} times: {', '.join(sorted(set(done)))}")
    goals.judge(tmp_path)


@pytest.mark.skipif(not LONG, reason="in the long form")
def test_while_another_holds_the_database_everything_goes_on(
    tmp_path: Path, daemon: Begin, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    """A disk that is slow for seconds, as far as the daemon can tell."""
    prepare(tmp_path)
    subject = daemon(FILE)
    goals = Goals(subject, chance)
    until("order", lambda: not goals.wrong(), why=goals.wrong)
    ended = threading.Event()
    holder = threading.Thread(
        target=hold, args=(subject.state / "state.db", ended, chance.random())
    )
    holder.start()
    slowest = 0.0
    try:
        for _ in range(lasting(3, 100)):
            began = time.monotonic()
            with suppress(OverseerError):
                goals.ask(lasting=True)
            slowest = max(slowest, time.monotonic() - began)
    finally:
        ended.set()
        holder.join()
    until("writing", lambda: "written" not in subject.overseer("status").stdout)
    subject.kill()
    subject.run()
    goals.judge(tmp_path)
    print(f"{goals.orders} orders, the slowest {slowest:.1f} s")


def hold(path: Path, ended: threading.Event, share: float) -> None:
    """An open transaction, again and again, as a person at `sqlite3` may have one."""
    while not ended.wait(0.05):
        with (
            closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db,
            suppress(sqlite3.Error),
        ):
            db.execute("BEGIN IMMEDIATE")
            ended.wait(0.2 + 2 * share)
            db.execute("ROLLBACK")
