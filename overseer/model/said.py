"""What a process says of itself: sd_notify(3)."""

from dataclasses import dataclass
from enum import StrEnum


class Doing(StrEnum):
    """What it is busy with, beside its work."""

    NOTHING = ""
    RELOADING = "reloading"  # RELOADING=1, until READY=1
    STOPPING = "stopping"  # STOPPING=1


@dataclass(frozen=True, slots=True)
class Said:
    """All of it together, the last word of each kind. Moments: seconds of CLOCK_BOOTTIME."""

    ready: bool = False
    status: str = ""  # STATUS=, one line for people
    alive: float | None = None  # when it said WATCHDOG=1 last
    sick: bool = False  # WATCHDOG=trigger
    doing: Doing = Doing.NOTHING
    since: float = 0.0  # it is listened to


SILENT = Said()
