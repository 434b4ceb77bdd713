"""Puts a notice into a mail and hands it to a server or to the host's sendmail."""

import logging
import os
import smtplib
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, localtime, parseaddr

from overseer.contacts import secret, wire
from overseer.contacts.base import Hear, NotDelivered, Notice
from overseer.contacts.dialogue import Dialogue, ImplicitDialogue
from overseer.contacts.email import Email, Place, Tls
from overseer.errors import UsageError
from overseer.forking import MarkedPopen, own_environment
from overseer.mail.addresses import read_addresses
from overseer.mail.answers import by_code, classify
from overseer.mail.headers import write_addresses, write_text
from overseer.mail.smtp import make_ready
from overseer.outbox.parcel import Fate, Verdict
from overseer.terminal import printable

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds that a server has for each answer."""
ENOUGH = 45.0
"""Seconds after which no other server is tried: the mail is taken up again soon."""
SENDMAIL_PATIENCE = 50.0
SEVEN_BIT = default.clone(cte_type="7bit")
"""Goes through every server, whether it offers 8BITMIME or not."""
LONGEST_HEADER = 900
"""Characters; a line takes no word of more than 998."""
Refusals = Mapping[str, tuple[int, bytes]]
"""Of a recipient, what the server has answered."""
HOPELESS = (64, 65, 67)  # EX_USAGE, EX_DATAERR, EX_NOUSER of sysexits(3)


def deliver(contact: Email, notice: Notice, hear: Hear) -> str:
    """Raises NotDelivered."""
    message = written(contact, notice)
    to = [parseaddr(address)[1] for address in contact.to]
    to = [address for address in to if address not in notice.settled]
    sender = parseaddr(contact.sender())[1]
    if program := contact.program():
        pipe(program, sender, to, message.replace(b"\r\n", b"\n"), hear)
        return f"{', '.join(to)} by {program}"
    began, troubles = time.monotonic(), []
    for place in contact.servers():
        try:
            refused = speak(contact, place, sender, to, message, hear)
        except NotDelivered as error:
            troubles.append(error)
            hear(str(error))
            # Where it may have been taken nobody else is given it.
            if error.final or not error.unseen or time.monotonic() > began + ENOUGH:
                break
        else:
            return said(to, refused, place)
    raise worst(troubles)


def said(to: list[str], refused: Refusals, place: Place) -> str:
    """Of one that was taken for some; NotDelivered where others are to be asked for again."""
    taken = [address for address in to if address not in refused]
    verdicts = {who: by_code(code, text, who) for who, (code, text) in refused.items()}
    later = [one.text for one in verdicts.values() if one.fate is not Fate.DEAD]
    never = [one.text for one in verdicts.values() if one.fate is Fate.DEAD]
    for text in never:
        log.warning("an alert was refused for good: %s: %s", place, text)
    by = f"{', '.join(taken)} by smtp to {place}"
    by = f"{by}; refused: {', '.join(never)}" if never else by
    if not later:
        return by
    settled = [one for one in to if one not in verdicts or verdicts[one].fate is Fate.DEAD]
    why = f"{place}: {'; '.join(later)} (taken for {', '.join(taken)})"
    raise NotDelivered(why, only_this=True, settled=settled)


def worst(troubles: list[NotDelivered]) -> NotDelivered:
    """One for all servers: the last word counts, and all are named."""
    last = troubles[-1]
    if len(troubles) > 1:
        last.args = ("; ".join(map(str, troubles)),)
    last.unseen = all(one.unseen for one in troubles)
    return last


def written(contact: Email, notice: Notice) -> bytes:
    """One mail with text and HTML, marked as nobody's own words (RFC 3834). EmailMessage writes
    the body alone: of a header it would read encoded words, and write the line breaks in them."""
    texts = {
        "Subject": notice.subject,
        "Date": format_datetime(localtime()),
        "Message-ID": notice.id,
        "In-Reply-To": notice.references[0] if notice.references else "",
        "References": " ".join(notice.references),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        **notice.headers,
    }
    head = [addressed("From", [contact.sender()]), addressed("To", contact.to)]
    head += [header(name, text) for name, text in texts.items() if text]
    body = EmailMessage(SEVEN_BIT)
    body.set_content(sayable(notice.text))
    body.add_alternative(sayable(notice.html), subtype="html")
    return b"".join((*head, body.as_bytes().replace(b"\n", b"\r\n")))


def header(name: str, text: str) -> bytes:
    """Whatever is in it: an alert that cannot be written would not be sent."""
    return write_text(name, printable(" ".join(text.split()))[:LONGEST_HEADER])


def addressed(name: str, texts: Iterable[str]) -> bytes:
    try:
        return write_addresses(name, [one for text in texts for one in read_addresses(name, text)])
    except UsageError:  # one that few servers take: the envelope decides
        return header(name, ", ".join(texts))


def sayable(text: str) -> str:
    """Half characters and NUL no mail can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def speak(
    contact: Email, place: Place, sender: str, to: list[str], message: bytes, hear: Hear
) -> Refusals:
    """Hand it to the server; those that it has refused while it took others."""
    with connected(contact, place, hear) as server:
        refused = server.sendmail(sender, to, message)
        # It has been taken: a bad farewell must not send it again.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return refused


@contextmanager
def connected(contact: Email, place: Place, hear: Hear) -> Iterator[Dialogue]:
    """As far as a mail can be handed over. Raises NotDelivered, also for what goes wrong inside."""
    given = False
    try:
        with troubles(str(place)):
            hear(f"connecting to {place}, tls: {place.tls}")
            kind = ImplicitDialogue if place.tls is Tls.IMPLICIT else Dialogue
            context = wire.context(contact.ca_file, contact.insecure)
            with closing(kind(place.host, place.port, PATIENCE, context, hear)) as server:
                starttls = context if place.tls is Tls.STARTTLS else None
                login = (contact.user, password(contact)) if contact.user is not None else None
                make_ready(server, starttls=starttls, login=login)
                given = True
                yield server
    except NotDelivered as error:
        error.unseen = error.unseen or not given
        raise


def knock(contact: Email, hear: Hear) -> str:
    """Go as far as one can without a mail. Raises NotDelivered where nobody answers."""
    if program := contact.program():
        if not os.access(program, os.X_OK):
            raise NotDelivered(f"{program} is not a program that can be run")
        return f"{program} is there"
    answers, silent = [], []
    for place in contact.servers():
        try:
            with connected(contact, place, hear) as server:
                server.noop()
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
            answers.append(f"{place} answers")
        except NotDelivered as error:
            silent.append(error)
    if not answers:
        raise worst(silent)
    return "; ".join([*answers, *map(str, silent)])


def password(contact: Email) -> str:
    found = secret.read("password", contact.password_file, contact.password_env)
    if found is None:
        raise NotDelivered(f"user {contact.user} has no password; write `password_file`")
    return found


@contextmanager
def troubles(where: str) -> Iterator[None]:
    """From what smtplib, ssl and the kernel raise to a line that says what to write."""
    try:
        yield
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered(f"{where}: {lacking(error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        verdicts = [by_code(code, text, to) for to, (code, text) in error.recipients.items()]
        said = "; ".join(verdict.text for verdict in verdicts)
        raise refusal(f"{where}: {said}", verdicts) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        verdict = by_code(error.smtp_code, error.smtp_error, where)
        raise refusal(verdict.text, [verdict]) from error
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(classify(error, where).text) from error
    except ssl.SSLCertVerificationError as error:
        raise wire.not_believed(where, error) from error
    except ssl.SSLError as error:
        raise NotDelivered(f"{where}: {no_tls(error)}") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotDelivered(f"{where}: {wire.plain(error)}") from error


def no_tls(error: ssl.SSLError) -> str:
    why = error.reason or str(error)
    if "ALERT" in why:  # the handshake had begun: it is the other side that ends it
        return f"the server has broken TLS off ({why}); its own log says why"
    return f"no TLS ({why}); see tls: starttls or implicit"


def refusal(text: str, verdicts: list[Verdict]) -> NotDelivered:
    """The server has answered, so it has not taken it."""
    fates = {verdict.fate for verdict in verdicts}
    answered = all((verdict.code or 0) >= 400 for verdict in verdicts)
    final, this = fates == {Fate.DEAD}, Fate.DOWN not in fates
    return NotDelivered(text, final=final, only_this=this, unseen=answered)


def lacking(error: Exception) -> str:
    if "STARTTLS" in str(error):
        return "does not offer STARTTLS; write tls: none to send in the clear"
    if "AUTH" in str(error):
        return "takes no login; leave user: out"
    return str(error)


def pipe(program: str, sender: str, to: list[str], message: bytes, hear: Hear) -> None:
    """-i: a line with one dot is no end."""
    command = [program, "-i", "-f", sender, "--", *to]
    hear(f"running {' '.join(command)}")
    try:
        code, output = _piped(command, message)
    except subprocess.TimeoutExpired:
        raise NotDelivered(f"{program} has not ended in {SENDMAIL_PATIENCE:.0f} s") from None
    except OSError as error:
        raise NotDelivered(f"{program}: {error.strerror}", unseen=True) from error
    said = " ".join(output.decode(errors="replace").split())[:300]
    hear(f"{program} ended with exit code {code}{': ' * bool(said)}{said}")
    if code:
        why = f"{program}: exit code {code}{': ' * bool(said)}{said}"
        raise NotDelivered(why, final=code in HOPELESS)


def _piped(command: list[str], message: bytes) -> tuple[int, bytes]:
    """Its exit code, and what it has printed. Raises TimeoutExpired; it is killed then."""
    pipe = subprocess.PIPE
    with MarkedPopen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env=own_environment()
    ) as child:
        try:
            output, _ = child.communicate(message, timeout=SENDMAIL_PATIENCE)
        finally:
            if child.returncode is None:
                child.kill()
        return child.returncode, output
