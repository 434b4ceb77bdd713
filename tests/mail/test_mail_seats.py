"""Where mail comes in, and who may come there."""

import contextlib
import os
import socket
import stat
from pathlib import Path

import pytest

from overseer.errors import Refused, UsageError
from overseer.mail.seats import Access, Port, listen, read_access, read_address

OURS = Access(0o600, -1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:2525", Port("127.0.0.1", 2525)),
        ("127.1.2.3:25", Port("127.1.2.3", 25)),
        ("[::1]:2525", Port("::1", 2525)),
        ("localhost:2525", Port("localhost", 2525)),
        ("unix:/run/app/mail.sock", "/run/app/mail.sock"),
    ],
)
def test_ports_of_this_host_and_unix_sockets_are_places(text: str, place: Port | str) -> None:
    assert read_address(text, anywhere=False) == place


@pytest.mark.parametrize("text", ["0.0.0.0:25", "[::]:25", "192.0.2.1:25", "mx.example.com:25"])
def test_what_others_can_reach_is_spelled_out(text: str) -> None:
    with pytest.raises(UsageError, match=r"can be reached from elsewhere.* or --anywhere"):
        read_address(text, anywhere=False)
    assert isinstance(read_address(text, anywhere=True), Port)


@pytest.mark.parametrize("text", ["2525", ":2525", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999"])
def test_what_is_no_place_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"write 127\.0\.0\.1:2525 or unix:"):
        read_address(text, anywhere=True)


def test_a_path_is_absolute() -> None:
    with pytest.raises(UsageError, match="no absolute path"):
        read_address("unix:mail.sock", anywhere=False)


def test_a_unix_socket_is_our_users_alone_unless_others_are_named() -> None:
    assert read_access(None, others=False) == OURS
    assert read_access(None, others=True) == Access(0o666, -1)
    assert read_access("root", others=True) == Access(0o660, 0)
    with pytest.raises(UsageError, match="--group: there is no group 'no-such' here"):
        read_access("no-such", others=False)


def test_a_socket_has_its_mode_whatever_the_umask_is(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.sock")
    before = os.umask(0)
    try:
        with contextlib.ExitStack() as stack:
            [line] = listen(path, OURS, stack)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                line.accept()[0].close()
    finally:
        os.umask(before)
    assert not os.path.exists(path)


def test_a_living_listener_keeps_its_place(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.sock")
    with contextlib.ExitStack() as stack:
        listen(path, OURS, stack)
        with pytest.raises(Refused, match="a listener is there already"):
            listen(path, OURS, contextlib.ExitStack())
        assert os.path.exists(path)


def test_what_a_killed_listener_has_left_is_cleared(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)

    with contextlib.ExitStack() as stack:
        [line] = listen(path, OURS, stack)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            line.accept()[0].close()


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"
    path.write_text("precious")

    with contextlib.ExitStack() as stack, pytest.raises(Refused, match="that is not a socket"):
        listen(str(path), OURS, stack)
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as taken:
        port = Port("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(Refused, match=r"--address 127\.0\.0\.1:\d+: .*in use"):
            listen(port, OURS, stack)
        with pytest.raises(Refused, match=r"--address .*: No such file"):
            listen(str(tmp_path / "none" / "mail.sock"), OURS, stack)


def test_a_name_has_a_socket_for_each_of_its_addresses() -> None:
    with contextlib.ExitStack() as stack:
        lines = listen(Port("localhost", 0), OURS, stack)

        assert {line.getsockname()[0] for line in lines} <= {"127.0.0.1", "::1"}
        assert lines
