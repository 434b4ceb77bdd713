"""What a pid file is believed: real files, and a process that lives."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overseer.errors import Refused
from overseer.model.program import Program
from overseer.model.status import Errand, Job
from overseer.system.identity import boot_id
from overseer.system.leftovers import HOME, Leftovers
from overseer.system.look import Doubt, by_intent, by_pid_file, refuse_another_users, successor
from overseer.system.table import Tables


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "100"]) as sleeper:
        yield sleeper.pid
        sleeper.kill()


def written(path: Path, pid: int, at: float) -> Program:
    path.write_text(f"{pid}\n")
    os.utime(path, (at, at))
    return Program(start=("control", "start"), pid_file=str(path))


def test_one_that_was_written_after_it_began_is_believed(tmp_path: Path, pid: int) -> None:
    found = by_pid_file(written(tmp_path / "a.pid", pid, time.time() + 5), "web", Leftovers())

    assert found is not None
    assert found.pid == pid


@pytest.mark.field("A9")
def test_one_of_an_earlier_boot_names_nothing(tmp_path: Path, pid: int) -> None:
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    assert by_pid_file(written(tmp_path / "a.pid", pid, booted - 3600), "web", Leftovers()) is None


@pytest.mark.field("A9")
def test_one_that_is_older_than_its_process_is_doubted_and_says_what_helps(
    tmp_path: Path, pid: int
) -> None:
    program = written(tmp_path / "a.pid", pid, time.time() - 60)

    with pytest.raises(Doubt, match=f"rm {tmp_path}/a.pid`.*`overseer adopt web {pid}`"):
        by_pid_file(program, "web", Leftovers())


STRANGER = 54321
"""A uid that no user has."""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="runs as several users")
Run = Callable[..., int]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs a program that sleeps, as that uid; its pid."""
    with ExitStack() as stack:

        def start(uid: int = 0, env: Mapping[str, str] | None = None) -> int:
            own: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": []} if uid else {}
            words = ["/bin/sleep", "100"]
            sleeper = stack.enter_context(
                subprocess.Popen(words, env=dict(env or {}), start_new_session=True, **own)
            )
            stack.callback(sleeper.kill)
            return sleeper.pid

        yield start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the stranger, within folders that he may reach."""
    made = tmp_path / "run"
    made.mkdir(mode=0o755)
    os.chown(made, STRANGER, STRANGER)
    return made


def of_the_stranger(folder: Path, pid: int, user: str | None = None) -> Program:
    program = written(folder / "a.pid", pid, time.time() + 5)
    os.chown(folder / "a.pid", STRANGER, STRANGER)
    return replace(program, user=user)


@needs_root
@pytest.mark.field("S6")
@pytest.mark.parametrize("user", [None, "root", str(STRANGER)])
def test_a_pid_file_of_a_user_names_no_process_of_root(
    folder: Path, run: Run, user: str | None
) -> None:
    program = of_the_stranger(folder, run(), user)

    with pytest.raises(Doubt, match=f"runs as root, and .*a.pid may not say so: {STRANGER} may"):
        by_pid_file(program, "web", Leftovers())


@needs_root
@pytest.mark.field("S6")
def test_nor_one_of_a_third_user(folder: Path, run: Run) -> None:
    pid = run(STRANGER + 1)

    with pytest.raises(Doubt):
        by_pid_file(of_the_stranger(folder, pid), "web", Leftovers())
    assert by_pid_file(of_the_stranger(folder, pid, str(STRANGER)), "web", Leftovers()) is None


@needs_root
@pytest.mark.field("S6")
@pytest.mark.parametrize("user", [None, str(STRANGER)])
def test_it_names_his_own(folder: Path, run: Run, user: str | None) -> None:
    """As postgres does in its data folder."""
    pid = run(STRANGER)
    found = by_pid_file(of_the_stranger(folder, pid, user), "web", Leftovers())

    assert found is not None
    assert found.pid == pid


@needs_root
@pytest.mark.field("S6")
def test_one_that_root_has_written_into_his_folder_is_no_better(folder: Path, run: Run) -> None:
    with pytest.raises(Doubt):
        by_pid_file(written(folder / "a.pid", run(), time.time() + 5), "web", Leftovers())

    own = run(STRANGER)
    assert by_pid_file(written(folder / "a.pid", own, time.time() + 5), "web", Leftovers())


@needs_root
@pytest.mark.field("S6")
def test_a_link_of_his_to_a_pid_file_of_root_is_his(folder: Path, tmp_path: Path, run: Run) -> None:
    written(tmp_path / "sshd.pid", run(), time.time() + 5)
    (folder / "a.pid").symlink_to(tmp_path / "sshd.pid")

    with pytest.raises(Doubt):
        by_pid_file(Program(start=("x",), pid_file=str(folder / "a.pid")), "web", Leftovers())


@needs_root
@pytest.mark.field("S6")
@pytest.mark.parametrize("user", [None, str(STRANGER)])
def test_what_was_launched_for_the_watch_is_its_own_whoever_it_runs_as(
    folder: Path, run: Run, user: str | None
) -> None:
    """As php-fpm, whose master is root's and whose pid file lies in a folder of www-data."""
    leftovers = Leftovers("/state")
    mine = run(env={"OVERSEER_WATCH": "web", HOME: "/state"})
    anothers = run(env={"OVERSEER_WATCH": "other", HOME: "/state"})

    found = by_pid_file(of_the_stranger(folder, mine, user), "web", leftovers)
    assert found is not None
    assert found.pid == mine
    with pytest.raises(Doubt):
        by_pid_file(of_the_stranger(folder, anothers, user), "web", leftovers)


@needs_root
@pytest.mark.field("S6")
def test_roots_own_pid_file_names_whomever_it_likes(tmp_path: Path, run: Run) -> None:
    """As nginx's in /run; a program that root's script starts may become anybody."""
    for pid in (run(), run(STRANGER)):
        assert by_pid_file(written(tmp_path / "a.pid", pid, time.time() + 5), "web", Leftovers())


@needs_root
@pytest.mark.field("S6")
def test_no_successor_is_followed_that_the_file_may_not_name(folder: Path, run: Run) -> None:
    before = by_pid_file(of_the_stranger(folder, run(STRANGER), str(STRANGER)), "web", Leftovers())
    assert before is not None
    after = of_the_stranger(folder, run(), str(STRANGER))
    older = replace(before, ticks=before.ticks - 1)

    with pytest.raises(Doubt):
        successor(after, "web", older, None, Leftovers())  # type: ignore[arg-type]


@needs_root
@pytest.mark.field("S6")
def test_a_launch_id_that_another_user_has_copied_is_not_believed(run: Run) -> None:
    env = {"OVERSEER_LAUNCH_ID": "a1b2c3"}
    mine, _ = run(env=env), run(STRANGER, env)
    errand = Errand(id="a1b2c3", job=Job.LAUNCH, boot=boot_id(), ticks=0, began=0.0)

    found = by_intent(errand, Program(command=("/bin/sleep", "100")), Tables(), time.monotonic())
    assert found is not None
    assert found.pid == mine
    theirs = Program(command=("/bin/sleep", "100"), user=str(STRANGER + 1))
    with_root = by_intent(errand, theirs, Tables(), time.monotonic())
    assert with_root is not None
    assert with_root.pid == mine  # its launch has not yet become that user


@needs_root
@pytest.mark.field("S6")
def test_no_process_of_root_is_adopted_by_a_watch_of_a_user(run: Run) -> None:
    with pytest.raises(Refused, match=r"runs as root, and the watch as nobody; .* user: root"):
        refuse_another_users(run(), Program(command=("x",), user="nobody"))
    refuse_another_users(run(), Program(command=("x",)))
    refuse_another_users(run(STRANGER), Program(command=("x",), user=str(STRANGER)))
