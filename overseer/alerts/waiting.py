"""What waits in a tray, what its way depends on, and what is to be done with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from overseer.alerts.gather import Window
from overseer.contacts.terms import Terms
from overseer.model.change import ENDS, PASSES_EVERY_LIMIT

QUIET, LIMIT, SILENCE, LATER, RECALLED = "quiet", "limit", "silence", "later", "recalled"
"""What has held a letter back. What the first two have held goes in one mail."""
TOGETHER = frozenset({QUIET, LIMIT})
DIGEST = "digest"


class Silenced(NamedTuple):
    """*until* in seconds since the epoch, None for nobody knows; *why* for people."""

    until: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A letter in the tray, as far as its way depends on it. Moments: seconds since the epoch."""

    id: int
    watch: str
    change: str
    incident: str
    at: float
    began: float | None = None
    open: bool = False
    patience: float = 0.0
    ready: float | None = None  # when it may go with those of its *bundle*; None: not placed yet
    bundle: str | None = None
    held: str = ""

    @property
    def urgent(self) -> bool:
        return self.change in PASSES_EVERY_LIMIT

    @property
    def ends(self) -> bool:
        return self.change in ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """The transport is; *until* somebody tries again."""

    until: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What counts beside the letters, for one contact at one moment."""

    now: float
    terms: Terms
    told: Mapping[str, float] = field(default_factory=dict)  # open incidents: when last mailed
    mailed: Sequence[float] = ()  # moments of the mails of late
    window: Window | None = None
    down: Down | None = None
    under_way: bool = False  # a mail whose fate will show whether the transport works
    silenced: Callable[[str], Silenced | None] = lambda _: None


class Wait(NamedTuple):
    """*until* None: nobody knows."""

    until: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    items: tuple[Item, ...]
    why: str = ""  # it has been held back as a whole: because of this


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    mails: tuple[Mail, ...]
    dropped: Mapping[int, str]  # why
    waits: Mapping[int, Wait]
    kept: tuple[Item, ...]  # those that wait, as they are now
    window: Window | None

    @property
    def due(self) -> float | None:
        """When to look again."""
        dues = (wait.until for wait in self.waits.values() if wait.until is not None)
        return min(dues, default=None)
