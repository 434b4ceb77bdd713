"""The engine's thread: sleeps until something is readable, due, or put into the inbox.

Our own few lines of epoll(7) instead of asyncio, which costs 8 MB and 37 ms to import.
"""

import contextlib
import heapq
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Mapping
from itertools import count

from overseer.model.event import Timer, TimerRang
from overseer.ports import Inbox
from overseer.system.turn_times import TurnTimes

log = logging.getLogger("overseer")

LONGEST = 60.0
"""Seconds of sleep at most: CLOCK_BOOTTIME goes on while the machine is suspended, epoll not."""
AFTER_A_FAULT = 1.0
"""Seconds to the next turn of the rounds where one of them has failed."""
AFTER_A_SHORTAGE = 0.05
"""Seconds until the loop goes on where there was no memory to wait for events."""


class Clock:
    """The clocks of this machine."""

    def now(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> float:
        return time.time()


class Loop:
    """Readers and timers, on one thread; `wake`, `hurry` and `read` from any."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._waker, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)[::-1]
        self._awake = False
        self._dues: dict[str, Mapping[str, float]] = {}
        self._heap: list[tuple[float, int, str, str]] = []
        self._order = count()
        self._stopped = self._paused = False
        self._alarm = float("inf")
        self._hurried = False
        self.polled = 0.0  # on time.monotonic(): what is readable now had happened by then
        self.turns = TurnTimes()
        self.read(self._woken, self._wakened)

    def wake(self) -> None:
        """Have `run` turn once more; from any thread, however often."""
        if not self._awake:
            self._awake = True
            with contextlib.suppress(BlockingIOError):
                os.write(self._waker, b"!")

    def wake_on_signals(self) -> None:
        """Python runs signal handlers on the main thread: it has to be woken for them."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def read(self, fd: int, tell: Callable[[], None]) -> None:
        """Call *tell* whenever *fd* is readable."""
        self._readers[fd] = tell
        self._epoll.register(fd, select.EPOLLIN)

    def ignore(self, fd: int) -> None:
        """Before the descriptor is closed: a copy in a child would keep telling of it."""
        self._readers.pop(fd, None)
        with contextlib.suppress(OSError):
            self._epoll.unregister(fd)

    def set(self, name: str, dues: Mapping[str, float]) -> None:
        """ports.Timers: one moment of CLOCK_BOOTTIME for each timer of a watch."""
        before = self._dues.get(name, {})
        if dues:
            self._dues[name] = dues
        else:
            self._dues.pop(name, None)
        for timer, due in dues.items():
            if before.get(timer) != due:
                heapq.heappush(self._heap, (due, next(self._order), name, timer))
        if len(self._heap) > 64 + 8 * len(self._dues):
            self._heap = [ring for ring in self._heap if self._is_set(ring)]
            heapq.heapify(self._heap)

    def _is_set(self, ring: tuple[float, int, str, str]) -> bool:
        due, _, name, timer = ring
        return self._dues.get(name, {}).get(timer) == due

    def alarm(self, due: float) -> None:
        """Have the rounds turn at *due*, or before."""
        self._alarm = min(self._alarm, due)

    def hurry(self) -> None:
        """Have the rounds turn now; from any thread. (`alarm` is for the loop's own: a moment
        that another thread sets could be lost between its reading and its writing one.)"""
        self._hurried = True
        self.wake()

    def stop(self) -> None:
        self._stopped = True
        self.wake()

    def pause(self) -> None:
        """`run` returns, and goes on where it is called again."""
        self._paused = True
        self.wake()

    def run(
        self, turn: Callable[[], None], tick: Callable[[float], float | None], ring: Inbox
    ) -> None:
        """Until `stop` or `pause`: *turn* answers the inbox, *tick* works a slice when the alarm
        is due and says when again, *ring* takes timers."""
        self.turns.begins(time.monotonic())
        self._paused = False
        while not (self._stopped or self._paused):
            try:
                self._go_round(turn, tick, ring)
            except MemoryError:  # to wait for events, or to log what has failed
                with contextlib.suppress(MemoryError):
                    time.sleep(AFTER_A_SHORTAGE)

    def _go_round(
        self, turn: Callable[[], None], tick: Callable[[float], float | None], ring: Inbox
    ) -> None:
        self._guarded(turn)
        self._guarded(lambda: self._ring(ring))
        if self._hurried or self._alarm <= self._clock.now():
            self._hurried = False  # before the turn: who hurries from now on is owed another
            self._guarded(lambda: self._tick(tick))
        patience = self._patience()
        self.turns.ends(time.monotonic())
        ready = self._epoll.poll(patience)
        self.polled = time.monotonic()
        self.turns.begins(self.polled)
        for fd, _ in ready:
            if tell := self._readers.get(fd):
                self._guarded(tell)

    def _tick(self, tick: Callable[[float], float | None]) -> None:
        self._alarm = float("inf")
        try:
            due = tick(self._clock.now())
        except BaseException:  # or nothing would be polled any more
            self.alarm(self._clock.now() + AFTER_A_FAULT)
            raise
        if due is not None:
            self.alarm(due)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException:  # nothing that goes wrong in one place ends the daemon
            log.exception("the loop stumbled, and goes on")

    def _patience(self) -> float:
        if self._awake or self._stopped or self._paused:
            return 0.0
        while self._heap and not self._is_set(self._heap[0]):
            heapq.heappop(self._heap)
        due = min(self._heap[0][0] if self._heap else float("inf"), self._alarm)
        return min(max(due - self._clock.now(), 0.0), LONGEST)

    def _ring(self, ring: Inbox) -> None:
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            soonest = heapq.heappop(self._heap)
            if self._is_set(soonest):
                due, _, name, timer = soonest
                rest = {key: value for key, value in self._dues[name].items() if key != timer}
                self._dues[name] = rest
                ring(name, TimerRang(Timer(timer), due))

    def _wakened(self) -> None:
        # In this order: a byte written after the flag is down must not be read with the old ones,
        # or the flag would stay up, nothing would be written any more and the loop never sleep.
        # Whoever found the flag still up is heard all the same: the turn comes after this.
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)
        self._awake = False

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        self._epoll.close()
        os.close(self._waker)
        os.close(self._woken)
