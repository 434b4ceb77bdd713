"""Empties a queue: one thread keeps the books, the others only deliver."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from overseer.crew import Start, begins, start_thread
from overseer.errors import OverseerError
from overseer.outbox.courier import Activity, Hire, Sender
from overseer.outbox.database import Replaced
from overseer.outbox.hooks import Hooks
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.moment import Clock, read_clock
from overseer.outbox.pace import Pace
from overseer.outbox.parcel import UNTRIED, Job, Settled, Verdict
from overseer.outbox.store import Store
from overseer.outbox.teller import Teller
from overseer.outbox.vitals import Vitals

log = logging.getLogger(__name__)

BEAT_EVERY = 5.0
CUT_OFF_AFTER = 3.0
"""Seconds without a word from the store, after which one that has nothing to record gives it up."""
JOIN_TURN = 0.2
"""Seconds of one wait for a thread to end."""
FIRST_PATIENCE = 0.05
SHORT_OF_THREADS = 1.0
"""Seconds between tries for a first thread that delivers."""
LONGEST_PATIENCE = 5.0
"""Seconds between two tries while nothing can be recorded."""


class Drain:
    """At least once: a row goes only when its delivery is recorded, and while one is unrecorded
    nothing more is leased."""

    def __init__(
        self,
        store: Store,
        hire: Hire,
        *,
        name: str,
        limits: Limits | None = None,
        queues: Collection[str] | None = None,
        clock: Clock = read_clock,
        tell: Callable[[Settled], None] | None = None,
        beat: "Callable[[Drain], None] | None" = None,
        hooks: Hooks | None = None,
        activity: Activity | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._store = store
        self._ledger = Ledger(store, name, limits=self._limits, queues=queues, clock=clock)
        self._pace = Pace(self._limits.rate)
        self._hire = hire
        self._name = name
        self._tell = tell or keep_quiet
        self._beat = beat
        self.activity = activity or Activity()
        self._hooks = hooks or Hooks()
        self._teller = Teller(self._hooks, f"{name}-hooks")
        self._bell = threading.Event()
        self._todo: SimpleQueue[Job | None] = SimpleQueue()
        self._finished: deque[tuple[Job, Verdict]] = deque()
        self._senders: list[threading.Thread] = []
        self._thread: threading.Thread | None = None
        self._stopping = self._renewed = self._short = False
        self._next_beat = 0.0
        self._busy_at = self._answered_at = time.monotonic()
        self.trouble = ""  # or why nothing can be recorded at the moment

    def start(self, start: Start = start_thread) -> None:
        """*start*: what starts a thread; raises RuntimeError where there is none to be had."""
        if self._thread:
            raise RuntimeError(f"drain {self._name} has been started before")
        self._thread = threading.Thread(target=self._run, name=f"{self._name}-books", daemon=True)
        start(self._thread)

    def wake(self, renewed: bool = False) -> None:
        """Something has been put; *renewed*: into another file than before. Never waits."""
        self._renewed |= renewed
        self._bell.set()

    def stop(self, timeout: float = 70.0) -> bool:
        """Lease no more, give back what has not begun, finish what has; False: nothing of it got
        on for *timeout* seconds."""
        self.activity()
        self._stopping = True
        self._bell.set()
        is_over = all(self._join(thread, timeout) for thread in self._threads())
        if self._teller.thread and not self._join(self._teller.thread, timeout):
            log.warning("%s: a hook has not ended; what came after it is not told", self._name)
        return is_over

    def _join(self, thread: threading.Thread, timeout: float) -> bool:
        """In short turns: a signal that comes just before one is handled after it."""
        while thread.is_alive():
            now = time.monotonic()
            if now >= self.activity.at + timeout or self._is_cut_off(now):
                return self._is_cut_off(now)
            thread.join(JOIN_TURN)
        return True

    def _is_cut_off(self, now: float) -> bool:
        """Nothing is being delivered or waits to be recorded, and the books do not come back from
        the store: a server that is frozen may never answer."""
        idle = not self._ledger.holds and not self._finished
        return idle and now - self._answered_at > CUT_OFF_AFTER

    def _threads(self) -> Iterator[threading.Thread]:
        """Those that deliver; the books may still hire some."""
        if self._thread:
            yield self._thread
        yield from self._senders

    def vitals(self) -> Vitals:
        """For *beat*, which is called in the thread of the books. Raises Unavailable."""
        return self._ledger.vitals()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        """A verdict is kept here until it is on the disk, however long that takes."""
        patience = FIRST_PATIENCE
        is_open = False
        try:
            while not self._is_over():
                self._beat_in_time()
                try:
                    if not is_open or self._renewed:
                        self._open()
                        is_open = True
                    self._turn()
                    patience = FIRST_PATIENCE
                except Replaced as error:
                    log.warning("%s; what was leased from the old one is given up", error)
                    self._renewed, is_open = True, False
                except OverseerError as error:
                    is_open = False
                    self._complain(str(error))
                    patience = self._wait(patience)
                except Exception:  # whatever it was, what is left is still to be delivered
                    is_open = False
                    log.exception("%s: the queue stumbled, and goes on", self._name)
                    patience = self._wait(patience)
        finally:
            self._dismiss()

    def _wait(self, patience: float) -> float:
        """How long to wait the next time."""
        self._bell.wait(patience)
        self._bell.clear()
        return min(2 * patience, LONGEST_PATIENCE)

    def _is_over(self) -> bool:
        return self._stopping and not self._ledger.holds and not self._finished

    def _open(self) -> None:
        if self._renewed:
            self._renewed = False
            self._store.close()
            self._ledger.forget()
        self._announce(self._ledger.open())

    def _turn(self) -> None:
        seen = self._store.version()
        if self._stopping:
            self._take_back()
        batch = list(self._finished)
        turn = self._ledger.turn(batch, most=0 if self._stopping else self._pace.free())
        for _ in batch:
            self._finished.popleft()
        self._pace.spend(len(turn.jobs))
        self._complain("")
        self._hand_out(turn.jobs)
        self._announce(turn.settled, {job.id for job, _ in batch})
        if batch or turn.jobs or turn.settled:
            # What is finished meanwhile shares the next commit, and others get at the file.
            time.sleep(self._limits.commit_gap)
            self._busy_at = time.monotonic()
        else:
            self._idle(seen)

    def _idle(self, seen: object) -> None:
        """Until something is finished, put, or due."""
        if self._short:
            self._bell.wait(SHORT_OF_THREADS)
            self._bell.clear()
            return
        pause = self._pace.wait()
        room = not self._stopping and self._ledger.has_room and not pause
        now = time.monotonic()
        wait = self._ledger.wait(room)
        deadline = now + (min(wait, pause) if pause else wait)
        while not self._bell.wait(self._limits.nap(deadline - now, now - self._busy_at)):
            self._beat_in_time()
            now = time.monotonic()
            if now >= deadline or (room and self._store.version() != seen):
                break
        self._bell.clear()

    def _hand_out(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._todo.put(job)
        while len(self._senders) < min(self._limits.threads, self._ledger.holds):
            sender = Sender(
                self._hire,
                self._todo,
                self._ledger.may_begin,
                self._report,
                self._limits.rest_after,
                self._hooks,
            )
            name = f"{self._name}-sender-{len(self._senders)}"
            thread = threading.Thread(target=sender.run, name=name, daemon=True)
            if not begins(thread):  # fewer for now; without one, what waits is tried again soon
                self._short = not self._senders
                return
            self._senders.append(thread)
        self._short = False

    def _report(self, job: Job, verdict: Verdict) -> None:
        self.activity()
        self._finished.append((job, verdict))
        self._bell.set()

    def _take_back(self) -> None:
        with suppress(Empty):
            while True:
                job = self._todo.get_nowait()
                if job:
                    self._finished.append((job, UNTRIED))

    def _announce(self, settled: list[Settled], tried: Collection[int] = ()) -> None:
        for outcome in settled:
            self._teller.hear(outcome, outcome.job.id in tried)
            try:
                self._tell(outcome)
            except Exception:  # foreign code; what it is told of is done
                log.exception("%s: a listener failed", self._name)

    def _beat_in_time(self) -> None:
        now = self._answered_at = time.monotonic()
        if not self._beat or now < self._next_beat:
            return
        self._next_beat = now + BEAT_EVERY
        try:
            self._beat(self)
        except OSError as error:
            log.warning("%s: no heartbeat: %s", self._name, error)

    def _complain(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("%s (what has been delivered meanwhile is kept in memory)", trouble)
        if self.trouble and not trouble:
            log.info("%s: the queue can be written again", self._name)
        self.trouble = trouble

    def _dismiss(self) -> None:
        for _ in self._senders:
            self._todo.put(None)
        with suppress(OverseerError):
            self._ledger.leave()
        self._store.close()
        self._teller.close()


def keep_quiet(settled: Settled) -> None: ...
