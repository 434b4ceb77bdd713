"""Threads that come as work waits and go when there is none."""

import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger("overseer")

IDLE = 20.0
"""Seconds a thread without work stays: a thousand restarts share a few, a quiet day has none."""

Work = Callable[[], None]


class Crew:
    """At most so many threads. They are daemonic: one that hangs for ever, in a program on a
    network that is away, does not keep overseer from ending."""

    def __init__(self, name: str, most: int, idle: float = IDLE) -> None:
        self._name = name
        self._most = most
        self._stay = idle
        self._waiting: deque[Work] = deque()
        self._bell = threading.Condition()
        self._threads = 0
        self._idle = 0

    def do(self, work: Work) -> None:
        """As soon as a thread is free; in the order asked. Work that hangs holds up nothing as
        long as there are fewer than *most*."""
        with self._bell:
            self._waiting.append(work)
            if self._idle >= len(self._waiting):
                self._bell.notify()
                return
            if self._threads >= self._most:
                return
            self._threads += 1
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def close(self) -> None:
        """Forget what nobody has begun."""
        with self._bell:
            self._waiting.clear()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # the next work is not to blame
                log.exception("%s stumbled", self._name)

    def _next(self) -> Work | None:
        with self._bell:
            self._idle += 1
            try:
                while not self._waiting:
                    if not self._bell.wait(self._stay) and not self._waiting:
                        self._threads -= 1
                        return None
                return self._waiting.popleft()
            finally:
                self._idle -= 1
