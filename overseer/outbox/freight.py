"""A row on its way from one queue to another, whole."""

from dataclasses import dataclass

from overseer.outbox.parcel import Parcel

QUEUED, DEAD, SENT = "queued", "dead", "sent"
STATES = (QUEUED, SENT, DEAD)
"""In the order they are moved in: what somebody waits for first."""


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
