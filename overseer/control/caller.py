"""The client at the other end, while its request is carried out."""

import select
import socket
import time
from collections.abc import Callable

from overseer.control.limits import Turn
from overseer.control.protocol import Answer, HungUp, encode
from overseer.control.roles import Role

STUCK = 600.0  # seconds a client may not read what it asked for (a pager waits for its reader)
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
        self._line = line
        self._turn = turn or Turn()
        self._stuck = 0.0  # seconds of late that it has not read, less those that it has
        self._latest = time.monotonic()

    def say(self, answer: Answer) -> None:
        """Send one object; HungUp if nobody is there to read it."""
        data = encode(answer)
        try:
            sent = self._send_what_fits(data)
            if sent < len(data):
                self._send_as_it_reads(memoryview(data)[sent:])
        except OSError as error:
            raise HungUp("the client hung up") from error

    def gone(self, patience: float = 0.0) -> bool:
        """True if the client has hung up, or does within *patience* seconds."""
        if patience:
            self._turn.end()
        poll = select.poll()
        poll.register(self._line, 0)  # POLLHUP comes unasked; `nc` only ends its own half
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
