"""What is read of a program's log."""

import os
from pathlib import Path

import pytest

from overseer.alerts.evidence import Evidence, last_lines, masked

pytestmark = pytest.mark.design("6")


def test_its_last_lines_without_what_moves_a_cursor(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"".join(b"line %d \x1b[31mred\x1b[0m \xff\x07\n" % n for n in range(100)))

    assert last_lines(str(log), 3) == [f"line {n} red �" for n in (97, 98, 99)]
    assert last_lines(str(log), 0) == []


def test_of_a_run_what_it_printed_and_not_what_came_before(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_text("the run before\nthis one\n")

    assert last_lines(str(log), 5, 15) == ["this one"]
    assert last_lines(str(log), 5, 1000) == ["the run before", "this one"]
    assert Evidence().lines(str(log), 5, 15) == ("this one",)


def test_of_what_is_no_file_nothing(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    for path in (tmp_path, tmp_path / "missing", fifo, Path("/dev/zero")):
        assert last_lines(str(path), 5) == []


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password=hunter2 user=ann", "password=(secret) user=ann"),
        ('{"api_key": "abc123", "n": 1}', '{"api_key": "(secret)", "n": 1}'),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: (secret)"),
        ("GET postgres://ann:hunter2@db/app", "GET postgres://ann:(secret)@db/app"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer (secret)"),
        ("AWS_SECRET_ACCESS_KEY=abc/def", "AWS_SECRET_ACCESS_KEY=(secret)"),
        ("mysql --password hunter2 -v", "mysql --password (secret) -v"),
        ("dial redis://:hunter2@cache/0", "dial redis://:(secret)@cache/0"),
        ("sent bearer abc.def.ghi", "sent bearer (secret)"),
        ("Set-Cookie: sid=abc; path=/", "Set-Cookie: (secret)"),
        ("the bearer of bad news", "the bearer of bad news"),
        ("user token rejected: expired", "user token rejected: expired"),
        ("tokens: 12 of 40 tokens used", "tokens: 12 of 40 tokens used"),
        ("no secrets here", "no secrets here"),
    ],
)
def test_without_what_looks_like_a_password(line: str, shown: str) -> None:
    assert masked(line) == shown


def test_an_alert_does_not_wait_for_a_file_system_that_is_away(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("line\n")

    assert Evidence().lines(str(log), 5) == ("line",)
    assert Evidence().lines(None, 5) == ()
