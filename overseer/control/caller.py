"""The client at the other end, while its request is carried out."""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable

from overseer.control.limits import Turn
from overseer.control.protocol import LIMIT, Answer, HungUp, Request, done, encode
from overseer.control.roles import VERBS, Role
from overseer.errors import FAILED
from overseer.safepoint import safepoint

log = logging.getLogger(__name__)

STUCK = 600.0  # seconds a client may not read what it asked for (a pager waits for its reader)
REPEATABLE = {do for do, role in VERBS.items() if role is Role.VIEWER} | {"plan", "check"}
REPLACED = "overseer was replaced by another version meanwhile; what was asked of it goes on"
STUCK_OTHERS = 120.0  # the same of those who may only look or operate


class Caller:
    def __init__(
        self,
        line: socket.socket,
        by: str,
        role: Role = Role.ADMIN,
        turn: Turn | None = None,
    ) -> None:
        self.by = by  # the user's name, for the history
        self.role = role
        self.afterwards: Callable[[], None] | None = None  # done when the answer is out
        self.resumes: Callable[[], Request | None] | None = None  # see `ask_again`
        self._request: Request = {}
        self._silent = True  # nothing has been said of that request
        self._saying = threading.Lock()
        self._line = line
        self._turn = turn or Turn()
        self._stuck = 0.0  # seconds of late that it has not read, less those that it has
        self._latest = time.monotonic()

    def asks(self, request: Request) -> None:
        self._request, self._silent, self.resumes = request, True, None

    def say(self, answer: Answer) -> None:
        """Send one object; HungUp if nobody is there to read it."""
        data = encode(answer)
        try:
            with self._saying:
                self._silent = False
                sent = self._send_what_fits(data)
                if sent < len(data):
                    self._send_as_it_reads(memoryview(data)[sent:])
        except OSError as error:
            raise HungUp("the client hung up") from error

    def ask_again(self) -> None:
        """Have the client ask the program that takes over for the rest of its answer: what
        *resumes* says, or the same again where that changes nothing. While nobody is busy."""
        if not self._saying.acquire(blocking=False):
            return  # it does not read what is being said
        try:
            try_to_send(self._line, ask_another(self._rest()))
        finally:
            self._saying.release()

    def _rest(self) -> Request | None:
        if self.resumes is not None:
            rest = self.resumes()
            return rest if rest and len(encode(rest)) <= LIMIT else None
        repeatable = self._silent and self._request.get("do") in REPEATABLE
        return self._request if repeatable or not self._request else None

    def gone(self, patience: float = 0.0) -> bool:
        """True if the client has hung up, or does within *patience* seconds."""
        if patience:
            self._turn.end()
        poll = select.poll()
        poll.register(self._line, 0)  # POLLHUP comes unasked; `nc` only ends its own half
        with safepoint.idle():
            return bool(poll.poll(patience * 1000))

    def begin_stream(self) -> None:
        """What follows is sent as it happens: others may have their turn."""
        self._turn.end()

    def _send_what_fits(self, data: bytes) -> int:
        try:
            return self._line.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def _send_as_it_reads(self, data: memoryview) -> None:
        """Its time is that of a bucket: blocked it fills, else it runs dry, so that a byte now and
        then does not keep a connection for ever."""
        self._turn.end()
        began = time.monotonic()
        most = STUCK if self.role is Role.ADMIN else STUCK_OTHERS
        self._stuck = max(0.0, self._stuck - (began - self._latest))
        self._line.settimeout(max(0.001, most - self._stuck))
        self._line.sendall(data)
        self._latest = time.monotonic()
        self._stuck += self._latest - began


def ask_another(request: Request | None) -> Answer:
    """What the client is to ask the program that takes over; {}: the same again, None: nothing."""
    return done(FAILED, error=REPLACED, replaced=True, ask=request)


def try_to_send(line: socket.socket, answer: Answer) -> None:
    """Who does not read it is not waited for."""
    line.settimeout(0)
    try:
        line.sendall(encode(answer))
    except OSError as error:
        log.debug("control client: %s", error)
