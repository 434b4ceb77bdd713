"""What a worker says of itself in its heartbeat file: written by the worker, read by watches.

Who reads it may be root, and who writes it anybody: nothing in it is believed unseen.
"""

import json
import math
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overseer.units import show_seconds

FORMAT = 1
LARGEST = 64 * 1024
"""Bytes that are read."""
LONGEST = 200
"""Characters of a text that are shown."""
MOST = 1e12
"""No figure is as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A queue that is paused."""

    queue: str  # "*": all of them
    by: str  # operator, transport
    seconds: float  # for so long
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of the queues that this worker empties. Durations are seconds."""

    pid: int
    boot: str
    uptime: float  # of CLOCK_BOOTTIME when it was written, within that boot
    at: str  # the same for people
    sent: int  # since the worker began
    stuck: float  # since something was last delivered, or could not have been
    trouble: str = ""  # why the queue cannot be used: then the figures below are not known
    oldest_due: float | None = None  # has waited so long; None: nothing is due
    dead: int = 0
    deferred: int = 0  # have failed, and are tried again
    oldest_deferred: float | None = None  # so long ago that which has failed longest did so first
    deferred_text: str = ""  # and was told this last
    paused: tuple[Held, ...] = ()

    @property
    def why_held(self) -> str:
        """An empty text where nothing is paused."""
        return "; ".join(
            f"{'the queue' if one.queue == '*' else one.queue} is paused"
            f" for {show_seconds(one.seconds)}" + f" ({one.reason})" * bool(one.reason)
            for one in self.paused
        )


def write(path: Path, report: Report) -> None:
    """Whole or not at all. Where there is no room for it, as on a full disk, the old one is touched
    all the same: the worker lives. Raises OSError."""
    fresh = path.with_name(f"{path.name}.new")
    text = json.dumps({"format": FORMAT, **asdict(report)}, ensure_ascii=False)
    try:
        with suppress(FileNotFoundError):
            fresh.unlink()  # of a worker that was killed; never followed, if it is a link
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text + "\n")
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            path.touch()
        with suppress(OSError):
            fresh.unlink()
        raise


def read(path: str) -> Report:
    """Raises OSError, ValueError; what they say holds nothing of the file."""
    try:
        found = json.loads(content(path))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError
        return report(found)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise ValueError(f"{path} is not what a mail worker of this version writes") from None


def content(path: str) -> bytes:
    """Of a plain file: no link is followed, no pipe waited for. Raises OSError, ValueError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY
    descriptor = os.open(path, flags)
    with open(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError
    return text


def report(found: Mapping[str, Any]) -> Report:
    oldest, deferred = found["oldest_due"], found.get("oldest_deferred")
    return Report(
        pid=int(figure(found["pid"])),
        boot=words(found["boot"]),
        uptime=figure(found["uptime"]),
        at=words(found["at"]),
        sent=int(figure(found["sent"])),
        stuck=figure(found["stuck"]),
        trouble=words(found["trouble"]),
        oldest_due=None if oldest is None else figure(oldest),
        dead=int(figure(found["dead"])),
        deferred=int(figure(found.get("deferred", 0))),
        oldest_deferred=None if deferred is None else figure(deferred),
        deferred_text=words(found.get("deferred_text", "")),
        paused=tuple(
            Held(
                queue=words(one["queue"]),
                by=words(one["by"]),
                seconds=figure(one["seconds"]),
                reason=words(one["reason"]),
            )
            for one in found["paused"]
        ),
    )


def figure(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(value) or not 0 <= value < MOST:
        raise ValueError
    return float(value)


def words(value: object) -> str:
    """Fit to be shown on a terminal and in a mail."""
    if not isinstance(value, str):
        raise TypeError
    text = "".join(one if one.isprintable() else " " for one in value[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
