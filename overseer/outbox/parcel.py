"""The nouns of the queue: what is put, what is delivered, and what became of it."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from overseer.errors import Refused
from overseer.units import show_bytes

MAIL = "mail"
"""Kind and queue of finished messages."""
LONGEST_TEXT = 2000
"""Characters kept of what a server said."""
LAST_MOMENT = 3e11
"""Seconds: what is later was meant as milliseconds."""
MOST_NUMBER = 2**63 - 1
LARGEST_BODY = 64 * 2**20
"""Bytes, unless an outbox says otherwise; what no mail server takes should fail where it is put."""
NAMES = {"rcpt": "recipient"}
"""Of fields, as their users know them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is put: one row, for one recipient. Moments are seconds since the epoch."""

    kind: str
    payload: str = "{}"  # JSON text: an object
    queue: str = "default"  # what one transport carries: its faults pause this queue and no other
    priority: int = 0  # lower goes first
    run_at: float | None = None  # None: now
    dedupe: str | None = None  # with rcpt: one of a kind among what is queued and what was sent
    expires_at: float | None = None
    max_attempts: int | None = None  # None: Limits.give_up_after decides
    sender: str = ""
    rcpt: str = ""
    body: bytes = b""
    message_id: str = ""


def check(parcel: Parcel, max_size: int = LARGEST_BODY) -> None:
    """Raises Refused for what could never be delivered, where the caller can still mend it."""
    check_texts(parcel)
    for name, address in (("sender", parcel.sender), ("recipient", parcel.rcpt)):
        if not address.isprintable():
            raise Refused(f"{name} {address!r} has a control character; write a bare address")
    check_size("the message", len(parcel.body), max_size)
    check_size(f"job {parcel.kind}: the payload", len(parcel.payload.encode()), max_size)
    for name, moment in (("run_at", parcel.run_at), ("expires_at", parcel.expires_at)):
        check_moment(name, moment)
    for name, number in (("priority", parcel.priority), ("max_attempts", parcel.max_attempts)):
        check_number(name, number)
    if parcel.max_attempts is not None and parcel.max_attempts < 1:
        raise Refused(f"max_attempts: {parcel.max_attempts} is no attempt at all; write 1 or more")


def check_texts(parcel: Parcel) -> None:
    for name in ("kind", "queue", "message_id", "payload", "sender", "rcpt", "dedupe"):
        text: object = getattr(parcel, name)
        if not isinstance(text, str) and (text is not None or name != "dedupe"):
            raise Refused(f"{NAMES.get(name, name)}: {text!r} is not text")
    body: object = parcel.body
    if not isinstance(body, bytes):
        raise Refused(f"the message is a {type(body).__name__}; write bytes, as text.encode()")


def check_moment(name: str, moment: object) -> None:
    if moment is None:
        return
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        raise Refused(
            f"{name}: {moment!r} is not a moment; write a datetime, or seconds since the epoch"
        )
    if not math.isfinite(moment):
        raise Refused(f"{name}: {moment} is not a moment; write seconds since the epoch")
    if moment > LAST_MOMENT:
        raise Refused(
            f"{name}: {moment:,.0f} is thousands of years ahead; write seconds since the epoch, not"
            " milliseconds"
        )


def check_number(name: str, number: object) -> None:
    if number is None and name != "priority":
        return
    if isinstance(number, bool) or not isinstance(number, int):
        raise Refused(f"{name}: {number!r} is not a whole number; write 0, or any other")
    if abs(number) > MOST_NUMBER:
        raise Refused(f"{name}: {number:,} is beyond {MOST_NUMBER:,}")


def seconds_of(moment: "float | datetime | None") -> float | None:
    """A datetime without a zone is of the host's own."""
    return moment.timestamp() if isinstance(moment, datetime) else moment


def check_size(what: str, size: int, most: int) -> None:
    if size > most:
        raise Refused(
            f"{what} has {size:,} bytes, more than the {show_bytes(most)} that are taken; write a"
            " link instead, or allow more: Outbox(url, max_size=...), --max-size"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row under lease; *token* is the fence: each lease of the row has a higher one."""

    id: int
    token: int
    kind: str
    payload: str
    queue: str
    priority: int
    run_at: float
    message_id: str
    sender: str
    rcpt: str
    body: bytes
    attempts: int
    crashes: int
    max_attempts: int | None
    expires_at: float | None
    created_at: float
    tried_at: float | None  # the first attempt that failed, or was interrupted
    leased_at: float
    size: int = 0  # of the body, in bytes
    interruptions: int = 0
    interrupted_at: float | None = None  # the last time

    def has_expired(self, now: float) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Fate(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    DOWN = "down"  # the transport's fault: costs no attempt, pauses the queue
    # The transport was ready, and broke off at this one: its fault if others go meanwhile, and then
    # the next such end costs it an attempt; else the transport's.
    INTERRUPTED = "interrupted"
    UNTRIED = "untried"  # given back as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a delivery ended, in the words of whoever answered."""

    fate: Fate
    code: int | None = None  # an SMTP reply, an HTTP status
    text: str = ""
    delay: float | None = None  # seconds, instead of the curve (RETRY) or of the pause (DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was recorded: a RETRY too many has become DEAD."""

    job: Job
    fate: Fate
    code: int | None = None
    text: str = ""
    due: float | None = None  # RETRY, INTERRUPTED: when it is tried again
    reason: str = ""  # DEAD: why, as `overseer mail queue` has it


def sent(text: str = "", code: int | None = None) -> Verdict:
    return Verdict(fate=Fate.SENT, code=code, text=text)


def retry(text: str, code: int | None = None, delay: float | None = None) -> Verdict:
    return Verdict(fate=Fate.RETRY, code=code, text=text, delay=delay)


def dead(text: str, code: int | None = None) -> Verdict:
    return Verdict(fate=Fate.DEAD, code=code, text=text)


def down(text: str, code: int | None = None, delay: float | None = None) -> Verdict:
    return Verdict(fate=Fate.DOWN, code=code, text=text, delay=delay)


def interrupted(text: str, code: int | None = None) -> Verdict:
    return Verdict(fate=Fate.INTERRUPTED, code=code, text=text)


UNTRIED = Verdict(fate=Fate.UNTRIED)
