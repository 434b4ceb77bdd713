"""Orders that are waited for while the daemon's program is replaced: the client asks the new one
for the rest of its answer, with all that this needs to know."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

from overseer.control.line import Order
from overseer.control.protocol import VERSION, Request
from overseer.control.pursuit import Pace, Pursuit, Result
from overseer.errors import UsageError
from overseer.model.event import Asked, Verb
from overseer.ports import Clock
from overseer.safepoint import safepoint

FOLLOWED = frozenset({"history", "log", "logs"})
MOST_OF_A_MOMENT = 1000
"""Entries of what happens while the program is replaced."""


LONG = {
    "apply": "a load is being applied",
    "scale": "a scale is being carried out",
    "remove": "a remove is being carried out",
    "terminate": "a terminate is being carried out",
}
"""Of many steps, with which a program that replaces this one would not go on."""


@runtime_checkable
class Resumable(Protocol):
    """A client that can be told what to ask the program which takes over."""

    resumes: Callable[[], Request | None] | None


def not_cut_off(do: str) -> AbstractContextManager[None]:
    """While it is carried out nothing is replaced, where it could not be gone on with."""
    return safepoint.operation(LONG[do]) if do in LONG else nullcontext()


def resumption(request: Request, clock: Clock) -> Callable[[], Request | None] | None:
    """What is to be asked of the program that takes over, for requests that only wait and look."""
    do, began = request.get("do"), clock.now()
    if do == "events" or (do in FOLLOWED and request.get("follow")):
        return lambda: {**request, "since": clock.wall(), "limit": MOST_OF_A_MOMENT, "lines": 0}
    if do == "wait":
        timeout = request.get("timeout")
        left = (lambda: max(0.1, began + timeout - clock.now())) if timeout else (lambda: None)
        return lambda: {**request, "timeout": left()}
    if do == "reexec":
        return lambda: {"v": VERSION, "do": "version"}
    return None


class Rest(NamedTuple):
    """What is left of an answer. *begun*: numbers of what was posted, by watch. *results* and
    *left_out*: what the whole answer ends with."""

    verb: Verb
    orders: tuple[Order, ...]
    begun: Mapping[str, int]
    pace: Pace
    results: tuple[Result, ...]
    left_out: tuple[str, ...]


def as_request(
    verb: Verb,
    pace: Pace,
    pursuit: Pursuit,
    refused: Sequence[Result],
    left_out: Sequence[str],
) -> Request:
    """While the pursuit stands still."""
    orders = [
        {
            "name": order.name,
            "words": words_of(order),
            "after": sorted(order.after),
            "whole": order.to_its_end,
            "number": number,
        }
        for order, number in pursuit.rest()
    ]
    results = [one._asdict() for one in (*refused, *pursuit.report().results)]
    return {
        "v": VERSION, "do": "continue", "verb": str(verb), "orders": orders,
        "pace": pace._asdict(), "results": results, "left_out": list(left_out),
    }  # fmt: skip


def words_of(order: Order) -> str:
    event = order.event(0) if order.event else None
    return event.words if isinstance(event, Asked) else order.name


def rest_of(request: Mapping[str, Any], by: str) -> Rest:
    """UsageError for what was not made by `as_request`."""
    try:
        verb = Verb(request["verb"])
        orders = tuple(
            Order(
                str(one["name"]),
                verb,
                partial(Asked, verb, by, str(one["words"])),
                frozenset(map(str, one["after"])),
                bool(one["whole"]),
            )
            for one in request["orders"]
        )
        numbers = ((str(one["name"]), one["number"]) for one in request["orders"])
        begun = {name: int(number) for name, number in numbers if number is not None}
        results = tuple(Result(**one) for one in request["results"])
        pace = Pace(**request["pace"])
        left_out = tuple(map(str, request["left_out"]))
        return Rest(verb, orders, begun, pace, results, left_out)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"this is not the rest of an answer: {error}") from None
