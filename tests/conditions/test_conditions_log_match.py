"""Lines that are appended to a log, however it is rotated."""

import os
import shutil
from pathlib import Path

import pytest
from scenes import Asking

from overseer.conditions.log_match import MOST, LogMatch
from overseer.patterns import NotJudged
from overseer.system import logs


class Log:
    """A log that is written while it is looked at."""

    def __init__(self, folder: Path, pattern: str = "FATAL|PANIC") -> None:
        self.path = folder / "web.log"
        self.asking = Asking(LogMatch(path=str(self.path), pattern=pattern))
        self.number = 0

    def says(self, *lines: str) -> None:
        """Like a program that appends, each line of it different."""
        with self.path.open("a") as log:
            for line in lines:
                self.number += 1
                log.write(f"{self.number:06} something to tell the lines apart by: {line}\n")

    def looks(self) -> int:
        """How many lines match."""
        self.asking.look()
        return self.asking.value.lines


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.fixture
def begun(log: Log) -> Log:
    log.says("FATAL: long ago", "well")
    assert log.looks() == 0
    return log


def test_what_was_there_at_the_first_look_does_not_count(begun: Log) -> None:
    assert begun.looks() == 0
    assert begun.asking.shown == "0 lines"


def test_a_line_counts_once(begun: Log) -> None:
    begun.says("well", "FATAL: no disk", "PANIC: at once")

    assert begun.asking.look()
    assert begun.asking.value.lines == 2
    assert begun.asking.reason.endswith("apart by: FATAL: no disk', and 1 more")
    assert not begun.asking.look()


def test_a_line_counts_when_its_end_is_there(begun: Log) -> None:
    with begun.path.open("a") as file:
        file.write("FAT")
    early = begun.looks()
    with begun.path.open("a") as file:
        file.write("AL\n")

    assert (early, begun.looks()) == (0, 1)


def test_a_log_that_comes_later_is_read_from_its_beginning(log: Log) -> None:
    assert log.looks() == 0
    log.says("FATAL")

    assert log.looks() == 1


def test_a_rotated_log_is_read_to_its_end_and_the_new_one_from_its_beginning(begun: Log) -> None:
    begun.says("FATAL: the last words")
    begun.path.rename(begun.path.with_name("web.log.1"))
    between = begun.looks()
    begun.says("FATAL: the first words")

    assert (between, begun.looks(), begun.looks()) == (0, 2, 0)


def test_a_log_that_is_rotated_while_it_is_empty_loses_nothing(log: Log) -> None:
    log.path.touch()
    log.looks()
    log.says("FATAL: the only words")
    log.path.rename(log.path.with_name("web.log.1"))
    log.path.touch()

    assert log.looks() == 1


def test_a_log_that_is_cut_is_read_from_its_beginning(begun: Log) -> None:
    os.truncate(begun.path, 0)
    begun.says("FATAL: after the cut")

    assert begun.looks() == 1


def test_a_log_that_is_cut_and_is_longer_than_before_is_read_from_its_beginning(
    begun: Log,
) -> None:
    os.truncate(begun.path, 0)
    begun.says("FATAL: after the cut", *["well"] * 100)

    assert begun.looks() == 1


def test_a_log_that_is_copied_and_cut_is_read_on_in_the_copy(begun: Log) -> None:
    begun.says("FATAL: before the cut")
    shutil.copy(begun.path, begun.path.with_name("web.log.1"))
    os.truncate(begun.path, 0)
    begun.says("FATAL: after the cut")

    assert (begun.looks(), begun.looks()) == (2, 0)


@pytest.mark.parametrize("unread", [0, 50])
def test_what_stays_in_a_log_that_overseer_cuts_is_not_read_twice(begun: Log, unread: int) -> None:
    begun.says(*["well"] * 200, *["FATAL"] * 3)
    seen = begun.looks()
    begun.says(*["FATAL"] * unread)
    logs.cut(begun.path, 5, 2**20, print)
    begun.says("FATAL")

    assert (seen, begun.looks()) == (3, unread + 1)


def test_of_a_flood_the_last_megabyte_is_read(begun: Log) -> None:
    begun.says("FATAL: soon out of sight", *["well" * 100] * (MOST // 400), "FATAL: in sight")

    assert begun.looks() == 1
    assert "in sight" in begun.asking.reason


def test_a_line_without_an_end_is_passed_over(begun: Log) -> None:
    with begun.path.open("a") as file:
        file.write("x" * 2 * MOST)
    begun.looks()
    with begun.path.open("a") as file:
        file.write("\nFATAL\n")

    assert begun.looks() == 1


def test_what_is_no_text_is_searched_all_the_same(begun: Log) -> None:
    with begun.path.open("ab") as file:
        file.write(b"\xff\xfe FATAL \x00\x1b[31m\n")

    assert begun.looks() == 1
    assert "\x1b" not in begun.asking.reason


def test_a_long_line_is_shown_short(begun: Log) -> None:
    begun.says("FATAL " + "x" * 5000)

    begun.looks()

    assert len(begun.asking.reason) < 400
    assert begun.asking.reason.endswith("...'")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "web.log")

    with pytest.raises(ValueError, match=r"web.log is no plain file"):
        Log(tmp_path).looks()


@pytest.mark.field("S3")
def test_a_pattern_that_would_take_years_is_given_up_and_reading_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path, "(a+)+$")
    log.looks()
    log.says("a" * 40 + "b")
    with pytest.raises(NotJudged, match=r"could not be told in time \(1 line\)"):
        log.looks()

    log.says("a" * 40 + "b", "so be it: aaa")
    assert log.looks() == 1
    log.says("well")
    assert not log.asking.look()
