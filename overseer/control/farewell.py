"""Terminate: every process ends, what is wanted stays, survivors are named."""

from contextlib import suppress
from queue import Empty, SimpleQueue

from overseer.control.dependants import NOBODY, Before, order_of
from overseer.control.ear import Ear
from overseer.control.line import Line, Order
from overseer.control.office import Office
from overseer.control.voice import Voice
from overseer.core.phase import because
from overseer.errors import DONE, FAILED
from overseer.model.event import Closing, Verb
from overseer.model.news import News
from overseer.model.state import Goal, Life
from overseer.model.status import Status
from overseer.model.watch import Watch

MARGIN = 15.0  # seconds beyond the longest stop_timeout: SIGKILL, a look, the leftovers
LOOK_AGAIN = 1.0
LOST = frozenset({Life.STUCK, Life.UNKNOWN})


class Farewell:
    """One terminate. The order of stopping is the reverse of the files', but that nothing is
    stopped before those that depend on it."""

    def __init__(self, office: Office, ear: Ear) -> None:
        self._engine = office.engine
        self._clock = office.clock
        self._ear = ear
        self._rung: SimpleQueue[None] = SimpleQueue()

    def terminate(self, voice: Voice, timeout: float | None = None) -> list[str]:
        """Stop everything that is monitored; the names of those that live on."""
        left = list(self._engine.watches)[::-1]
        before = order_of(Verb.STOP, left, self._engine.watches)
        line = Line([Order(name, Verb.STOP, after=before.get(name, NOBODY)) for name in left])
        deadline = self._clock.now() + (self._longest(before) if timeout is None else timeout)
        told: set[str] = set()
        survivors: list[str] = []
        self._ear.listen(self._ring)
        try:
            for name in before:  # it runs on for now, but comes up no more
                self._engine.post(name, Closing(stop=False))
            while left and self._clock.now() < deadline:
                while line.moves:
                    told.add(name := line.next().name)
                    self._engine.post(name, Closing())
                settled = [name for name in left if name in told and self._settled(name)]
                for name in settled:
                    survivors += self._part(name, voice)
                    line.ended(name)
                gone = set(settled)
                left = [name for name in left if name not in gone]
                if left and not line.moves:
                    self._wait(deadline)
        finally:
            self._ear.forget(self._ring)
        for name in left:
            voice.say({"watch": name, "code": FAILED, "say": f"{name}: did not end in time"})
        return [*survivors, *left]

    def _settled(self, name: str) -> bool:
        status = self._engine.statuses.get(name)
        if status is None or not status.closing:
            return status is None
        return _left_alone(status) or status.life is Life.DOWN or status.life in LOST

    def _part(self, name: str, voice: Voice) -> list[str]:
        """Say what became of it; its name if it lives on against our will."""
        status = self._engine.statuses.get(name)
        if status is None or (status.life is Life.DOWN and status.process is None):
            voice.say({"watch": name, "code": DONE, "say": f"{name}: stopped"})
            return []
        if _left_alone(status):
            voice.say({"watch": name, "code": DONE, "say": f"{name}: unmonitored, left as it is"})
            return []
        why = because(status)
        voice.say({"watch": name, "code": FAILED, "say": f"{name}: lives on: {why}"})
        return [name]

    def _longest(self, before: Before) -> float:
        """Seconds, one after another where they have to wait for each other."""
        needed = {name: self._stop_timeout(name) for name in list(self._engine.watches)}
        for name, others in before.items():  # in order
            needed[name] += max(needed[other] for other in others)
        return max(needed.values(), default=0.0) + MARGIN

    def _stop_timeout(self, name: str) -> float:
        watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
        if watch is None or status is None:
            return 0.0
        return (status.program or watch.program).stop_timeout

    def _wait(self, deadline: float) -> None:
        with suppress(Empty):  # look again all the same
            self._rung.get(timeout=max(0.0, min(LOOK_AGAIN, deadline - self._clock.now())))
            while True:  # one look is enough for all that has happened
                self._rung.get_nowait()

    def _ring(self, _: str, __: Watch, ___: Status, ____: tuple[News, ...]) -> None:
        self._rung.put(None)


def _left_alone(status: Status) -> bool:
    return status.goal is Goal.UNMONITORED
