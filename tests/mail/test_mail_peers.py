"""Who is at the other end, as the kernel's tables say it."""

import os
import socket

import pytest

from overseer.errors import UsageError
from overseer.mail.peers import Peer, in_hex, owner, peer_of, read_uid

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
THEIRS, OURS = ("127.0.0.1", 40000), ("127.0.0.1", 2525)


def row(*, state: str = "01", uid: int = 1000, inode: int = 17) -> str:
    ends = f"{in_hex(*THEIRS)} {in_hex(*OURS)}"
    return f"   1: {ends} {state} 00000000:00000000 00:00000000 00000000  {uid}        0 {inode} 1"


@pytest.mark.parametrize(
    ("table", "uid"),
    [
        ([HEAD, row()], 1000),
        ([HEAD, row(uid=0)], 0),
        ([HEAD], None),
        ([HEAD, row(state="06", uid=0, inode=0)], None),
        ([HEAD, row(state="05", uid=0, inode=0)], None),
        ([HEAD, row(uid=0, inode=0)], None),
    ],
    ids=["a user", "root", "nobody", "time-wait", "half closed", "an orphan"],
)
def test_an_end_that_is_closed_is_not_roots(table: list[str], uid: int | None) -> None:
    assert owner(table, THEIRS, OURS) == uid


def test_the_other_direction_is_somebody_else() -> None:
    assert owner([HEAD, row()], OURS, THEIRS) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_program_on_this_host_is_known(host: str) -> None:
    try:
        listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError:
        pytest.skip(f"there is no {host} here")
    with listener, socket.create_connection(listener.getsockname()[:2]):
        line, _ = listener.accept()
        with line:
            assert peer_of(line) == Peer(os.geteuid(), f"[{host}]")


def test_a_program_that_has_hung_up_is_not_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname()).close()
        line, _ = listener.accept()
        with line:
            assert peer_of(line).uid is None


def test_a_unix_socket_knows_who_connected() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_of(ours) == Peer(os.geteuid(), "unix socket")


def test_a_peer_is_called_by_its_name() -> None:
    assert str(Peer(0, "[127.0.0.1]")) == "root, [127.0.0.1]"
    assert str(Peer(4567890, "unix socket")) == "uid 4567890, unix socket"
    assert str(Peer(None, "[10.0.0.1]")) == "user unknown, [10.0.0.1]"


def test_a_user_is_named_or_numbered() -> None:
    assert (read_uid("root"), read_uid("1234")) == (0, 1234)
    with pytest.raises(UsageError, match="--allow-uid: there is no user 'nobody-at-all' here"):
        read_uid("nobody-at-all")
