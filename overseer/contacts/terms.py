"""On which terms a contact wants to be told: of what, when, how often, and who is next."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

from overseer.contacts.hours import Hours, hours
from overseer.model.change import ENDS, Change
from overseer.model.units import Seconds, Unit
from overseer.units import is_whole, show_seconds

PER = {"m": 60.0, "h": 3600.0, "d": 86400.0}


class Rate(NamedTuple):
    """At most *most* mails within *within* seconds."""

    most: int
    within: float

    def __str__(self) -> str:
        unit = next((unit for unit, seconds in PER.items() if seconds == self.within), "")
        return f"{self.most}/{unit or show_seconds(self.within)}"


def rate(text: str) -> Rate:
    """Read `20/h`; ValueError for anything else."""
    count, _, unit = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not is_whole(count) or not int(count) or unit not in PER:
        raise ValueError(f"{text!r} is not a rate")
    return Rate(int(count), PER[unit])


Limit = Annotated[Rate, Unit(rate, "20/h", r"^[1-9]\d*/[mhd]$")]
QuietHours = Annotated[
    Hours,
    Unit(hours, '"22:00-07:00"', r"^([a-z]{3}([,-][a-z]{3})* )?\d{1,2}:\d\d-\d{1,2}:\d\d$"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Whoever else is told of an incident that is still open after so long."""

    to: tuple[str, ...]  # contacts or groups
    after: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The keys that stand beside the way in which a contact is reached. None and empty: no such
    wish. Whoever got the alarm gets the last word too, whatever is written here."""

    brief: ClassVar[str] = ""

    repeat: Seconds | None = None  # a reminder, so often, while an incident is open
    digest: Seconds | None = None  # gather for so long
    limit: Limit | None = None
    quiet: tuple[QuietHours, ...] = ()
    events: tuple[Change, ...] = ()
    priority: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    after: Seconds | None = None  # of incidents alone, and when they are still open then
    escalate: Escalation | None = None

    def __post_init__(self) -> None:
        if self.repeat is not None and self.repeat < 60:
            raise ValueError("repeat: more often than once a minute nobody reads; write 1h")

    def wants(self, change: str, priority: str | None, category: str | None) -> bool:
        """Whether an alert is for this contact at all."""
        if change in ENDS:  # the tray knows who got the alarm
            return True
        if self.events and change not in self.events:
            return False
        if change == Change.CONFIG_CHANGED and not self.events:
            return False
        return (not self.priority or priority in self.priority) and (
            not self.category or category in self.category
        )

    def quiet_until(self, wall: float) -> float | None:
        """When the quiet hours end; None outside of them. Seconds since the epoch."""
        ends = [end for one in self.quiet if (end := one.until(wall)) is not None]
        return max(ends, default=None)


USUAL = Terms()
