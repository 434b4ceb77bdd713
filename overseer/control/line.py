"""Orders that wait for their turn."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from overseer.model.event import Event, Verb


class Order(NamedTuple):
    """*event* makes what is posted, of the request's number; without one something else has
    asked already, and only the end is waited for. *after*: not before what has become of these is
    known, of those that are ordered together. *to_its_end*: also of a one-shot, while it runs."""

    name: str
    verb: Verb
    event: Callable[[int], Event] | None = None
    after: frozenset[str] = frozenset()
    to_its_end: bool = True


class Line:
    """In the order given, but those that come after others only when these have ended."""

    def __init__(self, orders: Sequence[Order]) -> None:
        names = {order.name for order in orders}
        self._blocked = {one.name: (one, set(one.after & names)) for one in orders if one.after}
        self._free = deque(one for one in orders if not one.after)
        self._behind: dict[str, list[str]] = {}
        for name, (_, before) in list(self._blocked.items()):
            for other in before:
                self._behind.setdefault(other, []).append(name)
            self._let_go(name)

    @property
    def moves(self) -> bool:
        return bool(self._free)

    def next(self) -> Order:
        return self._free.popleft()

    def ended(self, name: str) -> None:
        for other in self._behind.pop(name, ()):
            self._blocked[other][1].discard(name)
            self._let_go(other)

    def names(self) -> tuple[str, ...]:
        """Of those that have not had their turn."""
        return tuple(order.name for order in self.orders())

    def orders(self) -> tuple[Order, ...]:
        """Those that have not had their turn."""
        return (*self._free, *(order for order, _ in self._blocked.values()))

    def _let_go(self, name: str) -> None:
        if not self._blocked[name][1]:
            self._free.append(self._blocked.pop(name)[0])
