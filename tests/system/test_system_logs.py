"""Output is capped while programs write it."""

import logging
import os
from pathlib import Path

import pytest

from overseer.system.daemon import LogFile
from overseer.system.logs import cap


def test_a_long_log_is_cut_and_its_copies_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    writer = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(4):
        os.write(writer, f"{number}".encode() * 10_000)
        cap([log], size=9_000, copies=2, total=1_000_000)

    os.write(writer, b"still here")
    os.close(writer)

    assert log.read_bytes().endswith(b"still here")
    assert log.stat().st_size < 9_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2"]
    assert (tmp_path / "web.log.1").read_bytes().endswith(b"3")


def test_all_copies_together_have_a_limit_too(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"web.log.{number + 1}").write_bytes(b"x" * 1000)

    cap([tmp_path / "web.log"], size=10, copies=5, total=2_500)

    assert len(list(tmp_path.iterdir())) == 2


def test_a_log_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    cap([tmp_path / "none.log"], size=10, copies=5, total=10)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_read_once_whatever_is_in_it_and_nothing_else_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = [tmp_path / f"w{number}.log" for number in range(20)]
    for log in logs:
        log.with_name(f"{log.name}.1").write_bytes(b"x" * 1000)
    (tmp_path / "another.log.1").write_bytes(b"x" * 1000)
    (tmp_path / "w1.log.old").write_bytes(b"x" * 1000)
    reads: list[Path] = []
    scandir = os.scandir

    def counted(folder: Path) -> object:
        reads.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", counted)
    cap(logs, size=10, copies=1, total=0)
    monkeypatch.undo()

    assert reads == [tmp_path]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another.log.1", "w1.log.old"]


@pytest.mark.field("B1")
def test_overseers_own_log_is_moved_aside_when_it_is_large(tmp_path: Path) -> None:
    log_file = LogFile(tmp_path / "overseer.log", largest=1000)
    record = logging.LogRecord("overseer", logging.INFO, "", 0, "x" * 99, None, None)

    for _ in range(100):
        log_file.emit(record)
    log_file.close()

    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes.keys() <= {"overseer.log", "overseer.log.1", "overseer.log.2"}
    assert max(sizes.values()) <= 1100


def test_a_log_that_others_have_moved_is_not_moved_again(tmp_path: Path) -> None:
    log_file = LogFile(tmp_path / "overseer.log", largest=150)
    record = logging.LogRecord("overseer", logging.INFO, "", 0, "x" * 99, None, None)
    log_file.emit(record)
    (tmp_path / "overseer.log").rename(tmp_path / "overseer.log.1")
    (tmp_path / "overseer.log").write_text("of another\n")

    for _ in range(2):
        log_file.emit(record)
    log_file.close()

    assert (tmp_path / "overseer.log").read_text().startswith("of another")
    assert (tmp_path / "overseer.log.1").stat().st_size == 200
