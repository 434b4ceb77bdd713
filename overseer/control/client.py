"""The command's end of the wire. Imports little: `overseer status` is to be quick."""

import json
import os
import select
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from overseer.control.protocol import (
    CREDENTIALS,
    VERSION,
    Answer,
    Hear,
    HungUp,
    check_path,
    check_version,
    group_sockets,
)
from overseer.errors import NoDaemon, OverseerError, Refused
from overseer.terminal import visible_in

PATIENCE = 10.0  # seconds for the greeting: a daemon that is stopped or stuck gives none
PATIENCE_BEGINNING = 120.0  # the same of one that has said that it begins with another program
TIMEVAL = struct.Struct("ll")  # of setsockopt, socket(7)


class Client:
    """Asks one daemon, one question after another. Connects at the first."""

    def __init__(self, path: str, *, escapes: bool = False, named: bool = False) -> None:
        """*escapes*: control characters in answers, which people are to read. *named*: the path is
        what somebody has typed, so it is believed to be the one that is meant."""
        self.path = path
        self._named = named
        self._escapes = escapes
        self._patience = PATIENCE
        self._socket: socket.socket | None = None
        self._lines: BinaryIO | None = None

    def ask(
        self, do: str, fields: Mapping[str, object] | None = None, hear: Hear | None = None
    ) -> Answer:
        """The last object of the answer; those before it go to *hear*.

        NoDaemon at once if nobody listens, Refused if we may not ask, HungUp if the daemon went
        away meanwhile. A code other than 0 raises nothing.
        """
        answer: Answer = {}
        for answer in self.stream(do, fields):
            if hear and not answer.get("done"):
                hear(answer)
        return answer

    def stream(self, do: str, fields: Mapping[str, object] | None = None) -> Iterator[Answer]:
        """Every object of the answer as it comes; the last one has `done`."""
        asked: Answer | None = {"v": VERSION, "do": do, **(fields or {})}
        while asked:
            rest: Answer | None = None
            for answer in self._answers(asked):
                if answer.get("replaced") and answer.get("ask") is not None:
                    rest, self._patience = answer["ask"] or asked, PATIENCE_BEGINNING
                else:
                    yield answer
            asked = rest

    def _answers(self, asked: Answer) -> Iterator[Answer]:
        """Those of one daemon. One whose program was replaced leaves the rest to be asked for."""
        finished = False
        try:
            for text in self._send(json.dumps(asked).encode() + b"\n"):
                answer: Answer = json.loads(text)
                if self._escapes and b"\\u" in text and not answer.get("replaced"):
                    answer = {key: visible_in(value) for key, value in answer.items()}
                finished = bool(answer.get("done")) and not answer.get("replaced")
                yield answer
                if finished or answer.get("replaced"):
                    return
        except (ConnectionError, json.JSONDecodeError):
            pass  # half a line is a hang-up too
        finally:
            if not finished:
                self.close()  # what is still to come answers no later question
        raise HungUp(f"{self.path}: the daemon hung up before it was done; see its log")

    def close(self) -> None:
        for end in (self._lines, self._socket):
            if end:
                end.close()
        self._lines = self._socket = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, request: bytes) -> BinaryIO:
        if self._lines and self._socket and _has_hung_up(self._socket):
            self.close()  # it ends connections that nobody uses
        if not self._socket or not self._lines:
            check_path(self.path)
            self._socket = self._connect()
            self._lines = self._socket.makefile("rb")
            try:
                self._refuse_strangers(self._socket)
                self._greet(self._lines)
            except OverseerError:
                self.close()
                raise
            self._socket.settimeout(None)
        with suppress(BrokenPipeError):  # it may have said why, before
            self._socket.sendall(request)
        return self._lines

    def _connect(self) -> socket.socket:
        """The daemon's own socket, else that of a group of ours."""
        try:
            return self._connect_to(self.path)
        except PermissionError as error:
            for path in group_sockets(self.path):
                with suppress(PermissionError, FileNotFoundError, ConnectionRefusedError):
                    return self._connect_to(path)
            raise Refused(f"{self.path}: you may not use this socket; try sudo") from error
        except OSError as error:
            raise NoDaemon(
                f"{self.path}: no overseer answers here ({str(error.strerror).lower()});"
                " start one with `overseer run FILE`, or name its --socket"
            ) from error

    def _connect_to(self, path: str) -> socket.socket:
        """Waits while the queue of the socket is full. Raises OSError, NoDaemon."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, TIMEVAL.pack(int(PATIENCE), 0))
            line.connect(path)
        except BlockingIOError as error:  # nobody has taken anything out of it
            line.close()
            raise self._silent() from error
        except BaseException:
            line.close()
            raise
        line.settimeout(self._patience)
        return line

    def _refuse_strangers(self, line: socket.socket) -> None:
        """Whoever listens could say anything, and learn what is asked."""
        raw = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        uid = CREDENTIALS.unpack(raw)[1]
        if uid in (0, os.geteuid()) or (self._named and os.geteuid() != 0):
            return
        do = f"`sudo -u '#{uid}' overseer ...` asks it as that user"
        if os.geteuid():
            do += ", --socket PATH as yourself"
        raise Refused(f"{self.path}: uid {uid} listens here, who is neither root nor you; {do}")

    def _greet(self, lines: BinaryIO) -> None:
        try:
            greeting: Answer = json.loads(lines.readline())
        except (TimeoutError, ConnectionError, json.JSONDecodeError) as error:
            raise self._silent() from error
        if greeting.get("done"):
            raise Refused(str(greeting.get("error")))
        check_version(greeting)

    def _silent(self) -> NoDaemon:
        return NoDaemon(f"{self.path}: overseer is there but does not answer; see its log")


def _has_hung_up(line: socket.socket) -> bool:
    """Between two questions nothing is to be read but the end."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))
