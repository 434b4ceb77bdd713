"""A program that the kernel kills for want of memory, in a control group with little of it."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from test_supervision import Begin, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

LITTLE = "30000000"


@pytest.fixture
def group() -> Iterator[Path]:
    """cgroups(7), version 1 or 2, wherever this process may make one."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if controllers == "memory":
            parent, limit = Path(f"/sys/fs/cgroup/memory{path}"), "memory.limit_in_bytes"
        elif number == "0":
            parent, limit = Path(f"/sys/fs/cgroup{path}"), "memory.max"
        else:
            continue
        made = parent / f"overseer-test-{os.getpid()}"
        with suppress(OSError):
            made.mkdir()
        if (made / limit).exists():
            (made / limit).write_text(LITTLE)
            yield made
            made.rmdir()
            return
        with suppress(OSError):
            made.rmdir()
    pytest.skip("no control group with a limit of memory can be made here")


GREEDY = """
import os, sys, time
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
time.sleep(1.5)
bytearray(b"x") * (300 * 2**20)
"""


def test_a_kill_by_the_kernel_is_explained(begin: Begin, group: Path, tmp_path: Path) -> None:
    (tmp_path / "greedy.py").write_text(GREEDY)
    daemon = begin(
        "watches: {greedy: {user: ME, flapping: {times: 1, within: 1m},"
        f" command: [{sys.executable}, HERE/greedy.py, {group}]}}}}"
    )

    until("its end", lambda: daemon.watch("greedy")["last_exit"] is not None)

    assert daemon.watch("greedy")["last_exit"]["oom"] is True
    assert "out of memory" in daemon.overseer("why", "greedy").stdout
    daemon.overseer("stop", "greedy")
