"""One JSON object a line."""

import io

import pytest

from overseer.control.protocol import HungUp, check_path, check_version, decode, encode, read_line
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


def test_lines_come_one_by_one_and_end() -> None:
    stream = io.BytesIO(b"a\nb\n")

    assert [read_line(stream), read_line(stream), read_line(stream)] == [b"a\n", b"b\n", None]


def test_half_a_line_is_a_hang_up() -> None:
    with pytest.raises(HungUp):
        read_line(io.BytesIO(b'{"v": 1'))


def test_an_endless_line_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO(b"x" * 1_000)

    with pytest.raises(UsageError, match="at most 10 bytes"):
        read_line(stream, limit=10)

    assert stream.tell() <= 11


@pytest.mark.parametrize("version", [None, 2, "1", []])
def test_another_version_is_named(version: object) -> None:
    with pytest.raises(UsageError, match="version 1"):
        check_version({"v": version})


def test_a_path_too_long_for_a_socket_is_said_before_it_is_tried() -> None:
    with pytest.raises(UsageError, match="107 bytes"):
        check_path("/" + "x" * 107)
