"""A package of other people's, installed from source, is used like overseer's own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
WATCHES = """
contacts:
  ops: {{notebook: {folder}/alerts.txt}}
watches:
  app:
    command: /bin/sleep 4567
    user: '{uid}'
    interval: 1s
    behaviors: [{{make_spool: {{path: {folder}/spool}}}}]
    restart_if:
      spool_length: {{path: {folder}/spool, above: 2, times: 2}}
    notify: ops
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the package is installed beside overseer."""
    place = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(ROOT / "examples" / "plugin", source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(place), str(source)], check=True, timeout=120)
    return {**os.environ, "PYTHONPATH": f"{ROOT}:{place}"}


def overseer(env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "overseer", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_its_own_test_passes_as_it_stands(installed: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tests = ROOT / "examples" / "plugin" / "tests"
    subprocess.run([*argv, str(tests)], env=installed, check=True, timeout=60, cwd=tests)


@pytest.fixture
def daemon(installed: dict[str, str], tmp_path: Path) -> Iterator[list[str]]:
    """Where it is to be found."""
    (tmp_path / "w.yml").write_text(WATCHES.format(folder=tmp_path, uid=os.geteuid()))
    place = ["--state-dir", str(tmp_path / "state")]
    started = overseer(installed, "run", "--daemonize", *place, str(tmp_path / "w.yml"))
    assert started.returncode == 0, started.stderr
    yield place
    overseer(installed, "terminate", *place)


def test_condition_behavior_and_contact_do_their_work(
    installed: dict[str, str], daemon: list[str], tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    assert overseer(installed, "status", "app", *daemon).stdout
    assert overseer(installed, "start", "app", *daemon).returncode == 0
    assert spool.is_dir()

    for number in range(3):
        (spool / str(number)).touch()

    book, deadline = tmp_path / "alerts.txt", time.monotonic() + PATIENCE
    while not (book.exists() and "restarted" in book.read_text()):
        assert time.monotonic() < deadline, overseer(installed, "history", *daemon).stdout
        time.sleep(0.1)
    assert "3 files in" in overseer(installed, "history", "app", *daemon).stdout


def test_what_is_wrong_with_its_options_is_said_with_its_place(
    installed: dict[str, str], tmp_path: Path
) -> None:
    bad = WATCHES.format(folder=tmp_path, uid=os.geteuid()).replace("above: 2", "abov: 2")
    (tmp_path / "bad.yml").write_text(bad)

    said = overseer(installed, "check", str(tmp_path / "bad.yml"))

    assert said.returncode == 6
    assert "spool_length has no option abov; did you mean above?" in said.stdout + said.stderr
