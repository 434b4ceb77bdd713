"""What is said before TLS: the first words of the protocols that begin without it."""

from enum import StrEnum
from typing import BinaryIO

from overseer.network.line import Line

LINES = 100
"""Lines that a server may say at once."""


class NoTls(OSError):
    """The server does not go on to TLS."""


class StartTls(StrEnum):
    """RFC 3207 (SMTP), RFC 2595 (IMAP and POP3), RFC 4217 (FTP)."""

    SMTP = "smtp"
    IMAP = "imap"
    POP3 = "pop3"
    FTP = "ftp"


TALKS = {  # what is said, after the greeting too, and how the answer to it begins
    StartTls.SMTP: ((b"", b"220"), (b"EHLO overseer", b"250"), (b"STARTTLS", b"220")),
    StartTls.IMAP: ((b"", b"* OK"), (b"a STARTTLS", b"a OK")),
    StartTls.POP3: ((b"", b"+OK"), (b"STLS", b"+OK")),
    StartTls.FTP: ((b"", b"220"), (b"AUTH TLS", b"234")),
}


def ask_for_tls(protocol: StartTls, line: Line, heard: BinaryIO) -> None:
    """As far as where TLS begins; NoTls where it will not have it."""
    for said, wanted in TALKS[protocol]:
        if said:
            line.sendall(said + b"\r\n")
        for _ in range(LINES):
            answer = heard.readline(1024)
            if is_last(protocol, said, answer):
                break
        if not answer.startswith(wanted):
            after = said.decode() or "the greeting"
            raise NoTls(f"the server does not go on to TLS after {after}")


def is_last(protocol: StartTls, said: bytes, answer: bytes) -> bool:
    """Of an answer: SMTP and FTP mark those that go on by a hyphen, IMAP says other things by a
    star before."""
    match protocol:
        case StartTls.IMAP:
            return not said or not answer.startswith(b"* ")
        case StartTls.FTP:  # lines between the first and the last may be anything
            return not answer or (answer[:3].isdigit() and answer[3:4] != b"-")
        case StartTls.SMTP:
            return answer[3:4] != b"-"
    return True
