"""What people ask of a queue, and may do to it, wherever its rows are kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from overseer.errors import Refused
from overseer.outbox.moment import Clock
from overseer.outbox.pauses import ALL, Pause, moving
from overseer.outbox.sight import Counts, Deferred, Filter, Row, check_ended
from overseer.outbox.store import Store

if TYPE_CHECKING:
    from overseer.outbox.moving import Moved
    from overseer.outbox.sums import Sign, Stats

Tell = Callable[[int], None]
PIECE = 500
"""Rows in one commit of what may be much."""


def keep_quiet(count: int) -> None: ...


class Tended:
    """The operator's half of an outbox."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.name = store.name
        self.path = store.path  # of its file; None where it is on a server

    def is_there(self) -> bool:
        """Whether somebody has made it; asking does not."""
        return self._store.is_there()

    def grant(self, role: str) -> None:
        """Let another role of the server use it. Raises Refused for a file."""
        self._store.grant(role)

    def share(self, group: str) -> None:
        """Let a unix group use it: folder and file, made where they are missing. Raises Refused
        for what is on a server."""
        self._store.share(group)

    def counts(self) -> Counts:
        return self._store.counts(self._clock().now)

    def rows(
        self, state: str, limit: int = 100, *, queue: str = "", text: str = "", skip: int = 0
    ) -> list[Row]:
        """due, waiting, leased, dead or sent; those of *queue*, those with *text* in recipient,
        sender, kind, Message-ID or last answer. Raises UsageError for another word."""
        wanted = Filter(queue=queue, text=text, skip=skip)
        return self._store.rows(state, limit, self._clock().now, wanted)

    def find(self, id: int) -> Row | None:
        return self._store.find(id, self._clock().now)

    def body(self, id: int) -> bytes | None:
        return self._store.body(id)

    def oldest_due(self) -> float | None:
        """Seconds that the oldest of what is due has waited; None: nothing is due."""
        now = self._clock().now
        due = self._store.oldest_due(now)
        return None if due is None else now - due

    def deferred(self) -> Deferred:
        return self._store.deferred()

    def oldest_deferred(self) -> float | None:
        """Seconds since that which has failed longest, and is tried again, did so first; None:
        nothing has failed."""
        now, since = self._clock().now, self._store.deferred().since
        return None if since is None else max(0.0, now - since)

    def stats(self) -> "Stats":
        return self._store.stats(self._clock().now)

    def workers(self) -> "list[Sign]":
        return self._store.workers(self._clock().now)

    def retry(self, *ids: int, tell: Tell = keep_quiet) -> int:
        """How many go now: the dead as if new, the waiting at once. No ids: all the dead, a piece
        at a time, so that others get at the queue; *tell* hears how many it has looked at."""
        self._check_stays()
        now = self._clock().now
        if ids:
            return self._store.retry(ids, now)
        total = seen = last = 0
        while piece := self._store.dead_ids(last, PIECE):
            total += self._store.retry(piece, now)
            last = piece[-1]
            seen += len(piece)
            tell(seen)
        return total

    def discard(self, *ids: int, force: bool = False) -> int:
        """How many are gone for good: queued and dead ones, not what is leased. *force*: though
        the queue is being moved."""
        if not force:
            self._check_stays()
        return self._store.discard(ids)

    def count_ended(self, state: str, older_than: float) -> int:
        """How many purge() would forget."""
        check_ended(state)
        return self._store.count_ended(state, self._clock().now - older_than)

    def purge(self, older_than: float, state: str = "sent", tell: Tell = keep_quiet) -> int:
        """Forget what was sent, or has died, more than so many seconds ago. Nobody else forgets
        the dead. *tell* hears how many are gone."""
        check_ended(state)
        before = self._clock().now - older_than
        total = 0
        while gone := self._store.purge(state, before):
            total += gone
            tell(total)
        return total

    def pause(self, queue: str = ALL, reason: str = "") -> None:
        """Lease nothing from it, in any worker, until it is resumed; putting goes on."""
        self._store.pause(queue, reason, self._clock().now)

    def resume(self, queue: str = ALL, *, force: bool = False) -> bool:
        """Whatever paused it; False: nothing did. Raises Refused where it is being moved, for what
        is under way may be in both places; *force*: that other queue is no more."""
        if not force:
            self._check_stays()
        return self._store.resume(queue)

    def move_to(self, other: "Tended", **options: Any) -> "Moved":
        """Everything there, and hold what is put here from now on. *options*: those of Move."""
        from overseer.outbox.moving import Move

        return Move(self._store, other._store, clock=self._clock, **options).run()

    def moving(self) -> Pause | None:
        """That it is moved (step 0), or has been (step 1), to the queue that is its reason."""
        return moving(self.pauses())

    def _check_stays(self) -> None:
        mark = self.moving()
        if mark and not mark.step:
            raise Refused(
                f"{self.name} is being moved to {mark.reason}; end that first, with the same"
                " `overseer mail migrate` (or write --force)"
            )

    def pauses(self) -> list[Pause]:
        return self._store.pauses()
