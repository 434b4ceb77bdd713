"""Threads that come as work waits and go when there is none."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

log = logging.getLogger("overseer")

IDLE = 20.0
"""Seconds a thread without work stays: a thousand restarts share a few, a quiet day has none."""

BEGINS_WITHIN = 10.0
"""Seconds after which a new thread that has not said that it runs never will."""

Work = Callable[[], None]
Start = Callable[[threading.Thread], None]
"""Starts a thread. Raises RuntimeError where the system has none to give."""


class Shortage:
    """Work for which the system had no thread: `retry` begins it as soon as there is one.

    *heard* is called when something begins to wait, from any thread.
    """

    def __init__(self) -> None:
        self.heard: Work = lambda: None
        self._crews: WeakSet[Crew] = WeakSet()
        self._threads: deque[threading.Thread] = deque()
        self._waits = False  # whether there is anything: asked with every turn of the loop
        self._lock = threading.Lock()

    def add(self, waiting: "Crew | threading.Thread") -> None:
        with self._lock:
            if not self._waits:
                log.warning("no more threads to be had: what has to wait is tried again")
            self._waits = True
            if isinstance(waiting, Crew):
                self._crews.add(waiting)
            else:
                self._threads.append(waiting)
        self.heard()

    def retry(self) -> bool:
        """Try again; False while something still waits."""
        if not self._waits:
            return True
        with self._lock:
            crews, threads = list(self._crews), list(self._threads)
        for thread in threads:
            if not begins(thread):
                return False
            with self._lock:
                self._threads.remove(thread)
        for crew in crews:
            if not crew.catch_up():
                return False
            with self._lock:
                self._crews.discard(crew)
        with self._lock:
            self._waits = bool(self._crews or self._threads)
        return not self._waits


shortage = Shortage()
_crews: "WeakSet[Crew]" = WeakSet()


def waiting() -> dict[str, int]:
    """How much work waits for a thread, by the names of the crews."""
    found: dict[str, int] = {}
    for crew in list(_crews):
        found[crew.name] = found.get(crew.name, 0) + crew.waiting
    return found


def start_thread(thread: threading.Thread) -> None:
    """Raises RuntimeError where it does not begin. By itself `start` waits for ever for a thread
    that the kernel has made and that found no memory to say that it runs."""
    started: threading.Event = vars(thread)["_started"]
    wait = started.wait
    vars(started)["wait"] = lambda: wait(BEGINS_WITHIN)
    try:
        thread.start()
    finally:
        vars(started).pop("wait", None)
    if thread.ident is None:
        raise RuntimeError("the new thread has not begun")


def begins(thread: threading.Thread, start: Start = start_thread) -> bool:
    """Start it; False where no thread is to be had (RLIMIT_NPROC, pids.max, memory)."""
    try:
        start(thread)
    except (RuntimeError, MemoryError) as error:
        log.debug("%s: %s", thread.name, error)
        return False
    return True


def begin(work: Callable[[], object], name: str) -> threading.Thread:
    """On a thread of its own, now or as soon as there is one."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    start_soon(thread)
    return thread


def start_soon(thread: threading.Thread) -> None:
    if not begins(thread):
        shortage.add(thread)


class Crew:
    """At most so many threads. They are daemonic: one that hangs for ever, in a program on a
    network that is away, does not keep overseer from ending."""

    def __init__(
        self, name: str, most: int, idle: float = IDLE, start: Start = start_thread
    ) -> None:
        self.name = name
        self._most = most
        self._stay = idle
        self._start = start
        self._waiting: deque[Work] = deque()
        self._bell = threading.Condition()
        self._threads = 0
        self._idle = 0
        _crews.add(self)

    @property
    def waiting(self) -> int:
        """Work that nobody has begun."""
        return len(self._waiting)

    def do(self, work: Work) -> None:
        """As soon as a thread is free; in the order asked. Work that hangs holds up nothing as
        long as there are fewer than *most*."""
        with self._bell:
            self._waiting.append(work)
        if not self.catch_up():
            shortage.add(self)

    def catch_up(self) -> bool:
        """A thread for what waits, where there may be one more; False if there is none to be had
        and nobody else will come to it. A thread counts only once it has been started."""
        with self._bell:
            if self._idle >= len(self._waiting):
                self._bell.notify()
                return True
            if self._threads >= self._most:
                return True
            self._threads += 1
        if begins(threading.Thread(target=self._run, name=self.name, daemon=True), self._start):
            return True
        with self._bell:
            self._threads -= 1
            return not self._waiting

    def close(self) -> None:
        """Forget what nobody has begun."""
        with self._bell:
            self._waiting.clear()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except BaseException:  # the next work is not to blame, nor is this thread gone
                log.exception("%s stumbled", self.name)

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
