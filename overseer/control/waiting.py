"""Waits until watches are where somebody wants them, whoever brings them there."""

import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from overseer.control.ear import Ear
from overseer.control.feed import BREATH, Reader
from overseer.control.office import Office
from overseer.control.protocol import Answer, done
from overseer.control.view import AS_GOOD_AS_UP
from overseer.core.phase import because, phase
from overseer.errors import FAILED, NOT_UP, UsageError
from overseer.model.news import News
from overseer.model.state import Life, Phase
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.safepoint import safepoint
from overseer.units import show_seconds

REST = 3.0
"""Times as long as a look at all has cost of the processor: many may wait for many."""
UP, DOWN = "up", "down"
OVER = {Phase.COMPLETED, Phase.FAILED}
"""Ends of a one-shot: where one of them is waited for, the other one ends the wait."""


class Waiting:
    """One client's wait."""

    def __init__(self, office: Office, ear: Ear, names: Sequence[str], what: str) -> None:
        if what not in (UP, DOWN, *Phase):
            raise UsageError(f"--for: {what!r} is not understood; write {listed(DOWN, *Phase)}")
        self._engine = office.engine
        self._clock = office.clock
        self._ear = ear
        self._names = names
        self._what = what
        self._there: set[str] = set()
        self._rung: SimpleQueue[None] = SimpleQueue()

    def until(self, timeout: float | None, reader: Reader) -> Answer:
        """Until all of them are so at the same time, or *timeout* seconds are over."""
        deadline = None if timeout is None else self._clock.now() + timeout
        self._ear.listen(self._ring)
        try:
            began = time.thread_time()
            while missing := self._missing(reader):
                if deadline is not None and self._clock.now() >= deadline:
                    return self._in_vain(missing, timeout)
                if any(map(self._is_hopeless, missing)):
                    return self._in_vain(missing, None)
                spent = time.thread_time() - began
                if reader.gone(min(REST * spent, BREATH)):
                    return done(FAILED)
                self._listen(deadline)
                began = time.thread_time()
        finally:
            self._ear.forget(self._ring)
        return done(watches=list(self._names))

    def _missing(self, reader: Reader) -> list[str]:
        """Those that are not there; each is told of when it gets there."""
        missing = []
        for name in self._names:
            watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
            if watch is None or status is None or not self._is_so(watch, status):
                self._there.discard(name)
                missing.append(name)
            elif name not in self._there:
                self._there.add(name)
                pid = f", pid {status.process.pid}" if status.process else ""
                reader.say({"watch": name, "say": f"{name}: {phase(watch, status)}{pid}"})
        return missing

    def _is_so(self, watch: Watch, status: Status) -> bool:
        if self._what == DOWN:
            return status.life is Life.DOWN and not (watch.is_task and status.monitored)
        word = phase(watch, status)
        return word in AS_GOOD_AS_UP if self._what == UP else word == self._what

    def _is_hopeless(self, name: str) -> bool:
        """It is gone, or has come to another end than the one that is waited for."""
        watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
        if watch is None or status is None:
            return True
        return self._what in OVER and phase(watch, status) in OVER

    def _in_vain(self, missing: Sequence[str], timeout: float | None) -> Answer:
        said = [self._where(name) for name in missing]
        spent = "" if timeout is None else f" after {show_seconds(timeout)}"
        error = f"not {self._what}{spent}: {listed(*said)}"
        return done(NOT_UP if self._what == UP else FAILED, missing=list(missing), error=error)

    def _where(self, name: str) -> str:
        watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
        if watch is None or status is None:
            return f"{name} (the watch is gone)"
        why = because(status)
        return f"{name} ({phase(watch, status)}{f': {why}' if why else ''})"

    def _listen(self, deadline: float | None) -> None:
        left = BREATH if deadline is None else min(BREATH, deadline - self._clock.now())
        try:
            with safepoint.idle():
                self._rung.get(timeout=max(0.0, left))
            while not self._rung.empty():  # one look is enough for all that has happened
                self._rung.get_nowait()
        except Empty:
            return

    def _ring(self, name: str, _: Watch, __: Status, ___: tuple[News, ...]) -> None:
        if name in self._names:
            self._rung.put(None)


def listed(*words: str) -> str:
    return ", ".join(words)
