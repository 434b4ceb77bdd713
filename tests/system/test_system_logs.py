"""Output is capped while programs write it."""

import os
from pathlib import Path

import pytest

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
