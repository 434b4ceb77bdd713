"""When an alert goes: the first at once, those about other watches soon after in one mail."""

from dataclasses import dataclass

GATHER = 30.0
"""Seconds from a mail to the one that takes what came meanwhile."""


@dataclass(frozen=True, slots=True)
class Window:
    """Since a mail to this contact. *began* is in seconds since the epoch."""

    began: float
    gathered: bool = False  # for the mail that goes when it is over, and begins the next window


@dataclass(frozen=True, slots=True)
class Slot:
    """*wait* is in seconds; alerts in slots of the same *gather* go together."""

    wait: float
    gather: str | None
    window: Window


def slot(window: Window | None, now: float) -> Slot:
    """For an alert that is neither urgent nor the next word about an open incident."""
    if window and window.gathered and now >= window.began + GATHER:
        window = Window(window.began + GATHER)
    if window is None or not window.began <= now < window.began + GATHER:
        return Slot(0.0, None, Window(now))
    over = window.began + GATHER
    return Slot(over - now, repr(over), Window(window.began, True))
