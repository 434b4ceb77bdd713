"""The daemon's end of the wire: a socket made safely, a thread for each client, a known peer."""

import logging
import os
import select
import socket
import threading
from collections.abc import Callable
from typing import BinaryIO, Protocol

from overseer.control.peer import Peer
from overseer.control.protocol import (
    VERSION,
    Answer,
    HungUp,
    Request,
    check_version,
    decode,
    done,
    encode,
    failed,
    read_line,
)
from overseer.control.roles import Role, Roles
from overseer.control.seat import Seat
from overseer.errors import BUG, OverseerError, Refused
from overseer.log_format import bug_report

log = logging.getLogger(__name__)

CLIENTS = 64  # at once; who comes later is told so
IDLE = 60.0  # seconds a client may say nothing between two requests
STUCK = 600.0  # seconds a client may not read what it asked for (a pager waits for its reader)
RESPITE = 0.2  # seconds before accept is tried again when descriptors have run out


class Caller:
    """The client at the other end, while its request is carried out."""

    def __init__(self, line: socket.socket, by: str, role: Role = Role.OPERATOR) -> None:
        self.by = by  # the user's name, for the history
        self.role = role
        self.afterwards: Callable[[], None] | None = None  # done when the answer is out
        self._line = line

    def say(self, answer: Answer) -> None:
        """Send one object; HungUp if nobody is there to read it."""
        self._line.settimeout(STUCK)
        try:
            self._line.sendall(encode(answer))
        except OSError as error:
            raise HungUp("the client hung up") from error

    def gone(self, patience: float = 0.0) -> bool:
        """True if the client has hung up, or does within *patience* seconds."""
        poll = select.poll()
        poll.register(self._line, 0)  # POLLHUP comes unasked; `nc` only ends its own half
        return bool(poll.poll(patience * 1000))


class Answerer(Protocol):
    def answer(self, request: Request, caller: Caller) -> Answer:
        """The last object. OverseerError is answered with its code and its words."""
        ...


class Server:
    """Listens from `open` to `close`; whatever clients do, it goes on."""

    def __init__(self, seat: Seat, desk: Answerer, version: str) -> None:
        self._seat = seat
        self._desk = desk
        self._greeting = {"v": VERSION, "overseer": version, "pid": os.getpid()}
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def open(self) -> None:
        """Refused if another daemon answers there already, or the place is not ours."""
        self._listen_at(self._seat.take())

    def restore(self) -> None:
        """Make the socket again where somebody has removed it."""
        if self._closing.is_set() or not self._seat.is_lost:
            return
        try:
            listener = self._seat.take_again()
        except Refused as error:
            log.warning("control socket: %s", error)
            return
        log.warning("%s: the control socket was removed, and is made again", self._seat.path)
        self._listen_at(listener)

    def _listen_at(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), name="control", daemon=True).start()

    def admit(self, roles: Roles) -> None:
        """Who may act and who may look, from the next connection on."""
        self._seat.admit(roles)

    @property
    def roles(self) -> Roles:
        return self._seat.roles

    def close(self) -> None:
        """Free the path at once, then hang up."""
        self._closing.set()
        self._seat.leave()
        with self._lock:
            lines = tuple(self._lines)
        for line in lines:
            _hang_up(line)

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                line, _ = listener.accept()
            except OSError as error:
                if self._closing.is_set() or listener.fileno() < 0:  # or replaced
                    return
                log.warning("control socket: %s", error)
                self._closing.wait(RESPITE)
                continue
            self._receive(line)

    def _receive(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.add(line)
            crowded = len(self._lines) > CLIENTS
        if crowded:
            _try_to_send(line, failed(Refused(f"{CLIENTS} clients are connected already")))
            self._drop(line)
            return
        try:
            threading.Thread(
                target=self._serve, args=(line,), name="control client", daemon=True
            ).start()
        except RuntimeError as error:  # no more threads to be had
            log.warning("control socket: %s", error)
            self._drop(line)

    def _serve(self, line: socket.socket) -> None:
        try:
            peer = Peer.of(line)
            role = self._seat.roles.of(peer)
            if role is Role.STRANGER:
                raise Refused(f"you may not use this socket: it is not for {peer.name}")
            caller = Caller(line, peer.name, role)
            caller.say(self._greeting)
            with line.makefile("rb") as stream:
                while self._one(line, stream, caller):
                    pass
        except HungUp:
            pass
        except OverseerError as error:
            _try_to_send(line, failed(error))
        except OSError as error:
            log.debug("control client: %s", error)
        finally:
            self._drop(line)

    def _one(self, line: socket.socket, stream: BinaryIO, caller: Caller) -> bool:
        """Read one request and answer it; False when there will be no more."""
        line.settimeout(IDLE)
        text = read_line(stream)
        if text is None:
            return False
        try:
            caller.say(self._answer(text, caller))
        finally:
            if caller.afterwards:  # also when nobody has waited for the answer
                caller.afterwards()
        return caller.afterwards is None

    def _answer(self, text: bytes, caller: Caller) -> Answer:
        try:
            request = decode(text)
            check_version(request)
            self._seat.roles.check(caller.role, str(request.get("do")))
            return self._desk.answer(request, caller)
        except HungUp:
            raise
        except OverseerError as error:
            return failed(error)
        except Exception as error:  # a bug met by one client must not end the others
            log.exception("answering a client")
            return done(BUG, error=bug_report(error))

    def _drop(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.discard(line)
        _hang_up(line)
        line.close()


def _try_to_send(line: socket.socket, answer: Answer) -> None:
    line.settimeout(0)  # who does not read a refusal is not waited for
    try:
        line.sendall(encode(answer))
    except OSError as error:
        log.debug("control client: %s", error)


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError as error:  # it was quicker
        log.debug("control client: %s", error)
