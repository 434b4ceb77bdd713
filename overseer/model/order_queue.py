"""Orders of one operator that begin one after another, as the next daemon finds them."""

from dataclasses import dataclass

from overseer.model.event import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedOrder:
    """*words*: as typed. *request*: the last that the watch had when this was queued. *after*:
    those of the same queue that come before it."""

    name: str
    words: str
    request: int
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQueue:
    """*boot* is that of the machine when it was asked for; *timeout* and *pause* in seconds."""

    id: str
    verb: Verb
    by: str
    boot: str
    orders: tuple[QueuedOrder, ...]
    parallel: int = 1
    careful: bool = False
    timeout: float | None = None
    pause: float = 0.0
