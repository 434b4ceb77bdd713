"""What people see of a queue: its rows without their bodies, and how many there are of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from overseer.errors import UsageError

STATES = ("due", "waiting", "leased", "dead", "sent")
ENDED = ("dead", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    due: int
    waiting: int  # for a later run_at
    leased: int
    dead: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """What has failed and is still to be delivered."""

    count: int = 0
    since: float | None = None  # when that which has failed longest did so first: epoch seconds
    text: str = ""  # what it was told last


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as people see it: all but its body. Moments are seconds since the epoch."""

    id: int
    state: str
    kind: str
    queue: str
    priority: int
    at: float  # due, waiting, leased: run_at; dead: dead_at; sent: sent_at
    created_at: float
    message_id: str
    sender: str
    rcpt: str
    dedupe: str | None
    payload: str  # sent: ""
    attempts: int
    crashes: int
    code: int | None
    text: str  # the last answer
    reason: str  # dead: why


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows are asked for. *text* stands somewhere in recipient, sender, kind, Message-ID or
    the last answer, in whatever case of ASCII letters."""

    queue: str = ""
    text: str = ""
    skip: int = 0


EVERY = Filter()


def check_state(state: str) -> None:
    if state not in STATES:
        raise UsageError(f"{state!r} is not a state of a queue; write {', '.join(STATES)}")


def check_ended(state: str) -> None:
    if state not in ENDED:
        raise UsageError(f"{state!r} is not forgotten by its age; write {', '.join(ENDED)}")


def see(state: str, row: Sequence[Any]) -> Row:
    id, kind, queue, priority, at, created, message_id, sender, rcpt, dedupe, *rest = row
    payload, attempts, crashes, code, text, reason = rest
    return Row(
        id=id,
        state=state,
        kind=kind,
        queue=queue,
        priority=priority,
        at=at,
        created_at=created,
        message_id=message_id,
        sender=sender,
        rcpt=rcpt,
        dedupe=dedupe,
        payload=payload,
        attempts=attempts,
        crashes=crashes,
        code=code,
        text=text,
        reason=reason,
    )
