"""How a queue fares, in the few figures by which others tell whether its worker does its work."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from overseer.outbox.pauses import Pause
from overseer.outbox.sight import Deferred


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Of the queues that one holder of leases empties, as it sees them."""

    oldest_due: float | None  # seconds that it has waited, leased or paused too; None: nothing is
    could_go: bool  # something is held, or is due and no pause holds it back
    dead: int
    deferred: Deferred = field(default_factory=Deferred)
    pauses: Sequence[Pause]
