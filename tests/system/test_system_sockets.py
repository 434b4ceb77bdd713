"""Sockets that are held for programs."""

import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from overseer.model.held import read
from overseer.model.program import Program
from overseer.system.exec_chain import CannotRun
from overseer.system.sockets import Sockets


def program(**sockets: str) -> Program:
    return Program(command=("serve",), sockets=sockets)


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp://127.0.0.1", "has no port"),
        ("tcp://localhost:80", "'localhost' is no address of this machine"),
        ("tcp://127.0.0.1:80/x", "is not understood"),
        ("tcp://127.0.0.1:99999", "its host or port is not understood; write tcp://127.0.0.1:8080"),
        ("http://127.0.0.1:80", "is not understood"),
        ("unix://run/app.sock", "has no full path"),
        ("unix:///run/app.sock?mod=0660", "'mod' is not understood"),
        ("unix:///run/app.sock?mode=660x", "mode '660x'"),
        ("unix:///" + "x" * 200, "longer than the 107 bytes"),
    ],
)
def test_what_is_no_address_is_said_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(text)


def test_addresses() -> None:
    assert read("tcp://*:80").place == ("tcp", "", 80, "")
    assert read("udp://[::1]:514").place == ("udp", "::1", 514, "")
    assert read("unix:///run/a.sock?mode=0660&group=www-data").mode == 0o660


def test_the_same_address_is_one_socket_and_it_stays(free: int) -> None:
    with closing(Sockets()) as sockets:
        one = sockets.handed_to(program(http=f"tcp://127.0.0.1:{free}"))
        two = sockets.handed_to(program(web=f"tcp://127.0.0.1:{free}"))

        assert one["http"] == two["web"] >= 100
        assert not os.get_inheritable(one["http"])
        with socket.create_connection(("127.0.0.1", free), timeout=5):
            pass


def test_what_nobody_names_any_more_is_closed(free: int) -> None:
    with closing(Sockets()) as sockets:
        sockets.arrange([program(http=f"tcp://127.0.0.1:{free}")])
        sockets.arrange([])

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", free), timeout=5)


def test_what_is_taken_is_a_start_that_failed_and_is_had_when_it_is_free(free: int) -> None:
    wanted = program(http=f"tcp://127.0.0.1:{free}")
    with closing(Sockets()) as sockets:
        with socket.create_server(("127.0.0.1", free)), pytest.raises(CannotRun) as failed:
            sockets.handed_to(wanted)

        assert "address already in use; another program listens there" in str(failed.value)
        assert not failed.value.hopeless
        assert sockets.handed_to(wanted)


def test_a_dead_path_is_replaced_a_living_one_and_another_file_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    wanted = program(app=f"unix://{path}?mode=0660")
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with closing(Sockets()) as sockets:
        sockets.arrange([wanted])

        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with closing(Sockets()) as others, pytest.raises(CannotRun, match="already in use"):
            others.handed_to(wanted)
        sockets.arrange([])
        assert not path.exists()
        path.write_text("precious")
        with pytest.raises(CannotRun, match="something that is no socket is there"):
            sockets.handed_to(wanted)
    assert path.read_text() == "precious"
