"""What one run has printed, out of a log that others have written too."""

from pathlib import Path

from overseer.model.log_file import LogMark
from overseer.system.log_files import MOST, printed


def test_it_is_what_lies_between_its_beginning_and_the_next_one(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_bytes(b"before\nmine \xff\nafter\n")

    assert printed(LogMark(str(log), at=7), 14) == "mine �\n"
    assert printed(LogMark(str(log), at=7)) == "mine �\nafter\n"
    assert printed(LogMark(str(log), at=20)) == ""


def test_of_much_the_last_whole_lines_and_where_the_rest_is(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_text("".join(f"line {number:05}\n" for number in range(5000)))

    first, *rest = printed(LogMark(str(log), at=0)).splitlines()

    assert first == f"[38KB before this are in {log}]"
    assert rest[-1] == "line 04999"
    assert all(len(line) == 10 for line in rest)
    assert len("\n".join(rest)) < MOST


def test_of_one_endless_line_its_end(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_text("x" * 50_000)

    assert len(printed(LogMark(str(log), at=0)).splitlines()[1]) == MOST


def test_a_log_that_was_cut_meanwhile_is_read_from_where_it_begins_now(tmp_path: Path) -> None:
    log = tmp_path / "backup.log"
    log.write_text("the end of it\n")

    assert printed(LogMark(str(log), at=10_000), 10_500) == "the end of it\n"


def test_of_what_cannot_be_read_nothing(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        assert printed(LogMark(str(path), at=0)) == ""
