"""What programs have written."""

import os
from pathlib import Path

import pytest

from overseer.control.output import BLOCK, MOST, Tail, last_lines
from overseer.model.log_file import LogMark


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "web.log"
    path.write_text("one\ntwo\nthree\n")
    return path


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_the_last_lines_are_the_last(log: Path) -> None:
    assert last_lines(LogMark(str(log)), 2) == ["two", "three"]
    assert last_lines(LogMark(str(log)), 10) == ["one", "two", "three"]
    assert last_lines(LogMark(str(log)), 0) == []


def test_a_long_log_is_read_from_its_end(log: Path) -> None:
    log.write_text("".join(f"{n} {'x' * 100}\n" for n in range(10_000)))

    assert [line.split()[0] for line in last_lines(LogMark(str(log)), 3)] == [
        "9997",
        "9998",
        "9999",
    ]


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(LogMark(str(tmp_path / "none")), 3) == []


def test_what_comes_after_is_told_in_whole_lines(log: Path) -> None:
    tail = Tail(LogMark(str(log)))
    tail.last(1)

    add(log, "fo")
    assert list(tail.more()) == []
    add(log, "ur\nfive\n")
    assert list(tail.more()) == ["four", "five"]
    tail.close()


def test_a_log_that_appears_later_is_told_from_its_beginning(tmp_path: Path) -> None:
    tail = Tail(LogMark(str(tmp_path / "later.log")))
    assert tail.last(3) == []

    (tmp_path / "later.log").write_text("hello\n")

    assert list(tail.more()) == ["hello"]
    tail.close()


def test_an_emptied_log_is_followed(log: Path) -> None:
    tail = Tail(LogMark(str(log)))
    tail.last(1)

    log.write_text("new\n")

    assert list(tail.more()) == ["new"]
    tail.close()


def test_a_log_whose_head_was_cut_off_in_place_goes_on_where_it_was(log: Path) -> None:
    log.write_text("".join(f"{n:9}\n" for n in range(10_000)))
    tail = Tail(LogMark(str(log)))
    tail.last(1)

    log.write_text("".join(f"{n:9}\n" for n in range(5_000, 10_001)))  # shorter, the same end

    assert [line.strip() for line in tail.more()] == ["10000"]
    tail.close()


def test_a_renamed_log_is_read_to_its_end_and_then_its_successor(log: Path) -> None:
    tail = Tail(LogMark(str(log)))
    tail.last(1)

    add(log, "four\n")
    os.rename(log, log.with_suffix(".1"))
    log.write_text("five\n")

    assert list(tail.more()) == ["four", "five"]
    tail.close()


def test_bytes_that_are_no_text_are_shown_all_the_same(log: Path) -> None:
    log.write_bytes(b"a\xffb\r\n")

    assert last_lines(LogMark(str(log)), 1) == ["a\ufffdb"]


@pytest.mark.field("S13")
def test_a_log_without_line_ends_is_looked_through_no_further_than_a_bound(log: Path) -> None:
    """However large it is, and however many lines are asked for."""
    with log.open("ab") as file:
        file.truncate(2 * 2**30)
        file.write(b"the end\n")
    tail = Tail(LogMark(str(log)))
    before = bytes_read()

    lines = tail.last(10**9)

    assert lines[-1].endswith("the end")
    assert bytes_read() - before <= MOST + 2 * BLOCK
    assert tail.left_out == log.stat().st_size - MOST
    tail.close()


def bytes_read() -> int:
    """By this process, proc(5)."""
    counts = Path("/proc/self/io").read_text().split()
    return int(counts[counts.index("rchar:") + 1])


@pytest.mark.field("S13")
def test_a_log_that_is_replaced_all_the_time_ends_no_look_at_it(log: Path) -> None:
    tail = Tail(LogMark(str(log)))
    tail.last(1)
    for number in range(3):
        add(log, f"{number}\n")
        log.rename(log.with_suffix(".old"))
        add(log, f"after {number}\n")
        assert list(tail.more()) == [str(number), f"after {number}"]
    tail.close()
