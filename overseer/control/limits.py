"""What each user may take of the daemon: connections, new ones a second, and time at work. Root and
the daemon's own user are counted apart, so that nobody else stands in their way."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from overseer.control.peer import Peer

EACH = 8  # connections at once, of one user
OTHERS = 48  # of all users but root and the daemon's own
OWN = 64  # of these two
OFTEN = 100  # new connections of a user within WITHIN seconds, as a loop in a script makes
WITHIN = 2.0
AT_WORK = 2  # requests of others that are worked at, of each user one
REST = 3.0  # times as long as a request of another user has cost of the processor
LONGEST_REST = 5.0  # seconds


class Connections:
    """Counts those that are open. For any thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._open: Counter[int] = Counter()
        self._others = self._own = 0
        self._made: dict[int, deque[float]] = {}
        self._lock = threading.Lock()

    def enter(self, peer: Peer) -> str:
        """Why there may be no more of this user; "" for it is counted, and has to `leave`."""
        with self._lock:
            if peer.is_own:
                if self._own >= OWN:
                    return f"{OWN} connections of root and overseer's own user are open already"
                self._own += 1
                return ""
            if why := self._too_many(peer.uid):
                return why
            self._others += 1
            self._open[peer.uid] += 1
            return ""

    def leave(self, peer: Peer) -> None:
        with self._lock:
            if peer.is_own:
                self._own -= 1
                return
            self._others -= 1
            self._open[peer.uid] -= 1
            if not self._open[peer.uid]:
                del self._open[peer.uid]

    def _too_many(self, uid: int) -> str:
        if self._is_too_often(uid):
            return f"you connect too often: at most {OFTEN} times in {WITHIN:.0f} s"
        if self._open[uid] >= EACH:
            return f"{EACH} connections of yours are open already, which is the most"
        if self._others >= OTHERS:
            return f"{OTHERS} connections of other users are open already"
        return ""

    def _is_too_often(self, uid: int) -> bool:
        now = self._now()
        if uid not in self._made and len(self._made) > OTHERS:
            self._made = {one: made for one, made in self._made.items() if made[-1] > now - WITHIN}
        made = self._made.setdefault(uid, deque(maxlen=OFTEN))
        if len(made) == OFTEN and made[0] > now - WITHIN:
            return True
        made.append(now)
        return False


@dataclass(slots=True)
class _User:
    """One at a time works or rests."""

    lock: threading.Lock
    waiting: int = 0


class Work:
    """Hands out turns, so that whoever asks for much is slowed down and nobody else: the engine's
    thread competes for the interpreter with few others."""

    def __init__(self, rest: Callable[[float], object] = time.sleep) -> None:
        self._rest = rest
        self._all = threading.Semaphore(AT_WORK)
        self._users: dict[int, _User] = {}
        self._lock = threading.Lock()

    def turn(self, peer: Peer) -> "Turn":
        return Turn() if peer.is_own else TurnOfOther(self, peer.uid)

    def acquire(self, uid: int) -> None:
        with self._lock:
            user = self._users.setdefault(uid, _User(threading.Lock()))
            user.waiting += 1
        user.lock.acquire()
        self._all.acquire()

    def release(self, uid: int, spent: float) -> None:
        """*spent*: seconds of the processor; others of this user wait for some times as long."""
        self._all.release()
        try:
            if spent > 0:
                self._rest(min(spent * REST, LONGEST_REST))
        finally:
            with self._lock:
                user = self._users[uid]
                user.waiting -= 1
                if not user.waiting:
                    del self._users[uid]
            user.lock.release()


class Turn:
    """Of root and the daemon's own user: always."""

    def begin(self) -> None:
        """Wait until it may be worked at a request."""

    def end(self) -> None:
        """The answer is out, or the client is waited for."""


class TurnOfOther(Turn):
    def __init__(self, work: Work, uid: int) -> None:
        self._work = work
        self._uid = uid
        self._has = False
        self._began = 0.0

    def begin(self) -> None:
        if not self._has:
            self._work.acquire(self._uid)
            self._has, self._began = True, time.thread_time()

    def end(self) -> None:
        if self._has:
            self._has = False
            self._work.release(self._uid, time.thread_time() - self._began)
