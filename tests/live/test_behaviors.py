"""What is cleaned before a start, on real files and sockets."""

import socket
from pathlib import Path

import pytest

from overseer.behaviors.clean_unix_socket import CleanUnixSocket
from overseer.model.program import Program

pytestmark = pytest.mark.live


def clean(path: Path) -> None:
    CleanUnixSocket(path=str(path)).before_start("web", Program())


@pytest.mark.case(39)
def test_a_socket_that_nobody_listens_on_is_removed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "it.sock"))

    clean(tmp_path / "it.sock")

    assert not (tmp_path / "it.sock").exists()


def test_one_that_somebody_listens_on_is_not(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "it.sock"))
        listening.listen()

        clean(tmp_path / "it.sock")

        assert (tmp_path / "it.sock").exists()


def test_what_is_no_socket_or_is_not_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    clean(tmp_path / "file")
    clean(tmp_path / "nothing")

    assert (tmp_path / "file").exists()
