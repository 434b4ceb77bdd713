"""What is beside a worker's pid file, where somebody else may write there: real files and users."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.errors import Refused
from overseer.mail.control import Control, without_password
from overseer.mail.memory import Memory, Start
from overseer.mail.presence import Presence, identity
from overseer.mail.workers import Workers

ADA = 54321
"""A uid that no user has."""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
EVIL = "open('pwned', 'w').close()\nraise SystemExit(7)\n"


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    return folder / "mail.pid"


@pytest.fixture
def sleeper() -> Iterator[int]:
    with subprocess.Popen(["/bin/sleep", "100"]) as process:
        yield process.pid
        process.kill()


@needs_root
@pytest.mark.field("S7")
@pytest.mark.parametrize("name", ["", "mail.pid.args", "mail.pid.lock", "mail.pid", "mail.0.pid"])
def test_the_control_script_refuses_what_others_may_write(pid_file: Path, name: str) -> None:
    path = pid_file.parent / name
    if name:
        path.write_text("{}")
    os.chown(path, ADA, ADA)

    with pytest.raises(Refused, match=rf"{ADA} may write .*runuser -u {ADA} .*chown root {path}"):
        Workers(str(pid_file)).check_files()


@pytest.mark.field("S7")
def test_what_is_ours_alone_is_used(pid_file: Path) -> None:
    Memory(pid_file).keep(Start(arguments=["--threads", "2"], folder="/"))

    Workers(str(pid_file)).check_files()
    assert Memory(pid_file).last().arguments == ["--threads", "2"]
    assert (pid_file.parent / "mail.pid.args").stat().st_mode & 0o777 == 0o600


@pytest.mark.field("S7")
def test_a_process_counts_only_while_it_holds_the_lock(pid_file: Path, sleeper: int) -> None:
    lock = pid_file.with_name("mail.pid.lock")
    lock.write_text(" ".join(identity(sleeper) or []) + "\n")
    assert Presence(str(pid_file)).pid() is None

    with lock.open("r+") as ours:  # held, and by another one than it names
        fcntl.flock(ours, fcntl.LOCK_EX)
        assert Presence(str(pid_file)).pid() is None
    with Presence(str(pid_file)).held():
        assert Presence(str(pid_file)).pid() == os.getpid()
    assert Presence(str(pid_file)).pid() is None


@needs_root
@pytest.mark.field("S7")
def test_nor_one_that_does_not_run_as_the_locks_owner(pid_file: Path) -> None:
    presence = Presence(str(pid_file))
    with presence.held():
        os.chown(pid_file.with_name("mail.pid.lock"), ADA, ADA)
        assert presence.pid() is None
    with (
        pytest.raises(Refused, match=f"it belongs to {ADA}; start the worker as him"),
        presence.held(),
    ):
        pass


@needs_root
@pytest.mark.field("S7")
@pytest.mark.parametrize("name", ["mail.pid.lock", "mail.pid", "mail.pid.args"])
def test_no_link_of_others_is_followed(pid_file: Path, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.chown(pid_file.parent, ADA, ADA)
    link = pid_file.parent / name
    link.symlink_to(victim)
    os.lchown(link, ADA, ADA)

    try:
        with Presence(str(pid_file)).held():
            Memory(pid_file).keep(Start(arguments=["x"]))
    except Refused:
        pass
    assert victim.read_text() == "precious"


@pytest.mark.field("S7")
def test_how_many_workers_are_remembered_has_a_bound(pid_file: Path) -> None:
    pid_file.with_name("mail.pid.args").write_text(
        '{"arguments": ["x"], "folder": "/", "instances": 1000000000}'
    )
    assert Memory(pid_file).last().instances is None


@pytest.mark.field("S7")
@pytest.mark.parametrize("words", [["--url", "URL"], ["--url=URL"]])
def test_no_password_is_among_the_words_of_the_worker(words: list[str]) -> None:
    url = "postgresql://app:s3cret@db/app"
    given = [word.replace("URL", url) for word in words]

    assert without_password([*given, "--threads", "2"]) == (
        ["--threads", "2"],
        {"OVERSEER_MAIL_URL": url},
    )
    plain = ["--url", "sqlite:////a.db"]
    assert without_password(plain) == (plain, {})


@pytest.mark.field("S21")
@pytest.mark.parametrize("module", ["overseer", "overseer.mail"])
def test_nothing_is_imported_from_the_working_folder(tmp_path: Path, module: str) -> None:
    for name in ("argparse", "signal", "yaml", "sqlite3", "json"):
        (tmp_path / f"{name}.py").write_text(EVIL)
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=tmp_path, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()


@pytest.mark.field("S21")
def test_nor_by_a_worker_that_is_started_there(pid_file: Path, tmp_path: Path) -> None:
    for name in ("argparse", "pkgutil", "logging"):
        (tmp_path / f"{name}.py").write_text(EVIL)

    with pytest.raises(Refused, match="arguments are required: --url"):
        Control(pid_file).start(Start(arguments=["--threads", "2"], folder=str(tmp_path)))
    assert not (tmp_path / "pwned").exists()
