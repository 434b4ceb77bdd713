"""An operator's orders: given to the engine, followed until it is known what became of them."""

import threading
from collections.abc import Sequence

from overseer.control.ear import Ear
from overseer.control.line import Order
from overseer.control.office import Engine
from overseer.control.protocol import HungUp
from overseer.control.pursuit import LastLine, Pace, Pursuit, Report, Result, no_line
from overseer.control.voice import Voice
from overseer.errors import DONE
from overseer.model.event import Verb
from overseer.ports import Clock

DOING = {
    Verb.START: "starting",
    Verb.STOP: "stopping",
    Verb.RESTART: "restarting",
    Verb.RELOAD: "reloading",
    Verb.UNMONITOR: "unmonitoring",
    Verb.TRIGGER: "run now",
}


KEPT_IN = 30.0
"""Seconds for the engine to write down what is asked."""


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
        """All at once. Not waited for, but for what is asked to be kept: a daemon that is killed
        right after the answer leaves it to the next one."""
        for order in orders:
            if order.event:
                self._engine.post(order.name, order.event(self.number(order.name)))
        self._kept()
        return Report(
            tuple(Result(one.name, DONE, f"{one.name}: {one.verb} asked for") for one in orders)
        )

    def _kept(self) -> None:
        """The second call comes after the batch that what was posted before the first is in."""
        for _ in range(2):
            self._engine.call(lambda: None).result(KEPT_IN)

    def follow(self, orders: Sequence[Order], pace: Pace, voice: Voice) -> Report:
        """At that pace, until it is known what became of each. HungUp if *voice* raises it:
        what was asked goes on, what was not begun is not."""
        pursuit = Pursuit(self._engine, self._clock, orders, pace, self._last_line)
        self._ear.listen(pursuit.hear)
        try:
            if len(orders) > 1:
                voice.say({"order": [order.name for order in orders]})
            while pursuit.goes_on:
                if pursuit.begins and voice.gone():
                    raise HungUp("the client hung up")
                for order in pursuit.next_ones(self.number):
                    voice.say({"watch": order.name, "say": f"{order.name}: {DOING[order.verb]}"})
                for answer in pursuit.wait():
                    voice.say(answer)
                    if "code" in answer and (said := pursuit.pausing()):
                        voice.say({"watch": answer["watch"], "say": said})
        finally:
            self._ear.forget(pursuit.hear)
        return pursuit.report()
