"""Puts a notice into a mail and hands it to a server or to the host's sendmail."""

import os
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, localtime, parseaddr

from overseer.contacts import secret, wire
from overseer.contacts.base import Hear, NotDelivered, Notice
from overseer.contacts.dialogue import Dialogue, ImplicitDialogue
from overseer.contacts.email import Email, Tls

PATIENCE = 20.0
"""Seconds that a server has for each answer."""
SENDMAIL_PATIENCE = 50.0
HOPELESS = (64, 65, 67)  # EX_USAGE, EX_DATAERR, EX_NOUSER of sysexits(3)


def deliver(contact: Email, notice: Notice, hear: Hear) -> str:
    """Raises NotDelivered."""
    message = put_in(contact, notice)
    to = [parseaddr(address)[1] for address in contact.to]
    sender = parseaddr(contact.sender())[1]
    if program := contact.program():
        pipe(program, sender, to, message.as_bytes(), hear)
        return f"{', '.join(to)} by {program}"
    host, port, _ = contact.server()
    refused = speak(contact, sender, to, message, hear)
    taken = [address for address in to if address not in refused]
    said = f"{', '.join(taken)} by smtp to {host}:{port}"
    return f"{said}; refused: {', '.join(refused)}" if refused else said


def put_in(contact: Email, notice: Notice) -> EmailMessage:
    """One mail with text and HTML, marked as nobody's own words (RFC 3834)."""
    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"] = contact.sender()
    message["To"] = ", ".join(contact.to)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = notice.id
    if notice.references:
        message["In-Reply-To"] = notice.references[0]
        message["References"] = " ".join(notice.references)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in notice.headers.items():
        message[name] = " ".join(value.split())
    message.set_content(notice.text)
    message.add_alternative(notice.html, subtype="html")
    return message


def speak(
    contact: Email, sender: str, to: list[str], message: EmailMessage, hear: Hear
) -> list[str]:
    """Hand it to the server; the recipients that it has refused while it took others."""
    with connected(contact, hear) as server:
        refused = server.send_message(message, sender, to)
        # It has been taken: a bad farewell must not send it again.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return list(refused)


@contextmanager
def connected(contact: Email, hear: Hear) -> Iterator[Dialogue]:
    """As far as a mail can be handed over. Raises NotDelivered, also for what goes wrong inside."""
    host, port, tls = contact.server()
    with unseen_before(given := Given()), troubles(contact, f"{host}:{port}"):
        hear(f"connecting to {host}:{port}, tls: {tls}")
        kind = ImplicitDialogue if tls is Tls.IMPLICIT else Dialogue
        context = wire.context(contact.ca_file, contact.insecure)
        with closing(kind(host, port, PATIENCE, context, hear)) as server:
            if tls is Tls.STARTTLS:
                server.starttls(context=context)
                server.ehlo()
            if contact.user is not None:
                server.login(contact.user, password(contact))
            given.to_somebody = True
            yield server


@dataclass(slots=True)
class Given:
    to_somebody: bool = False


@contextmanager
def unseen_before(given: Given) -> Iterator[None]:
    """What goes wrong before the server is spoken to about the mail leaves it as it was."""
    try:
        yield
    except NotDelivered as error:
        error.unseen = not given.to_somebody
        raise


def knock(contact: Email, hear: Hear) -> str:
    """Go as far as one can without a mail. Raises NotDelivered."""
    if program := contact.program():
        if not os.access(program, os.X_OK):
            raise NotDelivered(f"{program} is not a program that can be run")
        return f"{program} is there"
    with connected(contact, hear) as server:
        server.noop()
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    host, port, _ = contact.server()
    return f"{host}:{port} answers"


def password(contact: Email) -> str:
    found = secret.read("password", contact.password_file, contact.password_env)
    if found is None:
        raise NotDelivered(f"user {contact.user} has no password; write password_file:")
    return found


@contextmanager
def troubles(contact: Email, where: str) -> Iterator[None]:
    """From what smtplib, ssl and the kernel raise to a line that says what to write."""
    try:
        yield
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered(f"{where}: {lacking(contact, error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        said = "; ".join(f"{to}: {answer(*got)}" for to, got in error.recipients.items())
        final = all(code >= 500 for code in codes)
        raise NotDelivered(f"{where}: {said}", final=final, only_this=True) from error
    except smtplib.SMTPResponseException as error:
        said = answer(error.smtp_code, error.smtp_error)
        this = isinstance(error, smtplib.SMTPDataError)
        final = this and error.smtp_code >= 500
        raise NotDelivered(f"{where}: {said}", final=final, only_this=this) from error
    except ssl.SSLCertVerificationError as error:
        raise wire.not_believed(where, error) from error
    except ssl.SSLError as error:
        why = error.reason or error
        raise NotDelivered(f"{where}: no TLS ({why}); see tls: starttls or implicit") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotDelivered(f"{where}: {wire.plain(error)}") from error


def lacking(contact: Email, error: Exception) -> str:
    if "STARTTLS" in str(error):
        return "does not offer STARTTLS; write tls: none to send in the clear"
    if "AUTH" in str(error):
        return "takes no login; leave user: out"
    return str(error)


def answer(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"


def pipe(program: str, sender: str, to: list[str], message: bytes, hear: Hear) -> None:
    """-i: a line with one dot is no end."""
    command = [program, "-i", "-f", sender, "--", *to]
    hear(f"running {' '.join(command)}")
    try:
        done = subprocess.run(
            command,
            input=message,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SENDMAIL_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotDelivered(f"{program} has not ended in {SENDMAIL_PATIENCE:.0f} s") from None
    except OSError as error:
        raise NotDelivered(f"{program}: {error.strerror}", unseen=True) from error
    said = " ".join(done.stdout.decode(errors="replace").split())[:300]
    hear(f"{program} ended with exit code {done.returncode}{': ' * bool(said)}{said}")
    if done.returncode:
        why = f"{program}: exit code {done.returncode}{': ' * bool(said)}{said}"
        raise NotDelivered(why, final=done.returncode in HOPELESS)
