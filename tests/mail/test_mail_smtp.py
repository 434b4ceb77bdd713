"""What a server's answer means for a mail."""

import smtplib
import socket
import ssl

import pytest

from overseer.errors import UsageError
from overseer.mail.smtp import classify, read_server
from overseer.outbox.parcel import Fate


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"a@b.c": (code, b"no")})


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (ConnectionRefusedError("refused"), Fate.DOWN),
        (TimeoutError("timed out"), Fate.DOWN),
        (socket.gaierror(-2, "unknown"), Fate.DOWN),
        (ssl.SSLError("bad certificate"), Fate.DOWN),
        (smtplib.SMTPServerDisconnected("gone"), Fate.DOWN),
        (smtplib.SMTPAuthenticationError(535, b"no"), Fate.DOWN),
        (smtplib.SMTPSenderRefused(530, b"log in", "a@b.c"), Fate.DOWN),
        (smtplib.SMTPDataError(421, b"later"), Fate.DOWN),
        (refused(450), Fate.RETRY),
        (smtplib.SMTPDataError(451, b"later"), Fate.RETRY),
        (smtplib.SMTPDataError(452, b"full"), Fate.RETRY),
        (refused(550), Fate.DEAD),
        (smtplib.SMTPDataError(554, b"spam"), Fate.DEAD),
    ],
)
def test_an_answer_is_about_the_server_or_about_the_mail(error: Exception, fate: Fate) -> None:
    assert classify(error, "mx:25").fate is fate


def test_the_answer_is_kept_with_its_code() -> None:
    verdict = classify(refused(550), "mx:25")

    assert (verdict.code, verdict.text) == (550, "mx:25: 550 no")


@pytest.mark.parametrize(
    ("url", "tls", "server"),
    [
        ("smtp://mx", "none", ("mx", 25, None)),
        ("smtp://me@mx", "starttls", ("mx", 587, "me")),
        ("smtp://mx:2525", "implicit", ("mx", 2525, None)),
    ],
)
def test_an_address_names_a_server(url: str, tls: str, server: tuple[str, int, str | None]) -> None:
    assert read_server(url, tls) == server


@pytest.mark.parametrize("url", ["mx", "http://mx", "smtp://", "smtp://mx:port", "smtp://u:p@mx"])
def test_what_names_no_server_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(UsageError, match=r"write|password"):
        read_server(url, "none")
