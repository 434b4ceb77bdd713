"""What an answer means: for the mail, or for the way to the server."""

import smtplib
import socket
import ssl

import pytest

from overseer.mail.answers import classify
from overseer.outbox.parcel import Fate


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"a@b.c": (code, b"no")})


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("refused"),
        TimeoutError("timed out"),
        socket.gaierror(-2, "unknown"),
        ssl.SSLError("bad certificate"),
        ssl.SSLCertVerificationError("self-signed certificate"),
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."),
        smtplib.SMTPConnectError(554, b"no service for you"),
        smtplib.SMTPHeloError(550, b"who?"),
        smtplib.SMTPResponseException(501, b"no STARTTLS today"),
        smtplib.SMTPAuthenticationError(535, b"no"),
        smtplib.SMTPSenderRefused(530, b"log in", "a@b.c"),
        smtplib.SMTPDataError(421, b"later"),
        refused(454),
    ],
    ids=repr,
)
def test_the_servers_own_trouble_is_no_fault_of_the_mail(error: Exception) -> None:
    assert classify(error, "mx:25").fate is Fate.DOWN


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (refused(450), Fate.RETRY),
        (smtplib.SMTPDataError(451, b"later"), Fate.RETRY),
        (smtplib.SMTPDataError(452, b"full"), Fate.RETRY),
        (smtplib.SMTPSenderRefused(451, b"later", "a@b.c"), Fate.RETRY),
        (refused(550), Fate.DEAD),
        (smtplib.SMTPDataError(554, b"spam"), Fate.DEAD),
        (smtplib.SMTPSenderRefused(552, b"too large", "a@b.c"), Fate.DEAD),
        (UnicodeEncodeError("ascii", "ü", 0, 1, "not in range"), Fate.DEAD),
        (ValueError("command and arguments contain prohibited newline characters"), Fate.DEAD),
        (RuntimeError("a bug"), Fate.RETRY),
    ],
    ids=repr,
)
def test_an_answer_about_the_mail_is_its_own(error: Exception, fate: Fate) -> None:
    assert classify(error, "mx:25").fate is fate


def test_the_answer_is_kept_with_its_code_on_one_line() -> None:
    verdict = classify(smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no\nsuch")}), "mx:25")

    assert (verdict.code, verdict.text) == (550, "mx:25: 550 no such")
