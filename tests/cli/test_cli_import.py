"""overseer import god"""

import io
import os
import shutil
import stat
from pathlib import Path

import pytest

from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.config import load

GOD = """\
puts 'the file talks'
God.pid_file_directory = '{pids}'
God.watch {{ |w| w.name = 'web'; w.start = '/bin/web'; w.keepalive }}
God.watch {{ |w| w.name = 'idle'; w.start = '/bin/idle'; w.keepalive }}
"""
needs_ruby = pytest.mark.skipif(shutil.which("ruby") is None, reason="there is no ruby here")


@pytest.fixture
def god(tmp_path: Path) -> Path:
    """A configuration; of its two watches the process of `web` runs: it is this test."""
    pids = tmp_path / "pids"
    pids.mkdir()
    (pids / "web.pid").write_text(f"{os.getpid()}\n")
    path = tmp_path / "web.god"
    path.write_text(GOD.format(pids=pids))
    return path


def run(*words: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(["import", "god", *map(str, words)], Context(None, out, err))
    return code, out.getvalue(), err.getvalue()


@needs_ruby
def test_it_prints_a_watch_file_and_nothing_else(god: Path) -> None:
    code, out, err = run(god)

    assert (code, err) == (0, "")
    assert out.startswith("# From ")
    assert "the file talks" not in out


@needs_ruby
def test_it_writes_one_that_only_those_may_read_who_could_read_gods(
    god: Path, tmp_path: Path
) -> None:
    god.chmod(0o600)
    written = tmp_path / "overseer.yml"

    code, out, err = run(god, "-o", written)

    assert (code, out) == (0, "")
    assert "2 watches" in err
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert list(load([written], check_host=False).watches) == ["web", "idle"]


@needs_ruby
def test_a_file_that_is_there_is_not_replaced_without_force(god: Path, tmp_path: Path) -> None:
    written = tmp_path / "overseer.yml"
    written.write_text("mine")

    code, _, err = run(god, "-o", written)

    assert (code, written.read_text()) == (1, "mine")
    assert "write --force" in err
    assert run(god, "-o", written, "--force")[0] == 0
    assert written.read_text() != "mine"


@needs_ruby
def test_it_says_how_to_take_over_what_god_runs(god: Path) -> None:
    code, out, _ = run(god, "--adopt")

    assert code == 0
    assert out.splitlines() == [
        f"overseer adopt web {os.getpid()}",
        f"# idle: nothing runs ({god.parent}/pids/idle.pid)",
    ]


@needs_ruby
def test_nothing_is_started_before_what_runs_is_adopted(god: Path, tmp_path: Path) -> None:
    written = tmp_path / "overseer.yml"
    run(god, "-o", written)

    assert not load([written], check_host=False).watches["web"].autostart
    assert f'overseer adopt web "$(cat {tmp_path}/pids/web.pid)"' in written.read_text()


@needs_ruby
def test_where_god_runs_nothing_all_is_started_as_usual(god: Path, tmp_path: Path) -> None:
    (tmp_path / "pids" / "web.pid").unlink()

    _, out, _ = run(god)

    assert "autostart" not in out


@needs_ruby
def test_a_file_that_raises_is_blamed_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.god"
    path.write_text("\nraise 'set STAGE'\n")

    code, out, err = run(path)

    assert (code, out) == (6, "")
    assert err == f"overseer: {path}:2: set STAGE (RuntimeError)\n"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none.god")

    assert code == 6
    assert "none.god: no such file" in err


def test_without_ruby_it_says_how_to_get_it(
    god: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    code, out, err = run(god)

    assert (code, out) == (1, "")
    assert "apt install ruby" in err


@needs_ruby
@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
@pytest.mark.field("S8")
def test_as_root_no_file_of_somebody_else_is_run(god: Path) -> None:
    os.chown(god, 54321, 54321)

    code, out, err = run(god)
    assert (code, out) == (1, "")
    assert f"54321 may write {god}, which is run as root; chown root {god}, or" in err
    assert run(god, "--allow-untrusted", god)[0] == 0


@needs_ruby
@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
@pytest.mark.field("S6")
def test_no_process_of_root_is_adopted_by_a_pid_file_of_somebody_else(god: Path) -> None:
    os.chown(god.parent / "pids", 54321, 54321)

    _, out, _ = run(god, "--adopt")
    assert f"# web: pid {os.getpid()}" in out
    assert "it runs as root, and 54321 may write" in out
    assert "overseer adopt" not in out
