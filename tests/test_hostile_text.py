"""64 kB of text that somebody else has chosen, to all that reads such text: soon over."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from overseer.alerts.error_line import error_line
from overseer.alerts.evidence import excerpt, shown
from overseer.cli import lines, log_time
from overseer.cli.tables import cut
from overseer.conditions.command import told
from overseer.conditions.log_match import shorten
from overseer.config.foreign import recognise
from overseer.contacts import sensu, statsd
from overseer.control.fields import Fields
from overseer.control.note import NUMBER
from overseer.env_file import BadEnvFile, parse_env_file
from overseer.errors import OverseerError
from overseer.mail import answers, masking
from overseer.mail.accept import accept
from overseer.mail.addresses import Address, read_addresses
from overseer.mail.draft import read_draft
from overseer.mail.headers import write_text
from overseer.mail.intake import BARE, STRANGE
from overseer.mail.server import HELO
from overseer.model.log_file import LogPiece
from overseer.network import talk
from overseer.network.certificate import PEM
from overseer.system.secrets import values
from overseer.terminal import on_one_line, printable, visible
from overseer.units import seconds

SIZE = 2**16
NOMINAL = 0.004
"""Seconds that `a_tenth` takes on an ordinary machine with nothing else to do."""
MOST = 0.05
MOST_OF_MAIL = 1.0
"""Headers are read by the library of Python, in a process that does nothing else."""
PIECES = (
    "token-", "a-", " ", "password", "://a:", "1", "(", "\x1b", "\x1b[0;", "\u0301", "=?utf-8?q?",
    "=?utf-8?q?a?= ", "<a:", "?token", ",", "a@", '"', "\\", "<", "; ", "1.", "\n", "\r", "\n ",
    "bearer ", "authorization:", "panicked at a:1:1:", "God.", ":", "error ", "A= ", "/", "[",
    "-----BEGIN CERTIFICATE-----", "cookie: ", "1s", "\ud800", "\u202e", "x=", "#", "{{ ",
)  # fmt: skip
ENTRY = {"at": "2026-11-29T12:00:00", "watch": "web", "kind": "up"}


def entry(text: str) -> dict[str, str]:
    return {**ENTRY, "message": text, "error_line": text}


def accepted(text: str) -> None:
    accept(read_draft(text.encode("utf-8", "replace")), sender="", rcpts=["a@b.org"], author=ME)


ME = Address("me", "me", "example.org")
READERS: dict[str, Callable[[str], object]] = {
    "the end of a log": lambda text: excerpt([LogPiece("x", text.encode("utf-8", "replace"))]),
    "a line of a log": lambda text: shown(text, ("s3cret",)),
    "the line of an error": lambda text: error_line([shown(text, ())] * 20),
    "secrets of a program": lambda text: list(values({"URL": text, "KEY": text}, None)),
    "history, folded": lambda text: list(lines.fold([entry(text)] * 3)),
    "history": lambda text: lines.line(entry(text)),
    "a table": lambda text: cut(printable(text), 80),
    "the time of a line": lambda text: log_time.own_time(text, log_time.Span()),
    "the terminal": visible,
    "the terminal with colours": lambda text: visible(text, colours=True),
    "our log": on_one_line,
    "a name of a request": lambda text: Fields({"name": text}).text("name"),
    "a note": lambda text: NUMBER.sub("", text),
    "output of a command": lambda text: told("exit 1", text),
    "a line that matched": shorten,
    "an answer on a socket": lambda text: talk.shown(text.encode("utf-8", "replace")),
    "certificates": PEM.findall,
    "an env_file": parse_env_file,
    "a value of an env_file": lambda text: parse_env_file(f"A= b{text}c\n"),
    "a quoted value": lambda text: parse_env_file(f'A="{text}'),
    "a file of another tool": lambda text: recognise(text, "x", ("watches",)),
    "a duration": seconds,
    "a name for statsd": lambda text: statsd.NOT_A_NODE.sub("_", text),
    "a name for Sensu": lambda text: sensu.NOT_IN_A_NAME.sub("_", text),
    "words of a mail server": lambda text: answers.words(text.encode("utf-8", "replace")),
    "addresses with passwords": masking.masked,
    "links of a mail": masking.without_keys,
    "the name in EHLO": lambda text: (HELO.fullmatch(text), STRANGE.sub("?", text)),
    "dots of a body": lambda text: BARE.sub(b"", text.encode("utf-8", "replace")),
    "addresses": lambda text: read_addresses("to", text, names=True),
}
OF_MAIL: dict[str, Callable[[str], object]] = {
    "a header": lambda text: write_text("Subject", text),
    "a message": accepted,
    "a body": lambda text: accepted(f"X: y\n\n\xe9{text}"),
    **{
        f"{name} in a message": lambda text, name=name: accepted(f"{name}: {text}\n\nhi")
        for name in ("Subject", "From", "To", "List-Unsubscribe", "References", "Content-Type")
    },
}


@pytest.fixture(scope="module")
def slowness() -> float:
    """How many times slower than an ordinary one this machine is."""
    return max(1.0, min(spent(a_tenth, "") for _ in range(3)) / NOMINAL)


def a_tenth(_: str) -> int:
    return sum(number * number for number in range(100_000))


@pytest.mark.field("S3")
@pytest.mark.parametrize("reader", READERS)
def test_text_of_others_holds_nothing_up(reader: str, slowness: float) -> None:
    assert too_slow(READERS[reader], MOST * slowness) == []


@pytest.mark.field("S3")
@pytest.mark.parametrize("reader", OF_MAIL)
def test_mail_of_others_is_soon_read(reader: str, slowness: float) -> None:
    assert too_slow(OF_MAIL[reader], MOST_OF_MAIL * slowness) == []


def too_slow(read: Callable[[str], object], most: float) -> list[str]:
    return [
        piece
        for piece in PIECES
        if all(spent(read, piece * (SIZE // len(piece))) > most for _ in range(3))
    ]


def spent(read: Callable[[str], object], text: str) -> float:
    """Seconds of the processor, whatever else the machine does."""
    began = time.process_time()
    with suppress(OverseerError, BadEnvFile, ValueError):  # refused in words
        read(text)
    return time.process_time() - began
