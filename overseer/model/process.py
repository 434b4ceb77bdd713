"""One life of one operating-system process, and how it ended."""

import signal
from dataclasses import dataclass

TICKS = 100.0
"""USER_HZ: the unit of process start times on every Linux that Python runs on (proc(5))."""


@dataclass(frozen=True, slots=True)
class Process:
    """A pid is reused; a pid with its kernel start time and boot is not.

    *ticks* is field 22 of /proc/PID/stat (proc(5)): clock ticks from boot to the start.
    """

    pid: int
    ticks: int
    boot: str

    @property
    def began(self) -> float:
        """Seconds of CLOCK_BOOTTIME, to a tick."""
        return self.ticks / TICKS


OOM = " (out of memory, it seems)"
"""The kernel counts whom it kills, but does not tell their pids."""


@dataclass(frozen=True, slots=True)
class Exit:
    """An exit code, or the signal that ended it, or neither: somebody else's child. *oom*: the
    kernel has killed it because memory ran out."""

    code: int | None = None
    signal: int | None = None
    oom: bool = False

    def __str__(self) -> str:
        if self.signal is not None:
            return f"killed by {signal_name(self.signal)}{OOM if self.oom else ''}"
        return "ended, exit code unknown" if self.code is None else f"exit code {self.code}"

    def facts(self) -> dict[str, int | bool]:
        """For programs: its code, its signal, or that it is unknown."""
        if self.signal is not None:
            return {"signal": self.signal, **({"oom": True} if self.oom else {})}
        return {"unknown": True} if self.code is None else {"code": self.code}


ENDED = Exit()
"""Somebody else's child: only that it ended is known."""


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; real-time signals have no names of their own."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
