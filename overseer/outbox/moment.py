"""What time it is: for people and plans, and for leases."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Moment(NamedTuple):
    """Leases run on *uptime* within *boot*: no step of the wall clock frees or keeps one."""

    now: float  # seconds since the epoch
    uptime: float  # seconds of CLOCK_BOOTTIME
    boot: str


Clock = Callable[[], Moment]


@cache
def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def read_clock() -> Moment:
    return Moment(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), boot_id())
