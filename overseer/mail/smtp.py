"""Hands finished mails to one server, over a connection that is used again."""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from overseer.mail.answers import CLOSING, classify, words
from overseer.mail.server import Server, password, ssl_context
from overseer.outbox.courier import Activity
from overseer.outbox.parcel import Fate, Job, Verdict, down, interrupted, sent

CONNECT_PATIENCE = 10.0
PATIENCE = 60.0
"""Seconds for each answer: smtplib has no limit of its own."""
FINAL_PATIENCE = 600.0
"""For the answer to a whole mail, which may be looked through first (RFC 5321, 4.5.3.2.6)."""
REST = 30.0
"""Seconds without use after which a connection is not trusted to be there."""
MOST = 100
"""Mails over one connection."""
PIECE = 64 * 1024
"""Bytes; a socket's time-out is for all that one call is to send."""
DOT = re.compile(rb"(?<=\n)\.")


class Line(smtplib.SMTP):
    """A server that takes a large mail slowly has PATIENCE for each piece of it."""

    activity: Activity | None = None

    def send(self, s: "bytes | bytearray | str | memoryview") -> None:  # type: ignore[override]
        if isinstance(s, str):
            super().send(s)
            return
        for begin in range(0, len(s), PIECE):
            super().send(s[begin : begin + PIECE])
            if self.activity:
                self.activity()

    def data(self, msg: bytes) -> tuple[int, bytes]:  # type: ignore[override]
        """Piece by piece, so that a large mail is in memory once."""
        self.putcmd("data")
        code, answer = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, answer)
        for piece in dotted(msg):
            self.send(piece)
        if self.sock:
            self.sock.settimeout(FINAL_PATIENCE)
        code, answer = self.getreply()
        if self.sock:
            self.sock.settimeout(PATIENCE)
        return code, answer


def dotted(body: bytes) -> Iterator[bytes]:
    """As it is sent: a dot that begins a line is doubled, one alone ends it (RFC 5321, 4.5.2)."""
    end = b".\r\n" if body.endswith(b"\r\n") or not body else b"\r\n.\r\n"
    for begin in range(0, len(body), PIECE):
        piece = body[begin : begin + PIECE]
        begins_line = begin == 0 or body[begin - 1] == 10
        quoted = DOT.sub(b"..", piece)
        whole = b"." + quoted if begins_line and quoted.startswith(b".") else quoted
        yield whole + end if begin + PIECE >= len(body) else whole
    if not body:
        yield end


class LineOverTls(Line, smtplib.SMTP_SSL): ...


def connect(server: Server) -> smtplib.SMTP:
    """As far as MAIL can be said. Raises OSError (smtplib's errors are), UsageError, ValueError."""
    context = ssl_context(server) if server.tls != "none" else None
    if server.tls == "implicit":
        line: smtplib.SMTP = LineOverTls(
            server.host, server.port, server.helo, timeout=CONNECT_PATIENCE, context=context
        )
    else:
        line = Line(server.host, server.port, server.helo, timeout=CONNECT_PATIENCE)
    try:
        if line.sock:
            line.sock.settimeout(PATIENCE)
        make_ready(
            line,
            starttls=context if server.tls == "starttls" else None,
            login=(server.user, password(server)) if server.user else None,
        )
    except BaseException:
        line.close()
        raise
    return line


def make_ready(
    line: smtplib.SMTP, *, starttls: ssl.SSLContext | None, login: tuple[str, str] | None
) -> None:
    """From the greeting to where MAIL can be said. Raises OSError."""
    greet(line)
    if starttls:
        line.starttls(context=starttls)
        line.ehlo()
    if login:
        line.login(*login)


def greet(line: smtplib.SMTP) -> None:
    """EHLO, else HELO; where both are refused, the first answer says why."""
    code, text = line.ehlo()
    if 200 <= code <= 299 or 200 <= line.helo()[0] <= 299:
        return
    raise smtplib.SMTPHeloError(code, text)


class Gone(Exception):
    """The connection is of no more use, and the server has not taken the mail."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


class Courier:
    """One connection, used again and again, by one thread."""

    def __init__(
        self,
        server: Server,
        connect: Callable[[Server], smtplib.SMTP] = connect,
        clock: Callable[[], float] = time.monotonic,
        activity: Activity | None = None,
    ) -> None:
        self._server = server
        self._activity = activity
        self._connect = connect
        self._clock = clock
        self._line: smtplib.SMTP | None = None
        self._sent = 0
        self._used = 0.0
        self.in_doubt = False  # the last mail may have been taken, though nobody has said so

    def deliver(self, job: Job) -> Verdict:
        """Never raises. A connection found dead is made anew once, and so is one that has sent
        before and is refused for the moment, as where a server counts the mails of a session;
        unless all of the mail had been said and not answered: then the server may have it."""
        self.in_doubt = False
        if self._sent >= MOST or self._clock() - self._used > REST:
            self.close()
        if self._line is not None:
            with suppress(Gone):
                return self._speak(self._line, job)
        try:
            self._line = self._connect(self._server)
        except Exception as error:  # noqa: BLE001 - smtplib, ssl and codecs raise what they like
            return unreachable(error, self._server.name)
        self._sent = 0
        if isinstance(self._line, Line):
            self._line.activity = self._activity
        try:
            return self._speak(self._line, job)
        except Gone as gone:
            return gone.verdict

    def _speak(self, line: smtplib.SMTP, job: Job) -> Verdict:
        """Raises Gone."""
        said_data = False
        try:
            address(line, job)
            said_data = True
            answer = hand_over(line, job.body)
        except Exception as error:  # one mail must not end the thread that sends
            verdict = classify(error, self._server.name)
            if verdict.fate is Fate.DOWN:  # the server was ready: first of all it is this mail
                verdict = interrupted(verdict.text, verdict.code)
            if is_answer(error, verdict):
                if self._sent and verdict.fate in (Fate.RETRY, Fate.INTERRUPTED):
                    self.close()
                    raise Gone(verdict) from error
                self._reset(line)
                return verdict
            self.close()
            self.in_doubt = said_data and verdict.code != CLOSING
            if self.in_doubt or not is_hanging_up(error, verdict):
                return verdict
            raise Gone(verdict) from error
        self._sent, self._used = self._sent + 1, self._clock()
        return sent(answer, 250)

    def _reset(self, line: smtplib.SMTP) -> None:
        with suppress(OSError):
            line.rset()
        self._used = self._clock()

    def rest(self) -> None:
        self.close()

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.quit()
            line.close()


def address(line: smtplib.SMTP, job: Job) -> None:
    options = [f"size={len(job.body)}"] if line.has_extn("size") else []
    code, text = line.mail(job.sender, options)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, text, job.sender)
    code, text = line.rcpt(job.rcpt)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({job.rcpt: (code, text)})


def hand_over(line: smtplib.SMTP, body: bytes) -> str:
    code, text = line.data(body)
    if code != 250:
        raise smtplib.SMTPDataError(code, text)
    return words(text)


def is_answer(error: Exception, verdict: Verdict) -> bool:
    """A refusal, after which the conversation can go on; -1 stands for what cannot be read."""
    refused = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
    return refused and verdict.code != CLOSING and (verdict.code or 0) >= 400


def is_hanging_up(error: Exception, verdict: Verdict) -> bool:
    return isinstance(error, smtplib.SMTPServerDisconnected) or verdict.code == CLOSING


def unreachable(error: Exception, where: str) -> Verdict:
    """Before MAIL nothing can be the mail's fault."""
    if isinstance(error, OSError):
        return classify(error, where)
    return down(f"{where}: {words(str(error))}")
