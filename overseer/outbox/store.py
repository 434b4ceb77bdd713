"""What an outbox, and a holder of leases, ask of the place where rows are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from overseer.outbox.limits import Limits, Luck
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Job, Parcel, Settled, Verdict
from overseer.outbox.pauses import By, Pause
from overseer.outbox.sight import EVERY, Counts, Deferred, Filter, Row

if TYPE_CHECKING:
    from overseer.outbox.freight import Cargo
    from overseer.outbox.sums import Sign, Stats

Finished = Sequence[tuple[Job, Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one holder of leases has done in one commit. One at a time goes by the name *owner*."""

    owner: str
    at: Moment
    limits: Limits
    luck: Luck
    finished: Finished = ()
    renew: Sequence[Job] = ()
    room: int = 0  # leases to take
    free: int | None = None  # bytes of bodies for them; None: as many as may be held
    queues: Collection[str] | None = None  # None: all
    forget: float | None = None  # sent before then


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    jobs: Sequence[Job] = ()  # newly leased
    settled: Sequence[Settled] = ()
    renewed: Collection[int] = ()  # ids that are still the owner's, of those to renew
    forgotten: int = 0


class Store(Protocol):
    """Each method that changes something does all of it or nothing, and it is on the disk when it
    returns. Raises Unavailable. Moments are seconds since the epoch."""

    @property
    def name(self) -> str:
        """As people call it: no password."""
        ...

    @property
    def path(self) -> str | None:
        """Of its file."""
        ...

    @property
    def lease(self) -> float:
        """Seconds that suit it."""
        ...

    def is_there(self) -> bool: ...

    def grant(self, role: str) -> None: ...

    def share(self, group: str) -> None: ...

    def beside(self, name: str) -> "Store":
        """The same rows by a connection of its own, for one holder of leases."""
        ...

    def close(self) -> None:
        """Opened again when it is used again."""
        ...

    def version(self) -> object:
        """Another one than before: somebody else has committed."""
        ...

    def put(
        self, parcels: Sequence[Parcel], now: float, within: object = None
    ) -> list[int | None]: ...

    def counts(self, now: float) -> Counts: ...

    def rows(self, state: str, limit: int, now: float, wanted: Filter = EVERY) -> list[Row]: ...

    def find(self, id: int, now: float) -> Row | None: ...

    def body(self, id: int) -> bytes | None: ...

    def oldest_due(self, now: float, queues: Collection[str] | None = None) -> float | None: ...

    def deferred(self, queues: Collection[str] | None = None) -> Deferred: ...

    def dead_count(self, queues: Collection[str] | None = None) -> int: ...

    def stats(self, now: float) -> "Stats": ...

    def workers(self, now: float) -> "list[Sign]":
        """Those that have given a sign of life."""
        ...

    def dead_ids(self, after: int, most: int) -> list[int]:
        """The next after that one, in order."""
        ...

    def retry(self, ids: Sequence[int], now: float) -> int: ...

    def discard(self, ids: Sequence[int]) -> int: ...

    def count_ended(self, state: str, before: float) -> int:
        """How many were sent, or have died, before then."""
        ...

    def purge(self, state: str, before: float) -> int:
        """A piece of those; 0: nothing is left."""
        ...

    def pause(self, queue: str, reason: str, now: float) -> None: ...

    def resume(self, queue: str) -> bool: ...

    def pauses(self) -> list[Pause]: ...

    def reclaim(
        self, owner: str, at: Moment, limits: Limits, luck: Luck, holding: Collection[int]
    ) -> list[Settled]:
        """Take back what an earlier life of this owner held, but for *holding*."""
        ...

    def next_due(self, queues: Collection[str] | None, now: float) -> float | None: ...

    def has_run_out(self, owner: str, at: Moment, limits: Limits) -> bool:
        """Whether somebody else has held a lease for too long."""
        ...

    def turn(self, work: Work) -> Done:
        """Settle, renew, take over what has run out, lease, forget: one commit."""
        ...

    def hold(self, pause: Pause) -> None:
        """No lease is taken after it that goes against it."""
        ...

    def lift(self, queue: str, by: By) -> None: ...

    def cargo(self) -> "Cargo":
        """The way out of it, and in, for everything."""
        ...

    def leave(self, owner: str) -> None:
        """It holds nothing, and will not come back under this name."""
        ...
