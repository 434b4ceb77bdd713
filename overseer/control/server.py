"""The daemon's end of the wire: sockets made safely, a thread for each client, a known peer."""

import errno
import logging
import os
import select
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from overseer.control.caller import Caller, ask_another, try_to_send
from overseer.control.limits import Connections, Turn, Work
from overseer.control.peer import Peer
from overseer.control.protocol import (
    VERSION,
    Answer,
    HungUp,
    Request,
    RequestLines,
    check_version,
    decode,
    done,
    failed,
)
from overseer.control.roles import VERBS, Role, Roles
from overseer.control.sockets import Sockets
from overseer.crew import begin, start_thread
from overseer.errors import BUG, OverseerError, Refused
from overseer.log_format import bug_report
from overseer.safepoint import safepoint

log = logging.getLogger(__name__)

IDLE = 60.0  # seconds until a client has sent the whole of its next request
QUICK = 2.0  # seconds that an answer is waited for when the daemon's program is replaced
RESPITE = 0.2  # seconds before accept is tried again when descriptors have run out
BETWEEN = 0.002  # seconds between two connections of the sockets that are for groups
WAITS = frozenset({"doctor", "wait"})
"""Looks that take others' time rather than ours."""


class Answerer(Protocol):
    def answer(self, request: Request, caller: Caller) -> Answer:
        """The last object. OverseerError is answered with its code and its words."""
        ...


class Server:
    """Listens from `open` to `close`; whatever clients do, it goes on."""

    def __init__(self, sockets: Sockets, desk: Answerer, version: str) -> None:
        self._sockets = sockets
        self._desk = desk
        self._greeting = {"v": VERSION, "overseer": version, "pid": os.getpid()}
        self._lines: dict[socket.socket, Caller | None] = {}  # None: not greeted yet
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._connections = Connections()
        self._work = Work(self._closing.wait)

    def open(self) -> None:
        """Refused if another daemon answers there already, or the place is not ours."""
        self._listen_at(self._sockets.take())

    def restore(self) -> None:
        """Make the sockets again that somebody has removed."""
        if self._closing.is_set():
            return
        with self._lock:
            self._listen_at(self._sockets.restore())

    def admit(self, roles: Roles) -> None:
        """Who may do what, from the next connection on."""
        with self._lock:
            self._listen_at(self._sockets.admit(roles))

    @property
    def sockets(self) -> Sockets:
        return self._sockets

    def close(self) -> None:
        """Free the paths at once, then hang up."""
        self._closing.set()
        with self._lock:
            self._sockets.leave()
            lines = tuple(self._lines)
        for line in lines:
            _hang_up(line)

    def say_replaced(self) -> None:
        """To all to whom an answer is owed; while the safepoint is closed."""
        with self._lock:
            lines = list(self._lines.items())
        for line, caller in lines:
            if caller:
                caller.ask_again()
            else:
                try_to_send(line, self._greeting)
                try_to_send(line, ask_another({}))

    def _listen_at(self, listeners: Iterable[tuple[str, socket.socket]]) -> None:
        for path, listener in listeners:
            accept = self._accept if path == self._sockets.path else self._accept_slowly
            begin(partial(accept, listener), "control")

    def _accept(self, listener: socket.socket, pace: Callable[[], object] = bool) -> None:
        waiting = select.poll()
        waiting.register(listener, select.POLLIN)
        while not self._closing.is_set():
            try:
                waiting.poll()
                with safepoint.busy("a new connection", QUICK):
                    line, _ = listener.accept()
                    self._receive_alone(line)
            except OSError as error:
                if self._closing.is_set() or error.errno == errno.EINVAL or listener.fileno() < 0:
                    return  # nobody listens there any more
                log.warning("control socket: %s", error)
                self._closing.wait(RESPITE)
                continue
            pace()

    def _accept_slowly(self, listener: socket.socket) -> None:
        """The sockets of groups: a flood of connections waits in the kernel."""
        self._accept(listener, lambda: self._closing.wait(BETWEEN))

    def _receive_alone(self, line: socket.socket) -> None:
        try:
            self._receive(line)
        except Exception:  # one client is not the end of all others
            log.exception("control socket: a client could not be heard")
            line.close()

    def _receive(self, line: socket.socket) -> None:
        try:
            peer = Peer.of(line)
        except OSError as error:
            log.debug("control client: %s", error)
            return line.close()
        if why := self._connections.enter(peer):
            try_to_send(line, failed(Refused(why)))
            _hang_up(line)
            return line.close()
        with self._lock:
            self._lines[line] = None
        try:
            serve = partial(self._serve, line, peer)
            start_thread(threading.Thread(target=serve, name="control client", daemon=True))
        except RuntimeError as error:  # no more threads to be had
            log.warning("control socket: %s", error)
            self._drop(line, peer)

    def _serve(self, line: socket.socket, peer: Peer) -> None:
        turn = self._work.turn(peer)
        try:
            role = self._sockets.roles.of(peer)
            if role is Role.STRANGER:
                raise Refused(f"you may not use this socket: it is not for {peer.name}")
            caller = Caller(line, peer.name, role, turn)
            with safepoint.busy("a greeting", QUICK):
                self._lines[line] = caller
                caller.say(self._greeting)
            requests = RequestLines(line)
            while self._one(requests, caller, turn):
                pass
        except HungUp:
            pass
        except OverseerError as error:
            try_to_send(line, failed(error))
        except OSError as error:
            log.debug("control client: %s", error)
        finally:
            turn.end()
            self._drop(line, peer)

    def _one(self, requests: RequestLines, caller: Caller, turn: Turn) -> bool:
        """Read one request and answer it; False when there will be no more."""
        text = requests.next(IDLE)
        if text is None:
            return False
        try:
            with safepoint.busy("the answer to a client", QUICK):
                caller.say(self._answer(text, caller, turn))
                caller.asks({})
        finally:
            if caller.afterwards:  # also when nobody has waited for the answer
                caller.afterwards()
        turn.end()
        return caller.afterwards is None

    def _answer(self, text: bytes, caller: Caller, turn: Turn) -> Answer:
        try:
            request = decode(text)
            check_version(request)
            caller.asks(request)
            do = str(request.get("do"))
            self._sockets.roles.check(caller.role, do)
            if VERBS.get(do) is Role.VIEWER and do not in WAITS:
                turn.begin()
            return self._desk.answer(request, caller)
        except HungUp:
            raise
        except OverseerError as error:
            return failed(error)
        except Exception as error:  # a bug met by one client must not end the others
            log.exception("answering a client")
            return done(BUG, error=bug_report(error))

    def _drop(self, line: socket.socket, peer: Peer) -> None:
        with self._lock:
            self._lines.pop(line, None)
        self._connections.leave(peer)
        _hang_up(line)
        line.close()


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError as error:  # it was quicker
        log.debug("control client: %s", error)
