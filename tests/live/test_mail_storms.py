"""Storms of the benchmark that find what no other test does, as they stand there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live
STORM = Path(__file__).parents[2] / "benchmarks" / "mail_storm.py"


@pytest.mark.parametrize("name", ["full-disk", "cut-off", "renamed-job"])
def test_nothing_is_lost(name: str) -> None:
    if name == "full-disk" and os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    argv = [sys.executable, str(STORM), "--only", name, "--mails", "100"]

    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)

    if f"{name} skipped" in " ".join(done.stdout.split()):
        pytest.skip(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
