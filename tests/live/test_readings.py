"""Memory and CPU of real processes with their descendants."""

import os
import subprocess
import sys

import pytest

from overseer.daemon.readings import Readings
from overseer.model.status import Status
from overseer.system import identity

pytestmark = pytest.mark.live


def test_a_family_is_a_process_with_all_that_came_of_it() -> None:
    parent = "import subprocess, sys; subprocess.Popen(['sleep', '60']); print(flush=True);"
    argv = [sys.executable, "-c", parent + "sys.stdin.read()"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout
            child.stdout.readline()
            process = identity.process_of(child.pid)
            statuses = {"web": Status(name="web", process=process), "db": Status(name="db")}
            readings = Readings(lambda *_: None, statuses)

            families = readings.families()

            assert families.keys() == {"web"}
            assert families["web"].processes == 2
            assert families["web"].rss > readings_of_one(readings)
            assert families["web"].cpu is None
            assert readings.families() == families  # a second look would have a share
        finally:
            for pid in family(child.pid):
                os.kill(pid, 9)


def readings_of_one(readings: Readings) -> int:
    reading = readings.of("web")
    assert reading
    return reading.rss


def family(pid: int) -> list[int]:
    return [pid, *(one.pid for one in identity.every() if one.parent == pid)]
