"""A row on its way from one queue to another, whole."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from overseer.outbox.parcel import Parcel

QUEUED, DEAD, SENT = "queued", "dead", "sent"
STATES = (QUEUED, SENT, DEAD)
"""In the order they are moved in: what somebody waits for first."""
MOST_BYTES = 16 * 2**20
"""Of bodies in one piece, unless one alone has more."""
AT_IT = "another `overseer mail migrate` is at it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """It gets another id where it goes; the Message-ID stays. Moments are epoch seconds."""

    state: str
    id: int  # where it comes from: never given again there
    kind: str
    queue: str
    dedupe: str | None
    message_id: str
    sender: str
    rcpt: str
    attempts: int
    created_at: float
    code: int | None
    text: str  # the last answer
    ended_at: float | None = None  # sent, dead: when
    payload: str = "{}"
    priority: int = 0
    run_at: float = 0.0
    body: bytes = b""
    crashes: int = 0
    max_attempts: int | None = None
    expires_at: float | None = None
    tried_at: float | None = None
    interruptions: int = 0
    interrupted_at: float | None = None
    reason: str = ""  # dead: why

    def parcel(self) -> Parcel:
        """As an application would put it."""
        return Parcel(
            kind=self.kind,
            payload=self.payload,
            queue=self.queue,
            priority=self.priority,
            run_at=self.run_at,
            dedupe=self.dedupe,
            expires_at=self.expires_at,
            max_attempts=self.max_attempts,
            sender=self.sender,
            rcpt=self.rcpt,
            body=self.body,
            message_id=self.message_id,
        )


class Cargo(Protocol):
    """What a move asks of either end. Each method that changes something is one commit."""

    def identity(self) -> str:
        """What this queue, and no other, goes by."""
        ...

    def claim(self) -> AbstractContextManager[object]:
        """One move at a time begins here. Raises Refused; forgotten with the process."""
        ...

    def freight(self, state: str, most: int) -> list[Freight]:
        """The first of those that nobody holds: so many, or fewer where they are large."""
        ...

    def drop(self, ids: Sequence[int]) -> None:
        """They are elsewhere now."""
        ...

    def unload(self, source: str, rows: Sequence[Freight], now: float) -> int:
        """Add them, and remember that they came, instead of those that came before from that
        queue. How many had their like here already. Raises Refused for what it cannot hold."""
        ...

    def moved(self, source: str) -> list[int]:
        """Their ids there: of what may not be gone there yet."""
        ...

    def forget(self, source: str) -> None:
        """All of it is."""
        ...
