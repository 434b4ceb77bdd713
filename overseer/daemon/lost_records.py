"""Records of the daemon before that this one does not have: what people are told of it."""

import logging
import time
from collections.abc import Iterator, Sequence

from overseer.control.applied import Applied
from overseer.store.state import StateStore
from overseer.units import first_of

log = logging.getLogger("overseer")

NAMED = 10
"""Watches that are named; of more it says how many."""
FORGOTTEN = "stops, holds, silences and loaded files that were asked for before are forgotten"
LOOK = "`overseer status` shows what runs; stop once more what is not to run"


def lost_records(store: StateStore, applied: Applied, taken_over: Sequence[str]) -> list[str]:
    """Once the database is open. A state folder that never had one says nothing: nothing of a
    daemon before lies there, and nothing runs that one has launched. *taken_over*: the watches
    of which a process runs that no record names. For as long as this daemon lives."""
    lines = list(lines_of(store, applied, taken_over))
    for line in lines:
        log.error("%s", line)
    return lines


def damaged_since(store: StateStore, lost: Sequence[str]) -> Iterator[str]:
    """While the daemon ran: nothing of it is lost, as all is known in memory."""
    if store.aside and not any(str(store.aside) in line for line in lost):
        yield f"a damaged database is kept as {store.aside}"


def lines_of(store: StateStore, applied: Applied, taken_over: Sequence[str]) -> Iterator[str]:
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    names = first_of(taken_over, NAMED)
    runs = f"; {names} found running and taken over" if taken_over else ""
    if store.aside:
        yield (
            f"{store.path} was damaged when this daemon began ({when}): what can still be read is"
            f" taken over, and the rest is forgotten, stops that were asked for with it{runs};"
            f" it is kept as {store.aside}; {LOOK}"
        )
    elif store.was_missing and (taken_over or not applied.is_empty()):
        yield (f"{store.path} was gone when this daemon began ({when}): {FORGOTTEN}{runs}; {LOOK}")
    elif taken_over:
        yield (
            f"the records in {store.path} were older than what runs when this daemon began"
            f" ({when}){runs}; stops that could not be written are forgotten; {LOOK}"
        )
    if store.unreadable:
        names = first_of(store.unreadable, NAMED)
        yield f"what was recorded of {names} cannot be read, and is forgotten"
