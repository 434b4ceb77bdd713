"""What is read of a program's log, and shown."""

import os
import threading
import time
from pathlib import Path

import pytest

from overseer.alerts.error_line import error_line
from overseer.alerts.evidence import LINES, LONGEST_LINE, MOST_SHOWN, excerpt, last_lines, masked
from overseer.alerts.log_reader import READ_BACK, LogReader, Want
from overseer.model.log_file import LogMark, LogPiece
from overseer.system.log_files import mark_of, read_piece

pytestmark = pytest.mark.design("6")


def lines(path: Path, count: int, since: int = 0) -> list[str]:
    return last_lines(read_piece(LogMark(str(path), at=since), None, READ_BACK), count)


def test_its_last_lines_without_what_moves_a_cursor(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"".join(b"line %d \x1b[31mred\x1b[0m \xff\x07\n" % n for n in range(100)))

    assert lines(log, 3) == [f"line {n} red \ufffd" for n in (97, 98, 99)]
    assert lines(log, 0) == []


def test_of_a_line_that_is_written_over_what_stood_there_last(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"10%\r20%\r100%\r\ndone\r\n\n\n")

    assert lines(log, 20) == ["100%", "done"]


def test_of_a_run_what_it_printed_and_not_what_came_before(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_text("the run before\nthis one\n")

    assert lines(log, 5, 15) == ["this one"]
    assert lines(log, 5, 1000) == ["the run before", "this one"]


@pytest.mark.field("A5")
def test_of_what_is_no_file_nothing_but_why(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    for path, why in (
        (tmp_path, "is a folder"),
        (tmp_path / "missing", "cannot be read: no such file"),
        (fifo, "is a pipe"),
        (Path("/dev/zero"), "is a device"),
    ):
        found = excerpt([read_piece(LogMark(str(path)), None, READ_BACK)])
        assert found.lines == ()
        assert why in found.note


@pytest.mark.field("A5")
def test_a_program_that_wrote_nothing_is_said_to_have(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("of the one before\n")
    mark = mark_of(str(log), log.stat())

    found = excerpt([read_piece(mark, None, READ_BACK)])

    assert (found.lines, found.note) == ((), f"nothing was written to {log}")


@pytest.mark.field("A5")
def test_what_follows_does_not_push_it_out_and_a_rename_does_not_hide_it(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("of the one before\n")
    mark = mark_of(str(log), log.stat())
    with log.open("a") as file:
        file.write("Traceback\nthe end\n")
    end = log.stat().st_size
    with log.open("a") as file:
        file.write("flood\n" * 100_000)
    log.rename(tmp_path / "web.log.1")
    log.write_text("of another\n")

    piece = read_piece(mark, end, READ_BACK)

    assert last_lines(piece, 20) == ["Traceback", "the end"]
    assert piece.path == f"{log}.1"


@pytest.mark.field("A5")
def test_of_a_file_that_is_gone_it_says_so(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("the end\n")
    mark = mark_of(str(log), log.stat())
    other = tmp_path / "other"
    other.write_text("x" * 100)
    other.rename(log)

    assert "the one before is gone" in read_piece(mark, None, READ_BACK).note


@pytest.mark.field("A5")
def test_both_logs_of_one_process_count_the_errors_more() -> None:
    out = LogPiece("/l/web.log", b"error: not this\n" * 50)
    err = LogPiece("/l/web.err", b"OSError: [Errno 98] Address already in use\n")

    found = excerpt([out, err])

    assert found.lines[0] == "==> /l/web.log <=="
    assert found.lines[-2:] == ("==> /l/web.err <==", "OSError: [Errno 98] Address already in use")
    assert found.error_line == "OSError: [Errno 98] Address already in use"
    assert found.log == "/l/web.log, /l/web.err"


@pytest.mark.field("A5")
@pytest.mark.parametrize(
    "text",
    [
        "token-",
        "a-",
        "a",
        " ",
        "\t",
        "password",
        "://a:",
        "://",
        "\x1b[",
        "\r",
        "=",
        "bearer ",
        "\0",
    ],
)
def test_nobodys_text_takes_long_to_read(text: str) -> None:
    data = (text * 100_000)[:READ_BACK].encode()
    began = time.process_time()

    for piece in (LogPiece("x", data), LogPiece("x", data, 1), LogPiece("x", data[::-1])):
        found = excerpt([piece])
        assert all(len(line) <= LONGEST_LINE + 2 for line in found.lines)
    found = excerpt([LogPiece("x", b"\n".join([data[:600]] * 50))])

    assert sum(map(len, found.lines)) <= MOST_SHOWN
    assert len(found.lines) <= LINES
    assert time.process_time() - began < 0.5


@pytest.mark.field("A5")
def test_a_secret_that_is_cut_off_with_a_long_line_is_not_shown() -> None:
    line = "x" * (LONGEST_LINE - 14) + "password=hunter2hunter2"

    assert "hunter" not in "".join(excerpt([LogPiece("x", line.encode())]).lines)


@pytest.mark.field("A5")
@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            "OSError: [Errno 98] Address already in use",
            "OSError: [Errno 98] Address already in use",
        ),
        ("start\n/bin/sh: 1: gunicron: not found\nbye", "/bin/sh: 1: gunicron: not found"),
        ("bash: foo: command not found", "bash: foo: command not found"),
        ("open /etc/x: Permission denied\nstopping", "open /etc/x: Permission denied"),
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\n'
            "ValueError: no error here\nserver stopped",
            "ValueError: no error here",
        ),
        (
            "Traceback (most recent call last):\n  File \"a\", line 1\nKeyError: 'x'\n\nDuring\n\n"
            'Traceback (most recent call last):\n  File "a", line 2\napp.errors.Bad: y',
            "app.errors.Bad: y",
        ),
        (
            "Error: listen EADDRINUSE: address already in use :::80\n    at S.set (net.js:1:2)",
            "Error: listen EADDRINUSE: address already in use :::80",
        ),
        (
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain()\n\t/a.go:3",
            "panic: runtime error: index out of range",
        ),
        (
            "thread 'main' panicked at src/main.rs:2:5:\nboom\nnote: run with RUST_BACKTRACE=1",
            "thread 'main' panicked at src/main.rs:2:5: boom",
        ),
        ("[FATAL] config is broken\nexiting", "[FATAL] config is broken"),
        ("worker 3 started\ntests: 0 errors\nlistening", ""),
        ("hello\nworld", ""),
        ("", ""),
    ],
)
def test_the_line_that_says_what_went_wrong(said: str, text: str) -> None:
    assert error_line(said.split("\n")) == text


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


@pytest.mark.field("A5")
def test_what_a_program_was_given_in_secret_is_not_shown() -> None:
    found = excerpt([LogPiece("x", b"login as hunter2 failed\n")], ["hunter2"])

    assert found.lines == ("login as (secret) failed",)


def test_nobody_waits_for_a_file_system_that_is_away_and_others_are_read(tmp_path: Path) -> None:
    back = threading.Event()

    def read(mark: LogMark, until: int | None, most: int) -> LogPiece:
        if mark.path.startswith("/away"):
            back.wait()
        return LogPiece(mark.path, b"line\n")

    reader = LogReader(read, patience=0.05)
    paths = ("/l/a", "/away/a", "/l/b", "/away/b", "/l/c")
    wants = [Want(LogMark(path)) for path in paths]

    assert [one and one.path for one in reader.read(wants)] == ["/l/a", None, "/l/b", None, "/l/c"]
    assert reader.read([Want(LogMark("/away/b"))]) == [None]
    back.set()
    reader.close()
    assert reader.read([Want(LogMark("/away/b"))]) == [LogPiece("/away/b", b"line\n")]


@pytest.mark.field("A5")
def test_where_the_next_process_begins_meanwhile_its_lines_do_not_count() -> None:
    ends = iter([None, 10, 10, 10])
    asked: list[int | None] = []

    def read(mark: LogMark, until: int | None, most: int) -> LogPiece:
        asked.append(until)
        return LogPiece(mark.path, b"x" * (until or 100))

    (piece,) = LogReader(read).read([Want(LogMark("/l/a"), lambda: next(ends))])

    assert piece is not None
    assert len(piece.data) == 10
    assert asked == [None, 10]
