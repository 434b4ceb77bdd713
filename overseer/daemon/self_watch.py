"""What the daemon measures of itself, and a thread that reports a loop which does not turn.

The loop answers everything: a plug-in that waits in it, or a fault of ours, would otherwise show
only as a daemon that does nothing.
"""

import logging
import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any

from overseer import crew
from overseer.engine import Engine
from overseer.rounds.rounds import Rounds
from overseer.store.state import StateStore
from overseer.system.loop import Clock, Loop
from overseer.system.turn_times import TurnTimes
from overseer.units import show_seconds

log = logging.getLogger("overseer")

STUCK = 10.0
"""Seconds of one turn of the loop after which it is reported."""
LONGEST_GAP = 600.0
"""Seconds between two reports of the same turn; the gaps grow up to this."""
LOOK_EVERY = 1.0
FRAMES = 12
"""Of the stack, the innermost."""
LIBRARY = os.path.dirname(os.__file__)
PAGE = os.sysconf("SC_PAGE_SIZE")
Queues = Callable[[], Mapping[str, int]]


class SelfWatch:
    """*queues* are numbers of what waits, by name; *late* the seconds by which checks are late."""

    def __init__(
        self,
        turns: TurnTimes,
        queues: Queues = dict,
        late: Callable[[], float] = lambda: 0.0,
        *,
        now: Callable[[], float] = time.monotonic,
        stuck_after: float = STUCK,
    ) -> None:
        self._turns = turns
        self._queues = queues
        self._late = late
        self._now = now
        self._stuck_after = stuck_after
        self._loop = threading.get_ident()  # of the thread that makes the daemon
        self._ended = threading.Event()
        self._looked = now()
        self._turn: float | None = None  # the one that has been reported, by when it began
        self._report_at = 0.0
        self._where = ""
        self._count = 0
        self._longest = 0.0
        self._last: float | None = None  # since the epoch
        self._paused = 0.0

    def start(self, every: float = LOOK_EVERY) -> None:
        crew.begin(lambda: self._run(every), "self-watch")

    def stop(self) -> None:
        self._ended.set()

    def _run(self, every: float) -> None:
        while not self._ended.wait(every):
            self.look()

    def look(self) -> None:
        """Report a turn that does not end: once, and again after gaps that grow."""
        now, began = self._now(), self._turns.began
        away, self._looked = now - self._looked, now
        if away > self._stuck_after:  # this thread did not run either
            self._paused = max(self._paused, away)
            log.warning("overseer was not run for %s: it was stopped by a signal, or the machine"
                        " is overloaded", show_seconds(away))  # fmt: skip
            return
        if self._turn is not None and began != self._turn:
            self._over(now)
        if began is None or now - began < self._stuck_after:
            return
        if self._turn is None:
            self._turn, self._report_at = began, now
            self._count += 1
            self._last = time.time()
        self._longest = max(self._longest, now - began)
        if now >= self._report_at:
            self._report(now - began)
            self._report_at = now + min(max(now - began, self._stuck_after), LONGEST_GAP)

    def _report(self, seconds: float) -> None:
        frame = sys._current_frames().get(self._loop)
        self._where = place(frame) if frame else ""
        stack = "".join(traceback.format_stack(frame)[-FRAMES:]) if frame else ""
        log.error("the loop has not turned for %s; it stands here:\n%s", show_seconds(seconds),
                  stack.rstrip())  # fmt: skip

    def _over(self, now: float) -> None:
        """The next turn may have begun long ago: how long this one was is known to a second."""
        self._turn, self._where = None, ""
        log.warning("the loop turns again, after %s at least", show_seconds(self._longest))

    def notices(self) -> list[str]:
        """For everybody who asks for the status."""
        began = self._turns.began
        if self._turn is None or began != self._turn:
            return []
        where = f", in {self._where}" if self._where else ""
        stuck = show_seconds(self._now() - began)
        return [f"overseer's loop has not turned for {stuck}{where}: nothing is done meanwhile"]

    def facts(self) -> dict[str, Any]:
        """On the wire: `status --json`, doctor and metrics."""
        now, began = self._now(), self._turns.began
        stuck = self._turn is not None and began == self._turn
        return {
            "turn_s": round(0.0 if began is None else now - began, 4),
            "longest_turn_s": round(self._turns.longest(now), 4),
            "stuck": stuck,
            "stuck_in": self._where,
            "stuck_times": self._count,
            "stuck_longest_s": round(self._longest, 1),
            "stuck_last": self._last,
            "paused_longest_s": round(self._paused, 1),
            "checks_late_s": round(self._late(), 3),
            "memory_bytes": memory(),
            "descriptors": descriptors(),
            "descriptors_most": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "threads": threading.active_count(),
            "queues": {**crew.waiting(), **self._queues()},
        }


def of(loop: Loop, engine: Engine, store: StateStore, rounds: Rounds, clock: Clock) -> SelfWatch:
    """Of the daemon whose parts these are; for the thread of the loop."""

    def queues() -> dict[str, int]:
        return {"inbox": engine.waiting, "backlog": store.waiting}

    return SelfWatch(loop.turns, queues, lambda: rounds.late(clock.now()))


def place(frame: FrameType) -> str:
    """`met (/srv/checks.py, line 12)`: the innermost that is not Python's own."""
    innermost = frame
    while is_pythons(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    frame = innermost if is_pythons(frame.f_code.co_filename) else frame
    code = frame.f_code
    return f"{code.co_name} ({code.co_filename}, line {frame.f_lineno})"


def is_pythons(file: str) -> bool:
    return file.startswith(LIBRARY) and "-packages/" not in file


def memory() -> int | None:
    """Resident, in bytes: proc_pid_statm(5)."""
    with suppress(OSError), open("/proc/self/statm", "rb") as line:
        return int(line.read().split()[1]) * PAGE
    return None


def descriptors() -> int | None:
    with suppress(OSError):
        return len(os.listdir("/proc/self/fd"))
    return None
