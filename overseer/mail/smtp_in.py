"""Conversations in SMTP with programs on this host. The only file that runs aiosmtpd."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, AnyStr

from aiosmtpd.smtp import SMTP

from overseer.mail.peers import Peer, peer_of

if TYPE_CHECKING:
    from overseer.mail.intake import Intake

NOT_ALLOWED = b"554 5.7.1 this user may not send mail here; see --allow-uid"
LONGEST_LINE = 2**20
"""Bytes. Programs write longer lines than SMTP has (1000); they are made fit when queued."""
IDLE = 300.0
"""Seconds from one step of a mail to the next (RFC 5321, 4.5.3.2.7); what is no step counts for
nothing."""
BEFORE_MAIL = 30.0
"""Seconds until the first."""
MOST_CLIENTS = 100
EACH = 50
"""Clients of one user, or of one other host."""


class Conversation(SMTP):
    """With one client; ended between two mails when the hall closes."""

    line_length_limit = LONGEST_LINE

    def __init__(self, intake: "Intake", hall: "Hall", largest: int) -> None:
        super().__init__(
            intake,
            data_size_limit=largest,
            enable_SMTPUTF8=True,  # of the addresses' domains, and of headers: sent in ASCII
            hostname=os.uname().nodename,
            ident="overseer",
            timeout=IDLE,
            loop=asyncio.get_running_loop(),
        )
        self._hall = hall
        self._intake = intake
        self.peer = Peer(None, "gone")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A user who may not send mail here is hung up on before he holds anything."""
        line = transport.get_extra_info("socket")
        self.peer = peer_of(line) if line else self.peer
        if not self._intake.allows(self.peer):
            hang_up(transport, NOT_ALLOWED)
        elif why := self._hall.enter(self):
            hang_up(transport, f"421 4.7.0 {why}; try again later".encode())
        else:
            super().connection_made(transport)

    @property
    def whose(self) -> int | str:
        return self.peer.place if self.peer.uid is None else self.peer.uid

    def made_a_step(self) -> None:
        """Towards a mail: the client has time for the next one."""
        super()._reset_timeout(IDLE)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Called by aiosmtpd as it begins, and for whatever a client says."""
        if self._timeout_handle is None:
            super()._reset_timeout(BEFORE_MAIL)

    def _timeout_cb(self) -> None:
        """Also of a client that reads nothing."""
        self.cut()

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            super().connection_lost(error)
        self._hall.leave(self)

    async def push(self, status: AnyStr) -> None:
        """What is repeated of a client's words may be no text at all."""
        plain = status.encode("ascii", "backslashreplace") if isinstance(status, str) else status
        await super().push(plain)
        if self._hall.closing:
            self.end()

    def end(self) -> None:
        """Unless a mail is being handed over."""
        if self.transport is not None and not (self.envelope and self.envelope.mail_from):
            hang_up(self.transport, b"421 4.3.2 this listener ends; try again later")

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


def hang_up(transport: asyncio.BaseTransport, why: bytes) -> None:
    assert isinstance(transport, asyncio.Transport)
    transport.write(why + b"\r\n")
    transport.close()


class Hall:
    """The conversations under way."""

    def __init__(self) -> None:
        self.closing = False
        self._conversations: set[Conversation] = set()
        self._empty = asyncio.Event()

    def enter(self, conversation: Conversation) -> str:
        """Why no more can be served; "" for it is."""
        if len(self._conversations) >= MOST_CLIENTS:
            return "too many clients"
        if sum(one.whose == conversation.whose for one in self._conversations) >= EACH:
            return f"{EACH} connections of yours are open already"
        self._conversations.add(conversation)
        return ""

    def leave(self, conversation: Conversation) -> None:
        self._conversations.discard(conversation)
        if self.closing and not self._conversations:
            self._empty.set()

    async def clear(self, patience: float) -> bool:
        """Wait so many seconds for mails that are being handed over; False: one was cut off."""
        self.closing = True
        for conversation in tuple(self._conversations):
            conversation.end()
        if not self._conversations:
            return True
        try:
            await asyncio.wait_for(self._empty.wait(), patience)
        except TimeoutError:
            for conversation in tuple(self._conversations):
                conversation.cut()
            return False
        return True


async def serve(
    lines: Sequence[socket.socket],
    intake: "Intake",
    *,
    largest: int,
    patience: float,
    tell: Callable[[str], None],
) -> bool:
    """Until TERM or INT; a second one leaves at once. False: a client was cut off.

    *tell* hears `ready` and `ending`.
    """
    loop = asyncio.get_running_loop()
    hall, told = Hall(), asyncio.Event()

    def made() -> asyncio.Protocol:
        return Conversation(intake, hall, largest)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: os._exit(1) if told.is_set() else told.set())
    servers = [
        await (
            loop.create_unix_server(made, sock=line)
            if line.family == socket.AF_UNIX
            else loop.create_server(made, sock=line)
        )
        for line in lines
    ]
    tell("ready")
    await told.wait()
    tell("ending")
    for server in servers:
        server.close()
    return await hall.clear(patience)
