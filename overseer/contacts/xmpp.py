"""A conversation with an XMPP server: log in, say it, and wait until the server has read it."""

import asyncio
import logging
import ssl
from typing import Any

from overseer.contacts import secret, wire
from overseer.contacts.base import Hear, NotDelivered, Notice
from overseer.contacts.jabber import Jabber, Tls, domain

FAREWELL = 2.0
"""Seconds that the server has to say goodbye."""
HOPELESS = ("item-not-found", "jid-malformed", "forbidden", "not-allowed")


def deliver(contact: Jabber, notice: Notice, hear: Hear) -> str:
    """Raises NotDelivered."""
    refused = asyncio.run(talk(contact, notice, hear))
    taken = [jid for jid in contact.to_jid if jid not in refused]
    whys = ", ".join(f"{jid}: {why}" for jid, why in refused.items())
    if not taken:
        final = all(why in HOPELESS for why in refused.values())
        raise NotDelivered(f"{contact.where()}: {whys}", final=final, only_this=True)
    said = f"{', '.join(taken)} by xmpp to {contact.where()}"
    return f"{said}; refused: {whys}" if refused else said


def knock(contact: Jabber, hear: Hear) -> str:
    """Go as far as to log in. Raises NotDelivered."""
    asyncio.run(talk(contact, None, hear))
    return f"{contact.where()} answers"


async def talk(contact: Jabber, notice: Notice | None, hear: Hear) -> dict[str, str]:
    """Who was refused, and why."""
    where = contact.where()
    session = Session(contact, hear)
    try:
        async with asyncio.timeout(contact.timeout):
            await session.open()
            if notice is not None:
                await session.say(notice)
            await session.close()
    except TimeoutError:
        raise NotDelivered(f"{where}: no answer in time, {session.step}") from None
    except ssl.SSLCertVerificationError as error:
        raise wire.not_believed(where, error) from None
    except OSError as error:
        raise NotDelivered(f"{where}: {wire.plain(error)}") from None
    finally:
        session.abort()
    return session.refused


class Session:
    """One stream. *step* is what is being done, *refused* who did not get it."""

    def __init__(self, contact: Jabber, hear: Hear) -> None:
        loop = asyncio.get_running_loop()
        self.step = "connecting"
        self.refused: dict[str, str] = {}
        self._contact = contact
        self._hear = hear
        self._begun: asyncio.Future[None] = loop.create_future()
        self._broken: asyncio.Future[Exception] = loop.create_future()
        self._client = client_of(contact)
        for event, then in {
            "connected": self._connected,
            "auth_success": self._let_in,
            "session_start": self._start,
            "message_error": self._undelivered,
            "connection_failed": self._failed,
            "ssl_invalid_chain": self._failed,
            "failed_all_auth": self._not_let_in,
            "disconnected": self._lost,
        }.items():
            self._client.add_event_handler(event, then)

    async def open(self) -> None:
        """Until one may speak. Raises OSError, NotDelivered."""
        self._hear(f"connecting to {self._contact.where()}, tls: {self._contact.tls}")
        self._client.connect(*(self._contact.address() or ()))
        await self._until(self._begun)

    async def say(self, notice: Notice) -> None:
        """The server answers in the order it was asked: a ping's answer follows any refusal."""
        self.step = "sending the message"
        for jid in self._contact.to_jid:
            self._hear(f"> message to {jid} ({len(notice.text)} characters)")
            self._client.send_message(
                mto=jid,
                mbody=printable(notice.text),
                msubject=printable(self._contact.subject or notice.subject),
                mtype="chat",
            )
        ping = self._client.plugin["xep_0199"].send_ping(
            domain(self._contact.from_jid), timeout=None
        )
        answer = asyncio.ensure_future(ping)
        await self._until(answer)
        answer.exception()  # that it cannot ping is an answer, too
        self._hear("< the server has read it")

    async def close(self) -> None:
        """What has been said is said: a bad farewell changes nothing."""
        self.step = "ending"
        await self._client.disconnect(wait=FAREWELL)

    def abort(self) -> None:
        self._client.cancel_connection_attempt()
        self._client.abort()

    async def _until(self, awaited: asyncio.Future[Any]) -> None:
        await asyncio.wait({awaited, self._broken}, return_when=asyncio.FIRST_COMPLETED)
        if self._broken.done() and not awaited.done():
            awaited.cancel()
            raise self._broken.result()

    def _break(self, error: Exception) -> None:
        """The first thing that goes wrong is the reason for the rest."""
        if not self._broken.done():
            self._broken.set_result(error)

    def _connected(self, _: Any) -> None:
        self._hear("< connected")
        self.step = "logging in"

    def _let_in(self, _: Any) -> None:
        self._hear(f"< logged in as {self._contact.from_jid}")

    def _start(self, _: Any) -> None:
        if self._may_speak():
            self._begun.set_result(None)

    def _may_speak(self) -> bool:
        """Not in the clear unless that is asked for; the library itself would."""
        encrypted = isinstance(self._client.socket, ssl.SSLSocket | ssl.SSLObject)
        if encrypted or self._contact.tls is Tls.NONE:
            return True
        said = "does not offer TLS; write tls: none to send in the clear"
        self._break(NotDelivered(f"{self._contact.where()} {said}"))
        return False

    def _failed(self, error: Any) -> None:
        self._break(error if isinstance(error, OSError) else OSError(str(error)))

    def _not_let_in(self, _: Any) -> None:
        if self._may_speak():
            said = f"{self._contact.where()}: does not let {self._contact.from_jid} in"
            self._break(NotDelivered(f"{said}: a wrong password, or no login is offered"))

    def _lost(self, reason: Any) -> None:
        self._failed(reason or "hung up")

    def _undelivered(self, message: Any) -> None:
        who, why = str(message["from"].bare), str(message["error"]["condition"])
        self._hear(f"< {who}: {why}")
        self.refused |= {jid: why for jid in self._contact.to_jid if bare(jid) == who}


def client_of(contact: Jabber) -> Any:
    """NotDelivered where the library is missing, or the password cannot be read."""
    try:
        import slixmpp
    except ImportError:
        raise NotDelivered(
            "the library slixmpp is not installed; run pip install 'overseer-supervisor[jabber]'"
        ) from None
    logging.getLogger("slixmpp").setLevel(logging.CRITICAL)  # it would log the login
    password = secret.read("password", contact.password_file, contact.password_env)
    client: Any = slixmpp.ClientXMPP(contact.from_jid, password or "")
    client.register_plugin("xep_0199")
    verified = wire.context(contact.ca_file, contact.insecure)
    client.get_ssl_context = lambda: verified
    client.enable_direct_tls = contact.tls is Tls.IMPLICIT
    client.enable_starttls = contact.tls is Tls.STARTTLS
    client.enable_plaintext = contact.tls is Tls.NONE
    return client


def bare(jid: str) -> str:
    return jid.partition("/")[0].lower()


def printable(text: str) -> str:
    """XML takes no control characters."""
    return "".join(c for c in text if c in "\n\t" or c >= " ").strip()
