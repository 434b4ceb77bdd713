"""The applications in examples/ pass their own tests: in any order, and two runs at a time."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
APP = ROOT / "examples" / "app"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
PATIENCE = 120


def begin(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """With overseer's fixtures, installed or not."""
    return subprocess.Popen(
        [*PYTEST, "-p", "overseer.mail.pytest_plugin", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(folder: Path, *words: str) -> str:
    process = begin(folder, *words)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    return said


def test_an_applications_tests_pass_in_any_order_and_beside_each_other() -> None:
    listed = run(APP, "--collect-only", "--rootdir", str(APP)).splitlines()
    tests = [line for line in listed if "::" in line]
    assert len(tests) >= 8
    for seed in range(2):
        shuffled = random.Random(seed).sample(tests, len(tests))
        both = [begin(APP, "--rootdir", str(APP), *order) for order in (shuffled, shuffled[::-1])]
        for process in both:
            said, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, said
            assert f"{len(tests)} passed" in said


def test_web_applications_queue_within_their_own_transaction() -> None:
    pytest.importorskip("flask")
    pytest.importorskip("starlette")

    assert "4 passed" in run(ROOT / "examples" / "web")


def test_tests_that_ask_for_nothing_import_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] == 'overseer'}\n"
        "    assert ours == {'overseer', 'overseer.mail', 'overseer.mail.pytest_plugin'}\n"
    )

    assert "1 passed" in run(tmp_path)


def test_an_application_names_its_jobs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "from overseer.errors import Refused\n"
        "from overseer.outbox import Jobs\n"
        "jobs = Jobs()\n"
        "done = []\n"
        "@jobs.job\n"
        "def resize(picture): done.append(picture)\n"
        "@pytest.fixture\n"
        "def outbox_jobs(): return jobs\n"
        "def test_inline(inline_outbox):\n"
        "    inline_outbox.put('resize', {'picture': 7})\n"
        "    assert done == [7]\n"
        "def test_recording(outbox):\n"
        "    with pytest.raises(Refused): outbox.put('rezise', {'picture': 7})\n"
        "    outbox.put('resize', {'picture': 7})\n"
        "    assert outbox.counts().due == 1\n"
    )

    assert "2 passed" in run(tmp_path)
