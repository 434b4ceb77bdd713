"""The store under kill -9, and on a disk that is full."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from overseer.store.state import StateStore
from overseer.testing import FakeClock

pytestmark = pytest.mark.live

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from overseer.model.news import Kind, News
from overseer.model.program import Program
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.testing import FakeClock

store = StateStore(Path(sys.argv[1]), FakeClock())
store.open()
status = store.load_statuses().get("web", Status(name="web"))
watch = Watch(name="web", program=Program(command=("x",)))
while True:
    status = replace(status, entry=status.entry + 1)
    news = News(kind=Kind.MOVED, message=str(status.entry))
    store.record({"web": status}, [(watch, status, news)], durable=status.entry % 7 == 0)
    assert not store.trouble, store.trouble
    print(status.entry, flush=True)
"""


@pytest.mark.design("4.16")
@pytest.mark.design("8")
def test_kill_9_at_any_moment_leaves_every_change_that_was_recorded_and_no_half_one(
    tmp_path: Path,
) -> None:
    luck = random.Random(7)
    for _ in range(15):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(luck.randrange(1, 700)):
            last = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        last = max([last, *map(int, child.stdout.read().split())])
        child.wait()
        child.stdout.close()

        store = StateStore(tmp_path, FakeClock())
        store.open()
        status = store.load_statuses()["web"]
        entries = store.history(limit=1_000_000)
        store.close()

        assert store.aside is None
        assert status.entry in (last, last + 1)
        assert [int(entry.message) for entry in entries] == list(range(1, status.entry + 1))


FULL_DISK = """
import resource, signal, sys
from dataclasses import replace
from pathlib import Path
from overseer.model.status import Status
from overseer.store.state import StateStore
from overseer.testing import FakeClock

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = StateStore(Path(sys.argv[1]), FakeClock())
store.open()
web = Status(name="web", entry=1)
store.record({"web": web}, (), durable=True)
size = store.path.with_name("state.db-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
for entry in range(2, 50):
    store.record({"web": replace(web, entry=entry)}, (), durable=True)
print(store.trouble)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.settle()
print(store.trouble or "well again", store.load_statuses()["web"].entry)
store.close()
"""


def test_a_disk_that_takes_no_more_is_said_and_made_up_for(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        check=True,
    )

    said, after = done.stdout.splitlines()

    assert "cannot be written" in said
    assert after == "well again 49"
    store = StateStore(tmp_path, FakeClock())
    store.open()
    assert store.load_statuses()["web"].entry == 49
    store.close()
