"""Watch files and folders, on a real disk."""

import os
from pathlib import Path

import pytest

from overseer.doctor import folders
from overseer.doctor.files import allowed, files, own_folders
from overseer.doctor.finding import Finding, Level
from overseer.paths import Paths
from overseer.trust import Trust

ME = os.geteuid()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "web.yml"
    path.write_text("watches: {}\n")
    path.chmod(0o644)
    return path


def look(*paths: Path, owner: int = ME) -> list[Finding]:
    return list(files(list(map(str, paths)), Trust(owner)))


def test_a_file_of_ones_own_is_fine(file: Path) -> None:
    (found,) = look(file)

    assert (found.level, found.said) == (
        Level.OK,
        "1 file, readable, and no one else may write them",
    )


def test_a_file_that_everybody_may_write_is_a_problem(file: Path) -> None:
    file.chmod(0o666)

    (found,) = look(file)

    assert found.level is Level.PROBLEM
    assert found.said == f"everybody may write {file}"
    assert found.do == f"chmod o-w {file}, or --allow-untrusted {file}"


def test_so_is_one_in_a_folder_that_everybody_may_write(file: Path) -> None:
    file.parent.chmod(0o777)

    (found,) = look(file)

    assert found.said == f"everybody may write {file.parent}, and so change {file}"
    file.parent.chmod(0o1777)
    assert look(file)[0].level is Level.OK


def test_a_file_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    (found,) = look(tmp_path / "gone.yml")

    assert (found.level, found.said) == (
        Level.PROBLEM,
        f"{tmp_path / 'gone.yml'}: no such file or directory",
    )


@pytest.mark.skipif(ME != 0, reason="only root may give files away")
def test_whoever_owns_a_file_that_root_runs_may_do_as_root(file: Path) -> None:
    os.chown(file, 12345, -1)

    (found,) = look(file, owner=0)

    assert found.level is Level.PROBLEM
    assert "12345" in found.said
    os.chown(file, 0, 12345)
    file.chmod(0o664)
    assert look(file, owner=0)[0].level is Level.PROBLEM
    assert look(file, owner=23456)[0].level is Level.WARNING


@pytest.mark.skipif(ME != 0, reason="only root may give files away")
@pytest.mark.field("S8")
def test_folders_that_others_may_write_are_problems_and_what_is_allowed_is_named(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 12345, -1)
    where = Paths(str(state), f"{state}/o.sock", str(tmp_path), "")

    found = list(own_folders(where, Trust(0)))
    assert [one.check for one in found] == ["state folder", "socket"]
    assert {one.level for one in found} == {Level.PROBLEM}
    assert list(own_folders(where, Trust(0, [str(state)]))) == []
    (lets,) = allowed(Trust(0, [str(state)]))
    assert (lets.level, lets.do) == (Level.WARNING, f"chown root {state}")


def test_a_folder_says_how_much_is_free(tmp_path: Path) -> None:
    found = folders.folder("state folder", str(tmp_path))

    assert found.level is Level.OK
    assert found.said.endswith(" free")


@pytest.mark.skipif(ME == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_problem_for_who_writes_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)

    assert folders.folder("state folder", str(tmp_path)).level is Level.PROBLEM
    assert folders.folder("state folder", str(tmp_path), is_ours=False).level is Level.OK
    tmp_path.chmod(0o755)


def test_a_folder_that_is_to_be_made_is_looked_at_above(tmp_path: Path) -> None:
    assert folders.folder("log folder", str(tmp_path / "a" / "b")).level is Level.OK


def test_a_file_in_place_of_the_folder_is_a_problem(file: Path) -> None:
    found = folders.folder("log folder", str(file))

    assert (found.level, found.said) == (Level.PROBLEM, f"{file}: not a folder")


@pytest.mark.parametrize(
    ("free", "level"), [(2**40, Level.OK), (2**26, Level.WARNING), (2**20, Level.PROBLEM)]
)
def test_little_room_is_a_warning_and_none_a_problem(free: int, level: Level) -> None:
    assert folders.room("state folder", "/var/lib/overseer", free, 10_000).level is level


def test_a_disk_without_inodes_is_full_too() -> None:
    assert folders.room("log folder", "/var/log", 2**40, 0).level is Level.PROBLEM
