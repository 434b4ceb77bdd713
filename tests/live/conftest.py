"""What a live test that has failed shows: what the daemons of its folder said last."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

LINES = 60
"""Of each log, and of the history."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that other users may enter. Pytest's own lies in one that is closed to them anew by
    each pytest that begins on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="overseer-live-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> "Iterator[object]":
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if isinstance(report, pytest.TestReport) and report.failed and isinstance(folder, Path):
        report.sections += [(f"end of {file}", tail(file)) for file in logs(folder)]
        report.sections += [(f"history in {file}", history(file)) for file in databases(folder)]
    return report


def logs(folder: Path) -> list[Path]:
    """The daemons' own."""
    return sorted({*folder.rglob("daemon*.log"), *folder.rglob("overseer.log")})


def databases(folder: Path) -> list[Path]:
    return sorted(folder.rglob("state.db"))


def tail(file: Path) -> str:
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-LINES:])
    except OSError as error:
        return str(error)


def history(file: Path) -> str:
    """Read beside the daemon, which may not answer."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1.0)) as database:
            rows = database.execute(
                "select at, watch, kind, message from history order by rowid desc limit ?",
                (LINES,),
            ).fetchall()
    except sqlite3.Error as error:
        return str(error)
    return "\n".join(" ".join(map(str, row)) for row in reversed(rows))
