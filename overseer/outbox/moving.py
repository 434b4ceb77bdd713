"""Everything from one queue into another: nothing lost, nothing twice, whenever it is interrupted.

Each piece is put there in one commit, together with the ids it had here, and taken away here in
the next. One that was killed in between finds those ids there when it is begun again.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from overseer.errors import Refused
from overseer.outbox.freight import QUEUED, STATES
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock, read_clock
from overseer.outbox.pauses import ALL, By, Pause, moving
from overseer.outbox.store import Store, Work

PIECE = 500
LOOK_EVERY = 0.2
"""Seconds between two looks at what is leased."""
PATIENCE = 150.0
"""Seconds for what is under way; what a killed worker held is free after two minutes."""


@dataclass(slots=True)
class Moved:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    known: int = 0  # queued ones whose like was there already
    pauses: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Move:
    """*tell* hears how many have been moved, *wait* how many are under way still."""

    def __init__(
        self,
        source: Store,
        target: Store,
        *,
        clock: Clock = read_clock,
        piece: int = PIECE,
        patience: float = PATIENCE,
        tell: Callable[[int], None] = lambda count: None,
        wait: Callable[[int], None] = lambda count: time.sleep(LOOK_EVERY),
    ) -> None:
        self._source = source
        self._target = target
        self._out, self._in = source.cargo(), target.cargo()
        self._clock = clock
        self._piece = piece
        self._patience = patience
        self._tell = tell
        self._wait = wait

    def run(self) -> Moved:
        """The source is left empty, and holds what is put there from now on. Raises Refused with
        nothing changed while a worker holds leases; Unavailable: begin it again."""
        with self._out.claim():
            self._check()
            self._hold()
            return self._move_all()

    def _move_all(self) -> Moved:
        done = Moved(pauses=self._move_pauses())
        key = self._out.identity()
        if landed := self._in.moved(key):
            self._out.drop(landed)
        for state in STATES:
            self._move(key, state, done)
        self._in.forget(key)
        self._mark(done=True)
        return done

    def _check(self) -> None:
        if self._out.identity() == self._in.identity():
            raise Refused(f"{self._source.name} and {self._target.name} are the same queue")
        before = moving(self._source.pauses())
        if before and not before.step and before.reason != self._target.name:
            raise Refused(self._elsewhere(self._source, before))
        mark = moving(self._target.pauses())
        if mark and not mark.step:
            raise Refused(self._elsewhere(self._target, mark))
        if mark:  # moved away once, and now back
            self._target.lift(ALL, By.MOVE)

    def _elsewhere(self, store: Store, mark: Pause) -> str:
        return f"{store.name} is being moved to {mark.reason}; end that first, by the same name"

    def _hold(self) -> None:
        """From here on no worker of the source is given anything."""
        before = moving(self._source.pauses())
        self._mark(done=False)
        owner = f"move-{self._out.identity()}"
        limits = Limits(lease=self._source.lease)
        deadline = time.monotonic() + self._patience
        try:
            # A turn leases nothing now, and frees what dead workers hold.
            while leased := self._leased(owner, limits):
                if time.monotonic() >= deadline:
                    raise Refused(self._held(leased))
                self._wait(leased)
        except BaseException:
            if before is None:
                self._source.lift(ALL, By.MOVE)
            else:
                self._source.hold(before)
            raise
        finally:
            self._source.leave(owner)

    def _leased(self, owner: str, limits: Limits) -> int:
        now = self._clock().now
        if not self._source.rows("leased", 1, now):
            return 0
        work = Work(owner=owner, at=self._clock(), limits=limits, luck=random.random, room=1)
        self._source.turn(work)
        return self._source.counts(now).leased

    def _held(self, leased: int) -> str:
        return (
            f"{leased} rows of {self._source.name} are held by a worker; stop it first, as with"
            " `overseer stop mail_worker` or `overseer mail worker stop`: nothing is moved before"
        )

    def _mark(self, done: bool) -> None:
        """So that whoever looks sees where it went."""
        now = self._clock().now
        self._source.hold(
            Pause(
                queue=ALL,
                by=By.MOVE,
                until=None,
                since=now,
                changed=now,
                step=int(done),
                reason=self._target.name,
            )
        )

    def _move_pauses(self) -> int:
        """First: what was held here is held there. A server that was away is found out anew."""
        pauses = [pause for pause in self._source.pauses() if pause.by is By.OPERATOR]
        for pause in pauses:
            self._target.hold(pause)
        for pause in pauses:
            self._source.lift(pause.queue, By.OPERATOR)
        return len(pauses)

    def _move(self, key: str, state: str, done: Moved) -> None:
        piece = self._piece
        while rows := self._out.freight(state, piece):
            try:
                known = self._in.unload(key, rows, self._clock().now)
            except Refused as error:
                if piece > 1:
                    piece = 1  # which of them?
                    continue
                raise Refused(
                    f"row {rows[0].id}: {error}; see `overseer mail show`, discard it with"
                    f" `overseer mail discard --force {rows[0].id}`, and begin again"
                ) from error
            self._out.drop([row.id for row in rows])
            done.known += known
            done.counts[state] += len(rows) - (known if state == QUEUED else 0)
            self._tell(done.total + done.known)
