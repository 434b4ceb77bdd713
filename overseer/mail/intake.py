"""What is answered to a program that hands over a mail in SMTP: 250 when it is on the disk."""

import asyncio
import logging
import os
import re
import time
from collections.abc import Collection
from concurrent.futures import Executor
from email.headerregistry import Address
from email.utils import formatdate
from typing import TYPE_CHECKING, NamedTuple

from overseer.errors import OverseerError, UsageError
from overseer.log_limit import LogLimit, and_more
from overseer.mail.accept import accept
from overseer.mail.draft import read_draft
from overseer.mail.home import Home, one
from overseer.mail.peers import Peer
from overseer.outbox import Outbox, Unavailable

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope as Dialogue
    from aiosmtpd.smtp import Session

    from overseer.mail.smtp_in import Conversation

log = logging.getLogger(__name__)

MOST_RCPTS = 1000
"""Of one mail: each is a row with a body of its own."""
NOBODY = "<>"
BARE = re.compile(rb"(?<!\r)\n\.")
STRANGE = re.compile(r"[^\w.:\[\]-]", re.ASCII)


class Rules(NamedTuple):
    home: Home
    allowed: Collection[int] | None  # uids; None: whoever reaches the socket
    largest: int  # bytes


class Intake:
    """The hooks of aiosmtpd, by its names; the disk is waited for on *threads*."""

    def __init__(self, outbox: Outbox, rules: Rules, threads: Executor) -> None:
        self._outbox = outbox
        self._rules = rules
        self._threads = threads
        self._log_limit = LogLimit()

    def allows(self, peer: Peer) -> bool:
        if self._rules.allowed is None or peer.uid in self._rules.allowed:
            return True
        if (number := self._log_limit.left_out(peer.uid, time.monotonic())) is not None:
            log.warning("refused: %s may not send mail here%s", peer, and_more(number))
        return False

    async def handle_MAIL(  # noqa: N802
        self,
        server: "Conversation",
        session: "Session",
        dialogue: "Dialogue",
        address: str,
        _: list[str],
    ) -> str:
        try:
            dialogue.mail_from = (
                address
                if address == NOBODY
                else self._rules.home.sender(one("MAIL FROM", address, names=True))
            )
        except UsageError as error:
            return reply("553 5.1.7", error)
        server.made_a_step()
        return "250 2.1.0 from there"

    async def handle_RCPT(  # noqa: N802
        self,
        server: "Conversation",
        session: "Session",
        dialogue: "Dialogue",
        address: str,
        _: list[str],
    ) -> str:
        if len(dialogue.rcpt_tos) >= MOST_RCPTS:
            return f"452 4.5.3 no more than {MOST_RCPTS} recipients at a time"
        try:
            rcpt = self._rules.home.rcpt(one("RCPT TO", address, names=True))
        except UsageError as error:
            return reply("553 5.1.3", error)
        dialogue.rcpt_tos.append(rcpt)
        server.made_a_step()
        return "250 2.1.5 to there"

    async def handle_DATA(  # noqa: N802
        self, server: "Conversation", session: "Session", dialogue: "Dialogue"
    ) -> str:
        peer = server.peer
        helo = STRANGE.sub("?", session.host_name or "")
        try:
            ids = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._queue, dialogue, helo, peer
            )
        except Unavailable as error:
            log.warning("not queued: %s: %s", peer, error)
            return reply("452 4.3.1" if error.full else "451 4.3.0", error)
        except OverseerError as error:
            log.warning("refused: %s: %s", peer, error)
            return reply("554 5.6.0", error)
        server.made_a_step()
        return f"250 2.0.0 queued as {', '.join(map(str, ids))}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("a bug", exc_info=error)
        return "451 4.3.0 a fault of this listener; try again later"

    def _queue(self, dialogue: "Dialogue", helo: str, peer: Peer) -> list[int | None]:
        sender = "" if dialogue.mail_from in (None, NOBODY) else str(dialogue.mail_from)
        user, _, domain = (sender or f"MAILER-DAEMON@{self._rules.home.domain}").rpartition("@")
        uid = "uid unknown" if peer.uid is None else f"uid {peer.uid}"
        host = os.uname().nodename
        envelope = accept(
            read_draft(without_dots(dialogue.content)),
            sender=sender,
            rcpts=dialogue.rcpt_tos,
            author=Address("", user, domain),
            received=f"from {helo} ({peer.place}) by {host} (overseer, {uid}) with SMTP;"
            f" {formatdate(localtime=True)}",
        )
        ids = self._outbox.put_mail(
            envelope.body, sender, *envelope.rcpts, message_id=envelope.message_id
        )
        whom = ", ".join(envelope.rcpts)
        log.info("queued: %s from %s to %s: %s", envelope.message_id, sender or "<>", whom, peer)
        return ids


def without_dots(content: object) -> bytes:
    """aiosmtpd takes away the doubled dots of lines that end as they ought to; clients that end
    them with LF alone have doubled them all the same."""
    return BARE.sub(b"\n", content) if isinstance(content, bytes) else b""


def reply(code: str, error: OverseerError) -> str:
    """One line of ASCII, as replies are."""
    text = " ".join(str(error).split())[:400]
    return f"{code} {text.encode('ascii', 'backslashreplace').decode()}"
