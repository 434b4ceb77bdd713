"""One JSON object a line."""

import socket
import threading
from collections.abc import Iterator

import pytest

from overseer.control.protocol import (
    HungUp,
    RequestLines,
    check_path,
    check_version,
    decode,
    encode,
    group_sockets,
)
from overseer.errors import UsageError


def test_what_is_sent_is_what_arrives_also_a_path_that_is_no_text() -> None:
    message = {"v": 1, "file": "/tmp/\udcff", "watch": "wéb\n"}

    line = encode(message)

    assert line.count(b"\n") == 1
    assert decode(line) == message


@pytest.mark.parametrize(
    "line",
    [b"", b"hello", b"\xff\xfe", b"[1]", b"17", b'{"a": NaN}', b"[" * 100_000, b"9" * 9_999],
)
def test_whatever_is_not_an_object_is_a_usage_error(line: bytes) -> None:
    with pytest.raises(UsageError, match="one JSON object"):
        decode(line)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_lines_come_one_by_one_and_end(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b"a\nb\n")
    theirs.shutdown(socket.SHUT_WR)
    lines = RequestLines(ours)

    assert [lines.next(5), lines.next(5), lines.next(5)] == [b"a\n", b"b\n", None]


def test_half_a_line_is_a_hang_up(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b'{"v": 1')
    theirs.shutdown(socket.SHUT_WR)

    with pytest.raises(HungUp):
        RequestLines(ours).next(5)


@pytest.mark.parametrize("data", [b"x" * 1_000, b"x" * 50 + b"\n"])
def test_an_endless_line_is_refused(ends: tuple[socket.socket, socket.socket], data: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(data)

    with pytest.raises(UsageError, match="at most 10 bytes"):
        RequestLines(ours, limit=10).next(5)


@pytest.mark.field("S11")
def test_a_byte_now_and_then_does_not_hold_a_connection_for_ever(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.05):
            theirs.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(HungUp, match="silent for too long"):
        RequestLines(ours).next(0.3)
    ended.set()
    dripping.join()


def test_groups_have_sockets_beside_the_daemons_own() -> None:
    assert group_sockets("/run/o/overseer.sock") == (
        "/run/o/overseer-operator.sock",
        "/run/o/overseer-viewer.sock",
    )
    assert group_sockets("/run/o.d/here") == ("/run/o.d/here-operator", "/run/o.d/here-viewer")


@pytest.mark.parametrize("version", [None, 2, "1", []])
def test_another_version_is_named(version: object) -> None:
    with pytest.raises(UsageError, match="version 1"):
        check_version({"v": version})


def test_a_path_too_long_for_a_socket_is_said_before_it_is_tried() -> None:
    with pytest.raises(UsageError, match="107 bytes"):
        check_path("/" + "x" * 107)
