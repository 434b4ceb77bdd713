"""Output is capped while programs write it."""

import logging
import os
from pathlib import Path

import pytest

from overseer.system import logs
from overseer.system.daemon import LogFile
from overseer.system.logs import cut_if_long, thin_out


def cap(files: list[Path], size: int, copies: int, total: int) -> list[Path]:
    """Cuts each that is too long and removes what is too much, as the daemon does at its looks;
    those that were cut."""
    cut_now = [file for file in files if cut_if_long(file, size, copies, total, print) is not None]
    thin_out(files, size, copies, total)
    return cut_now


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
    files = [tmp_path / f"w{number}.log" for number in range(20)]
    for log in files:
        log.with_name(f"{log.name}.1").write_bytes(b"x" * 1000)
    (tmp_path / "another.log.1").write_bytes(b"x" * 1000)
    (tmp_path / "w1.log.old").write_bytes(b"x" * 1000)
    reads: list[str] = []
    listdir = os.listdir

    def counted(folder: str) -> object:
        reads.append(folder)
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", counted)
    cap(files, size=10, copies=1, total=0)
    monkeypatch.undo()

    assert reads == [str(tmp_path)]
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


@pytest.mark.field("A17")
@pytest.mark.field("S18")
@pytest.mark.parametrize("collapses", [True, False])
def test_of_a_log_of_any_length_the_last_bytes_are_kept_and_no_more_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collapses: bool
) -> None:
    if not collapses:  # tmpfs, btrfs, overlay
        monkeypatch.setattr(logs, "_fallocate", lambda *_: False)
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number:06}\n" for number in range(100_000)))

    cap([log], size=50_000, copies=3, total=60_000)

    kept = (tmp_path / "web.log.1").read_text().splitlines()
    assert kept[-1] == "line 099999"
    assert kept == [f"line {n:06}" for n in range(100_000 - len(kept), 100_000)]
    assert 49_000 < len("\n".join(kept)) <= 50_000
    assert log.stat().st_size < 5_000
    assert (tmp_path / "web.log.1").stat().st_mode == log.stat().st_mode


@pytest.mark.field("J11")
def test_a_copy_is_never_larger_than_what_all_may_have(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * 99 + b"\n" + b"y" * 100_000)

    cap([log], size=50_000, copies=3, total=20_000)

    assert (tmp_path / "web.log.1").stat().st_size == 20_000


@pytest.mark.field("A17")
def test_what_is_no_file_is_not_cut(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    cap([tmp_path / "fifo", Path("/dev/full"), tmp_path], size=0, copies=3, total=20_000)

    assert [path.name for path in tmp_path.iterdir()] == ["fifo"]


def test_a_copy_does_not_follow_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / "web.log.1").symlink_to(other)
    (tmp_path / "web.log").write_text("x\n" * 100)

    cap([tmp_path / "web.log"], size=10, copies=1, total=1000)

    assert other.read_text() == "precious"
    assert not (tmp_path / "web.log.1").is_symlink()
