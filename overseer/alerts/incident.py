"""What is remembered about a watch's troubles, and what is told of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from overseer.model.change import Change
from overseer.model.process import Exit


@dataclass(frozen=True, slots=True)
class Said:
    what: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A check that only tells (`alert_if`) and is met: an incident of its own."""

    check: str
    id: str
    began: float
    told: tuple[str, ...]
    headline: str = ""


class OpenIncident(NamedTuple):
    """Of which people have not heard the end. *began* in seconds of CLOCK_BOOTTIME, None where
    that was before the machine booted."""

    id: str
    headline: str
    began: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Moments are seconds of CLOCK_BOOTTIME of *boot*. Open while it has an id."""

    boot: str = ""
    # crashes, whether or not an incident is open
    exits: tuple[float, ...] = ()  # unasked, of the last hour
    untold: int = 0  # exits since people were last told
    away: float = 0.0  # seconds without a process since then
    gone_since: float | None = None
    evidence: str = ""  # of the last end or failed start: alerts that follow show it
    story: str = ""  # the id of what has gone wrong since it was last well, told or not
    lately: tuple[Said, ...] = ()  # of the last hour, of what is told once an hour
    # the open incident
    id: str = ""
    began: float = 0.0
    headline: str = ""  # of the last alarm in it
    said: tuple[Change, ...] = ()  # told already; anew when an operator begins afresh
    told: tuple[str, ...] = ()  # contacts that got an alarm, and so get the all-clear
    checks: tuple[Standing, ...] = ()  # open beside it

    def open_at(self, boot: str) -> Iterator[OpenIncident]:
        """The alarms of which people have not heard the end."""
        same = self.boot == boot
        if self.id:
            yield OpenIncident(self.id, self.headline, self.began if same else None)
        for one in self.checks:
            said = one.headline or f"{one.check} is met"
            yield OpenIncident(one.id, said, one.began if same else None)


CALM = Incident()


def belongs_to(before: Incident, after: Incident, check: str) -> str:
    """The incident, if any, of news that leads from one to the other; *check*: whose it is."""
    if check:
        standing = (*after.checks, *before.checks)
        return next((one.id for one in standing if one.check == check), "")
    return after.id or before.id or after.story or before.story


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One change worth telling, before it has a form. *contacts* are names, each once."""

    change: Change
    headline: str
    message: str
    contacts: tuple[str, ...]
    incident: str
    open: bool = False  # the incident goes on: these will be told when it is over
    began: float | None = None  # of the incident; None: it stands alone
    check: str = ""  # whose incident it is, where it is not the watch's own
    next: str = ""
    due: float | None = None  # seconds of CLOCK_BOOTTIME: when *next* happens
    exit: Exit | None = None
    ran_for: float | None = None
    evidence: str = ""  # the line of the history with the end of the log
    samples: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    # priority and category, by contact
