"""The machine, real or described in a folder."""

import os
from pathlib import Path

import pytest

from overseer.doctor import host
from overseer.doctor.finding import Level
from overseer.doctor.rivals import rivals


def test_this_machine_has_what_its_kernel_is_to_give() -> None:
    assert host.pidfd().level is Level.OK


def test_tools_that_are_missing_are_named_with_their_packages(tmp_path: Path) -> None:
    for one in set(host.TOOLS) - {"setpriv", "chroot"}:
        (tmp_path / one).write_text("")
        (tmp_path / one).chmod(0o755)

    found = host.tools(str(tmp_path))

    assert found.level is Level.PROBLEM
    assert "missing: setpriv, chroot" in found.said
    assert found.do == "install coreutils util-linux"


def test_an_old_python_is_a_warning() -> None:
    assert host.python((3, 11, 2)).level is Level.WARNING
    assert host.python((3, 11, 4)).level is Level.OK
    assert host.python((3, 12, 0)).level is Level.OK


def test_a_proc_that_hides_processes_is_a_warning(tmp_path: Path) -> None:
    assert host.proc(str(tmp_path)).level is Level.WARNING


def test_the_limit_on_open_files_is_that_of_the_daemon(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "limits").write_text(
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max open files            1024                 524288               files\n"
    )

    assert host.descriptors(10, 7, str(tmp_path)).level is Level.OK
    found = host.descriptors(1000, 7, str(tmp_path))
    assert (found.level, found.said) == (
        Level.PROBLEM,
        "1024 may be open, some 3064 are needed for 1000 watches",
    )


def test_a_clock_that_was_set_back_is_seen_by_what_was_written(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    state.write_text("")
    os.utime(state, (1_900_000_000, 1_900_000_000))

    assert host.clock([str(state)], 1_900_000_001.0).level is Level.OK
    found = host.clock([str(state)], 1_900_000_000.0 - 3600)
    assert found.level is Level.WARNING
    assert "60 minutes ahead" in found.said


def test_a_clock_that_was_never_set_is_a_problem() -> None:
    assert host.clock([], 3600.0).level is Level.PROBLEM


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (["/usr/bin/monit", "-c", "/etc/monit/monitrc"], "monit"),
        (["/usr/bin/python3", "/usr/bin/supervisord", "-n"], "supervisord"),
        (["/usr/bin/python3.11", "/opt/circus/bin/circusd", "c.ini"], "circusd"),
        (["ruby", "/usr/local/bin/god", "-c", "x.god"], "god"),
        (["PM2 v5.3.0: God Daemon (/root/.pm2)"], "pm2"),
        (["eye monitoring v0.10.0 (in /root)"], "eye"),
    ],
)
def test_other_supervisors_are_named(tmp_path: Path, line: list[str], name: str) -> None:
    process(tmp_path, 7, line)

    (found,) = rivals(str(tmp_path))

    assert (found.level, found.said) == (Level.WARNING, f"{name} runs too (pid 7)")


@pytest.mark.parametrize(
    "line", [["vim", "god.rb"], ["grep", "monit"], ["/usr/bin/python3", "-m", "overseer"], [""], []]
)
def test_who_only_mentions_one_is_none(tmp_path: Path, line: list[str]) -> None:
    process(tmp_path, 7, line)

    (found,) = rivals(str(tmp_path))

    assert found.level is Level.OK


def process(proc: Path, pid: int, line: list[str]) -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "cmdline").write_text("\0".join(line))
