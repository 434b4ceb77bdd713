"""Sends finished mails to one server, and says what its answers mean."""

import os
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from overseer.errors import UsageError
from overseer.outbox.parcel import Job, Verdict, dead, down, retry, sent

CONNECT_PATIENCE = 10.0
PATIENCE = 60.0
"""Seconds: smtplib has none of its own."""
REST = 30.0
MOST = 100
"""Mails over one connection."""
OURS = frozenset({421, 454, 530, 534, 535, 538})
"""Answers about the server or our settings for it, and not about the mail (RFC 5321, RFC 4954)."""
TLS = ("none", "starttls", "implicit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """*tls* is named, never guessed, and verified unless *insecure* is spelled out."""

    host: str = "localhost"
    port: int = 25
    tls: str = "none"
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


def read_server(url: str, tls: str) -> tuple[str, int, str | None]:
    """smtp://[user@]host[:port] as host, port and user; UsageError says what to write."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme != "smtp" or not parts.hostname or port == -1:
        raise UsageError(f"--smtp: {url!r} is not understood; write smtp://host:25")
    if parts.password:
        raise UsageError("--smtp: no password in the address; write --password-file FILE")
    usual = {"none": 25, "starttls": 587, "implicit": 465}[tls]
    return parts.hostname, port or usual, parts.username


class Courier:
    """One connection, used again and again, by one thread."""

    def __init__(self, server: Server, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._clock = clock
        self._line: smtplib.SMTP | None = None
        self._sent = 0
        self._used = 0.0

    def deliver(self, job: Job) -> Verdict:
        """Never raises: whatever happens is a verdict."""
        fresh = self._line is None
        for last in (fresh, True):
            stage = Stage()
            try:
                return self._deliver(job, stage)
            except Exception as error:  # noqa: BLE001 - the sender thread goes on
                self.close()
                stale = isinstance(error, smtplib.SMTPServerDisconnected) and not stage.data
                if last or not stale:
                    return classify(error, self._server.name)
        return down("no connection")

    def _deliver(self, job: Job, stage: "Stage") -> Verdict:
        line = self._connected()
        code, text = line.mail(job.sender)
        if code != 250:
            self._reset(line)
            return classify(smtplib.SMTPSenderRefused(code, text, job.sender), self._server.name)
        code, text = line.rcpt(job.rcpt)
        if code not in (250, 251):
            self._reset(line)
            refused = smtplib.SMTPRecipientsRefused({job.rcpt: (code, text)})
            return classify(refused, self._server.name)
        stage.data = True
        code, text = line.data(job.body)
        if code != 250:
            self._reset(line)
            return classify(smtplib.SMTPDataError(code, text), self._server.name)
        self._sent, self._used = self._sent + 1, self._clock()
        if self._sent >= MOST:
            self.close()
        return sent(words(text), code)

    def _connected(self) -> smtplib.SMTP:
        if self._line is not None and self._clock() - self._used > REST:
            self.close()
        if self._line is None:
            self._line = connect(self._server)
            self._sent = 0
        return self._line

    def _reset(self, line: smtplib.SMTP) -> None:
        with suppress(smtplib.SMTPException, OSError):
            line.rset()
        self._used = self._clock()

    def rest(self) -> None:
        self.close()

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(smtplib.SMTPException, OSError):
                line.quit()
            line.close()


@dataclass(slots=True)
class Stage:
    """Whether DATA had been sent when the line broke: then the server may have the mail."""

    data: bool = False


def connect(server: Server) -> smtplib.SMTP:
    context = ssl_context(server) if server.tls != "none" else None
    if server.tls == "implicit":
        line: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=CONNECT_PATIENCE, context=context
        )
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=CONNECT_PATIENCE)
    if line.sock:
        line.sock.settimeout(PATIENCE)
    line.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        line.starttls(context=context)
        line.ehlo()
    if server.user:
        line.login(server.user, password(server))
    return line


def ssl_context(server: Server) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=server.ca_file)
    if server.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def password(server: Server) -> str:
    if server.password_file:
        return Path(server.password_file).read_text().rstrip("\r\n")
    return os.environ.get(server.password_env or "", "")


def classify(error: Exception, where: str) -> Verdict:
    """What an answer, or none, means for the mail: again, never, or not its fault at all."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return by_code(code, text, where)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return down(f"{where}: {error.smtp_code} {words(error.smtp_error)}", error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        return by_code(error.smtp_code, error.smtp_error, where)
    if isinstance(error, OSError | smtplib.SMTPException):
        return down(f"{where}: {str(error) or type(error).__name__}")
    return retry(f"{type(error).__name__}: {error}")


def by_code(code: int, answer: bytes | str, where: str) -> Verdict:
    text = f"{where}: {code} {words(answer)}"
    if code in OURS or code < 400:
        return down(text, code)
    return retry(text, code) if code < 500 else dead(text, code)


def words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]
