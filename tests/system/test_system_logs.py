"""Output is capped while programs write it."""

import os
from pathlib import Path

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
