"""Orders that nobody waits for and that begin one after another: on disk until each has ended, so
that the next daemon goes on with the rest."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from overseer.control.chronicle import Wishes
from overseer.control.line import Order
from overseer.control.office import Engine
from overseer.control.orders import Orders
from overseer.control.protocol import Answer
from overseer.control.pursuit import Pace
from overseer.crew import begin
from overseer.model.event import Asked, Verb
from overseer.model.order_queue import OrderQueue, QueuedOrder
from overseer.safepoint import safepoint

OF_THIS_BOOT = frozenset({Verb.RESTART, Verb.RELOAD})
"""What is needless once everything has been launched afresh."""


class OrderQueues:
    def __init__(self, engine: Engine, wishes: Wishes, orders: Orders, boot: str) -> None:
        self._engine = engine
        self._wishes = wishes
        self._orders = orders
        self._boot = boot
        self._all: dict[str, OrderQueue] = {}
        self._lock = threading.Lock()

    def began(self) -> None:
        """Go on with what an earlier daemon was asked for. On the engine's thread."""
        queues = self._wishes.order_queues()
        for queue in queues:
            rest = tuple(order for order in queue.orders if self._is_wanted(queue, order))
            if rest:
                self._follow(replace(queue, orders=rest), [self._order(queue, one) for one in rest])
        if len(queues) != len(self._all):
            self._write()

    def begin(self, orders: Sequence[Order], pace: Pace) -> None:
        """One after another, on a thread of its own, once they are on disk."""
        asked = [order.event(0) if order.event else None for order in orders]
        by = next(event.by for event in asked if isinstance(event, Asked))
        queued = (
            QueuedOrder(
                name=order.name,
                words=event.words if isinstance(event, Asked) else order.name,
                request=self._engine.statuses[order.name].request,
                after=tuple(order.after),
            )
            for order, event in zip(orders, asked, strict=True)
        )
        queue = OrderQueue(
            id=os.urandom(4).hex(), verb=orders[0].verb, by=by, boot=self._boot,
            orders=tuple(queued), parallel=pace.parallel, careful=pace.careful,
            timeout=pace.timeout, pause=pace.pause,
        )  # fmt: skip
        self._follow(queue, orders)

    def _is_wanted(self, queue: OrderQueue, order: QueuedOrder) -> bool:
        """Its watch is there, and has not been ended and launched afresh since."""
        status = self._engine.statuses.get(order.name)
        if status is None:
            return False
        afresh = queue.boot != self._boot or status.closing
        return not (afresh and queue.verb in OF_THIS_BOOT)

    def _order(self, queue: OrderQueue, order: QueuedOrder) -> Order:
        """Where something has been asked since it was this order, or something newer."""
        asked = self._engine.statuses[order.name].request > order.request
        event = None if asked else partial(Asked, queue.verb, queue.by, order.words)
        return Order(order.name, queue.verb, event, frozenset(order.after))

    def _follow(self, queue: OrderQueue, orders: Sequence[Order]) -> None:
        with self._lock:
            self._all[queue.id] = queue
        self._write()
        pace = Pace(queue.parallel, queue.careful, queue.timeout, queue.pause)
        begin(lambda: self._go_on(queue.id, orders, pace), "orders")

    def _go_on(self, id: str, orders: Sequence[Order], pace: Pace) -> None:
        with safepoint.busy("orders that nobody waits for"):
            self._to_its_end(id, orders, pace)

    def _to_its_end(self, id: str, orders: Sequence[Order], pace: Pace) -> None:
        try:
            self._orders.follow(orders, pace, Progress(partial(self._ended, id)))
        finally:
            with self._lock:
                self._all.pop(id, None)
            self._write()

    def _ended(self, id: str, name: str) -> None:
        with self._lock:
            queue = self._all[id]
            rest = tuple(order for order in queue.orders if order.name != name)
            self._all[id] = replace(queue, orders=rest)
        self._write()

    def _write(self) -> None:
        with self._lock:
            self._wishes.remember_order_queues(list(self._all.values()))


class Progress:
    """Hears which orders have ended; nobody else is told."""

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended

    def say(self, answer: Answer) -> None:
        if "code" in answer:
            self._ended(str(answer["watch"]))

    def gone(self) -> bool:
        return False
