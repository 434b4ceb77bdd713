"""An operator's orders: given to the engine, followed until it is known what became of them."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from overseer.control.ear import Ear
from overseer.control.line import Order
from overseer.control.office import Engine, Observer
from overseer.control.protocol import HungUp
from overseer.control.pursuit import LOOK_AGAIN, LastLine, Pace, Pursuit, Report, Result, no_line
from overseer.control.voice import Voice
from overseer.core.outcome import outlives_the_daemon
from overseer.errors import DONE
from overseer.model.event import Verb
from overseer.ports import Clock
from overseer.safepoint import safepoint

DOING = {
    Verb.START: "starting",
    Verb.STOP: "stopping",
    Verb.RESTART: "restarting",
    Verb.RELOAD: "reloading",
    Verb.UNMONITOR: "unmonitoring",
    Verb.TRIGGER: "run now",
}


SAFE_IN = 30.0
"""Seconds for what is asked to be written down, and for a command to be begun."""
NOT_SAFE = "; it has not begun yet, and may be lost if overseer is killed before"


class Orders:
    """Gives orders, one request number after another."""

    def __init__(
        self, engine: Engine, clock: Clock, ear: Ear, last_line: LastLine = no_line
    ) -> None:
        self._last_line = last_line
        self._engine = engine
        self._clock = clock
        self._ear = ear
        self._last = 0
        self._lock = threading.Lock()

    def number(self, name: str) -> int:
        """Greater than every number before, those of earlier daemons included."""
        status = self._engine.statuses.get(name)
        with self._lock:
            self._last = max(self._last, status.request if status else 0) + 1
            return self._last

    def give(self, orders: Sequence[Order]) -> Report:
        """All at once. Not waited for, but for what is asked to be safe: a daemon that is killed
        right after the answer leaves it to the next one."""
        numbers = {order.name: self.number(order.name) for order in orders if order.event}
        for order in orders:
            if order.event:
                self._engine.post(order.name, order.event(numbers[order.name]))
        late = self._not_safe(numbers)
        return Report(
            tuple(
                Result(
                    one.name,
                    DONE,
                    f"{one.name}: {one.verb} asked for{NOT_SAFE if one.name in late else ''}",
                )
                for one in orders
            )
        )

    def _not_safe(self, numbers: Mapping[str, int]) -> Collection[str]:
        """Waits until all of it would survive the daemon; those that do not after SAFE_IN."""
        changed = threading.Event()
        changes: Observer = lambda *_: changed.set()  # noqa: E731 - forgotten by its name
        self._ear.listen(changes)
        end = time.monotonic() + SAFE_IN
        try:
            rest: Collection[str] = numbers
            while rest and time.monotonic() < end:
                changed.clear()
                left = {name: numbers[name] for name in rest}
                rest = self._engine.call(partial(self._unsafe, left)).result(SAFE_IN)
                if rest:
                    with safepoint.idle():
                        changed.wait(min(LOOK_AGAIN, max(0.0, end - time.monotonic())))
            return rest
        finally:
            self._ear.forget(changes)

    def _unsafe(self, numbers: Mapping[str, int]) -> list[str]:
        """On the engine's thread, between two batches: what it sees is recorded."""
        statuses = self._engine.statuses
        return [
            name
            for name, number in numbers.items()
            if name in statuses and not outlives_the_daemon(statuses[name], number)
        ]

    def follow(
        self,
        orders: Sequence[Order],
        pace: Pace,
        voice: Voice,
        begun: Mapping[str, int] | None = None,
        pursued: Callable[[Pursuit], None] = lambda _: None,
    ) -> Report:
        """At that pace, until it is known what became of each. HungUp if *voice* raises it:
        what was asked goes on, what was not begun is not. *begun*: by an earlier program of this
        daemon, under these numbers. *pursued* is told of who has an eye on them."""
        pursuit = Pursuit(self._engine, self._clock, orders, pace, self._last_line, begun or {})
        pursued(pursuit)
        self._ear.listen(pursuit.hear)
        try:
            if len(orders) > 1 and begun is None:
                voice.say({"order": [order.name for order in orders]})
            while pursuit.goes_on:
                if pursuit.begins and voice.gone():
                    raise HungUp("the client hung up")
                for order in pursuit.next_ones(self.number):
                    if begun and order.name in begun:
                        continue
                    voice.say({"watch": order.name, "say": f"{order.name}: {DOING[order.verb]}"})
                for answer in pursuit.wait():
                    voice.say(answer)
                    if "code" in answer and (said := pursuit.pausing()):
                        voice.say({"watch": answer["watch"], "say": said})
        finally:
            self._ear.forget(pursuit.hear)
        return pursuit.report()
