"""With what the daemon's program is replaced: what it was started with, and nothing of others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overseer.system import passed_on
from overseer.system.own_command import program_of


def script(path: Path, first: str) -> str:
    path.write_text(f"{first}\nimport sys\n")
    path.chmod(0o755)
    return str(path)


def test_a_module_is_run_by_this_interpreter_and_not_from_the_working_folder() -> None:
    assert program_of(["python3", "-m", "overseer"], "/") == (
        sys.executable,
        "-P",
        "-m",
        "overseer",
    )
    assert program_of(["python3", "-X", "dev", "-I", "-m", "overseer"], "/") == (
        *(sys.executable, "-X", "dev", "-I", "-m", "overseer"),
    )


def test_a_script_is_run_by_what_it_names_now(tmp_path: Path) -> None:
    here = script(tmp_path / "overseer", "#!/opt/overseer-2/bin/python3")
    assert program_of(["/opt/overseer-1/bin/python3", here], "/") == (
        *("/opt/overseer-2/bin/python3", "-P", here),
    )
    assert program_of(["python3", "overseer"], str(tmp_path))[-1] == here
    shell = script(tmp_path / "wrapper", "#!/bin/sh")
    assert program_of(["python3", shell], "/") == (shell,)
    os.chmod(here, 0o644)
    assert program_of(["python3", here], "/") == (sys.executable, "-P", here)


def test_what_another_process_has_written_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    descriptor = passed_on.describe({"version": "1"})
    monkeypatch.setenv(passed_on.VARIABLE, str(descriptor))
    facts = passed_on.received()
    assert facts is not None
    assert facts["version"] == "1"
    assert passed_on.VARIABLE not in os.environ
    assert not passed_on.is_ours({**facts, "pid": os.getpid() + 1})
    assert not passed_on.is_ours({**facts, "format": 0})
    for word in ("", "x", "9999", "1"):
        monkeypatch.setenv(passed_on.VARIABLE, word)
        assert passed_on.received() is None


def test_where_exec_fails_nothing_is_inheritable_and_nothing_has_changed() -> None:
    kept, other = os.pipe()
    with pytest.raises(FileNotFoundError):
        passed_on.replace_program(["/nowhere/overseer"], {}, {}, [kept])
    assert not os.get_inheritable(kept)
    seen = subprocess.run(["ls", f"/proc/self/fd/{kept}"], close_fds=False, capture_output=True)
    assert seen.returncode != 0
    os.close(kept)
    os.close(other)
