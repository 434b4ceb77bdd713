"""E-mail contacts: what they ask of the watch file, and the mail they make."""

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from overseer.contacts import envelope
from overseer.contacts.base import NotDelivered, Notice
from overseer.contacts.book import Book
from overseer.contacts.email import Email, MailDefaults, Tls, read_url

pytestmark = pytest.mark.design("5")

OPS = Email(to=("ops@example.org",))
NOTICE = Notice(
    id="<1@db1>",
    subject="[db1] web: crashed",
    text="text\n",
    html="<p>html</p>\n",
    at=0.0,
    references=("<root@db1>", "<other@db1>"),
    headers={"X-Overseer-Watch": "web"},
)


def test_an_address_is_enough() -> None:
    assert OPS.sender().startswith("overseer@")
    assert OPS.server() == ("localhost", 25, Tls.NONE)


@pytest.mark.parametrize(
    ("contact", "way"),
    [
        (Email(to=("a@b",), server_host="relay"), ("relay", 25, Tls.STARTTLS)),
        (Email(to=("a@b",), server_host="relay", server_port=465), ("relay", 465, Tls.IMPLICIT)),
        (Email(to=("a@b",), server_host="relay", tls=Tls.IMPLICIT), ("relay", 465, Tls.IMPLICIT)),
        (Email(to=("a@b",), server_host="relay", tls=Tls.NONE), ("relay", 25, Tls.NONE)),
    ],
)
def test_what_is_left_out_is_safe(contact: Email, way: tuple[str, int, Tls]) -> None:
    assert contact.server() == way


def test_the_top_level_mail_fills_up_what_a_contact_leaves_out() -> None:
    mail = MailDefaults(
        smtp="smtp://me@relay:587", password_file="/etc/pw", from_="overseer@example.org"
    )

    found = OPS.with_defaults(mail)

    assert found.server() == ("relay", 587, Tls.STARTTLS)
    assert (found.user, found.password_file) == ("me", "/etc/pw")
    assert found.sender() == "overseer@example.org"


def test_a_contact_with_a_server_of_its_own_takes_only_the_sender() -> None:
    mail = MailDefaults(smtp="smtps://me@relay", password_file="/etc/pw", from_="o@example.org")
    own = Email(to=("a@b",), server_host="other")

    found = own.with_defaults(mail)

    assert (found.server_host, found.user, found.from_) == ("other", None, "o@example.org")


@pytest.mark.case(145)
def test_sendmail_is_used_where_it_is_asked_for_and_only_there() -> None:
    assert Email(to=("a@b",), sendmail="/opt/sendmail").program() == "/opt/sendmail"
    assert Email(to=("a@b",), server_host="relay").program() is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": ()}, "nobody is named"),
        ({"to": ("ops",)}, "'ops' is not an address; write ops@example.org"),
        ({"to": ("a@b\nBcc: c@d",)}, "is not an address"),
        ({"to": ("a@b",), "from_": "me"}, "'me' is not an address"),
        ({"to": ("a@b",), "server_port": 0}, "0 is not a port"),
        ({"to": ("a@b",), "sendmail": "/s", "server_host": "h"}, "exclude each other"),
        ({"to": ("a@b",), "password_file": "/s", "password_env": "P"}, "exclude each other"),
        ({"to": ("a@b",), "log_lines": -1}, "log_lines: -1"),
    ],
)
@pytest.mark.case(143)
def test_what_cannot_work_says_what_to_write(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Email(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://relay", (None, "relay", None, False)),
        ("smtp://me%40home@relay:587", ("me@home", "relay", 587, False)),
        ("smtps://relay:465", (None, "relay", 465, True)),
    ],
)
def test_urls_are_those_of_the_mail_half(url: str, found: tuple[object, ...]) -> None:
    assert read_url(url) == found


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="write `password_file`") as caught:
        MailDefaults(smtp="smtp://me:hunter2@relay:nonsense")

    assert "hunter2" not in str(caught.value)


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


ENCODED = (
    "FATAL =?utf-8?q?x=0D=0ABcc:_victim@example.org=0D=0AX-Injected:_yes=0D=0A=0D=0Abody?= end"
)


@pytest.mark.field("S9")
@pytest.mark.parametrize(
    "text",
    [ENCODED, "a\r\nBcc: x@y.z", "\ud800\0\x1b[31m", "é" * 5000, "w" * 5000, "=?utf-8?b?" * 99, ""],
)
def test_no_text_of_others_becomes_a_header_or_ends_them(text: str) -> None:
    headers = {"X-Overseer-Watch": text, "X-Overseer-Event": text}
    contact = replace(OPS, from_=f'"{ENCODED}" <overseer@example.org>')
    notice = replace(
        NOTICE, subject=text, text=text, html=text, headers=headers, references=("<a@b>",)
    )

    for line_end in (b"\r\n", b"\n"):  # to a server, and to the host's sendmail
        raw = envelope.written(contact, notice).replace(b"\r\n", line_end)
        head, _, _ = raw.partition(line_end * 2)
        names = {line.partition(b":")[0] for line in head.split(line_end) if line[:1] not in b" \t"}
        usual = {b"Subject", b"From", b"To", b"Date", b"Message-ID", b"In-Reply-To", b"References"}
        usual |= {b"Auto-Submitted", b"X-Auto-Response-Suppress", b"X-Overseer-Watch"}
        usual |= {b"X-Overseer-Event", b"MIME-Version", b"Content-Type"}
        assert names <= usual
        assert names >= usual - {b"Subject", b"X-Overseer-Watch", b"X-Overseer-Event"}
        assert raw.isascii()


@pytest.mark.field("S9")
def test_encoded_words_of_others_are_shown_as_they_were_written() -> None:
    raw = envelope.written(OPS, replace(NOTICE, subject=ENCODED))
    parsed = message_from_bytes(raw)

    assert str(make_header(decode_header(parsed["Subject"]))) == ENCODED


def test_a_mail_is_marked_as_nobodys_own_words() -> None:
    mail = read(envelope.written(OPS, NOTICE))

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<1@db1>"
    assert mail["References"] == "<root@db1> <other@db1>"
    assert mail["In-Reply-To"] == "<root@db1>"
    assert mail["X-Overseer-Watch"] == "web"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_goes_through_a_server_of_seven_bits() -> None:
    raw = envelope.written(
        replace(OPS, from_="Wächter <overseer@example.org>"),
        replace(NOTICE, text="größe\n", html="<p>größe</p>\n" + "x" * 2000),
    )

    mail = read(raw.replace(b"\r\n", b"\n"))
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 78
    assert mail["From"] == "Wächter <overseer@example.org>"
    assert mail.get_body(("plain",)).get_content() == "größe\n"  # type: ignore[union-attr]


def test_a_password_file_that_is_missing_is_named() -> None:
    contact = Email(to=("a@b",), user="me", password_file="/nowhere/pw")

    with pytest.raises(NotDelivered, match="password_file /nowhere/pw"):
        envelope.password(contact)


@pytest.mark.case(142)
@pytest.mark.case(144)
def test_a_group_stands_for_its_contacts_each_once() -> None:
    book = Book({"tom": OPS, "chris": OPS}, {"devs": ("tom", "chris")})

    assert book.resolve(("devs", "tom", "nobody")) == ("tom", "chris")


def test_other_servers_have_the_port_and_the_protection_of_the_first() -> None:
    contact = replace(
        OPS, server_host="relay", server_port=587, fallback=("relay2", "relay3:465", "[::1]:25")
    )

    assert contact.servers() == (
        ("relay", 587, Tls.STARTTLS),
        ("relay2", 587, Tls.STARTTLS),
        ("relay3", 465, Tls.IMPLICIT),
        ("::1", 25, Tls.NONE),
    )


@pytest.mark.parametrize("text", ["", "user@relay", "relay:port", "relay/path", "two relays"])
def test_a_server_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no server; write relay\.example\.org:587"):
        replace(OPS, fallback=(text,))


def test_mail_gives_every_contact_its_other_servers() -> None:
    mail = MailDefaults(smtp="smtp://relay:587", fallback=("relay2",))

    assert [place.host for place in OPS.with_defaults(mail).servers()] == ["relay", "relay2"]


@pytest.mark.field("S1")
def test_sendmail_sees_little_of_the_daemons_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hush")
    program = tmp_path / "sendmail"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/env\ncat > {tmp_path}/mail\n")
    program.chmod(0o755)

    envelope.pipe(str(program), "a@b", ["c@d"], b"hello", lambda _: None)

    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {"PATH", "LANG", "TZ", "PWD", "SHLVL", "_"}
    assert (tmp_path / "mail").read_text() == "hello"
