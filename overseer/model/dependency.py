"""What a watch depends on, and what of it is lacking."""

from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """What must be so of a watch before those that depend on it are launched."""

    STARTED = "started"  # it has a process
    READY = "ready"  # it has lived start_grace, and all of its `ready:` holds
    COMPLETED = "completed"  # it has ended as expected


class Propagate(StrEnum):
    """What becomes of a dependant that is up when what it depends on goes."""

    NONE = "none"
    RESTART = "restart"  # it runs on, and is restarted when the other is back
    STOP = "stop"  # it is stopped, and launched again when the other is back


@dataclass(frozen=True, slots=True)
class Dependency:
    """*on* is a watch or a tag; without *need* it is what the watch itself offers."""

    on: str
    need: Need | None = None
    propagate: Propagate = Propagate.NONE


NOT_SEEN = "not seen yet"
"""Why it is lacking where this daemon has not looked at it, whatever is on disk."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One watch that another depends on, and that is not as it must be."""

    on: str
    need: Need
    propagate: Propagate = Propagate.NONE
    gone: bool = False  # known not to be there; else it may be, and has not been seen yet
    stuck: bool = False  # nothing is under way that would bring it
    why: str = ""

    def __str__(self) -> str:
        """`db to be ready (stopped by ada)`"""
        why = f" ({self.why})" if self.why else ""
        return f"{self.on} to be {self.need}{why}"
