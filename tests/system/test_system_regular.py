"""A pipe or a device in the place of a file holds up nobody who reads it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.behaviors.clean_pid_file import names_a_living_process
from overseer.contacts.errand import NotDelivered
from overseer.contacts.secret import read as read_secret
from overseer.network.certificate import of_file
from overseer.safe_files import read_file
from overseer.system.dress import from_file
from overseer.system.exec_chain import CannotRun
from overseer.system.look import Doubt, read_pid


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    return path


@pytest.mark.field("K5")
@pytest.mark.field("S10")
@pytest.mark.parametrize(
    ("read", "raises"),
    [
        (read_pid, Doubt),
        (from_file, CannotRun),
        (of_file, OSError),
        (lambda path: read_secret("password", path, None), NotDelivered),
        (read_file, OSError),
    ],
)
@pytest.mark.parametrize("what", ["pipe", "/dev/zero"])
def test_what_is_no_file_is_refused_in_words_and_at_once(
    pipe: str, what: str, read: Callable[[str], object], raises: type[Exception]
) -> None:
    with pytest.raises(raises, match="it is no regular file but"):
        read(pipe if what == "pipe" else what)


@pytest.mark.field("K5")
@pytest.mark.field("S10")
def test_a_pipe_for_a_pid_file_names_nobody(pipe: str) -> None:
    assert not names_a_living_process(pipe)


def test_a_file_is_read_to_its_end_or_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100_000)

    assert len(read_file(file)) == 100_000
    assert read_file(file, 10) == b"x" * 10
