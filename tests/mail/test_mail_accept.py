"""What is handed over is queued whole, in seven bits, and tells nobody of blind copies."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseer.errors import UsageError
from overseer.mail.accept import MOST_HOPS, accept
from overseer.mail.draft import read_draft
from overseer.mail.envelope import Envelope

WHOLE = b"From: app@x.org\nTo: ann@x.org\nDate: today\nMessage-ID: <1@x.org>\nSubject: s\n\n"


def accepted(raw: bytes, name: str = "Ann") -> Envelope:
    return accept(
        read_draft(raw),
        sender="app@x.org",
        rcpts=["ann@x.org"],
        author=Address(name, "ann", "web1"),
        received="by here (overseer, uid 1000); today",
    )


def read(raw: bytes) -> EmailMessage:
    """As a mail program does, once it is sure that any server takes it."""
    body = accepted(raw).body
    assert body.isascii()
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert b"\n" not in body.replace(b"\r\n", b"")
    return message_from_bytes(body.replace(b"\r\n", b"\n"), policy=policy.default)


def test_what_is_whole_and_plain_is_queued_byte_for_byte() -> None:
    raw = (WHOLE + b"a text\n\n with  spaces \n.\n").replace(b"\n", b"\r\n")

    envelope = accepted(raw)

    assert envelope.body == b"Received: by here (overseer, uid 1000); today\r\n" + raw
    assert envelope.message_id == "<1@x.org>"


def test_what_is_missing_is_made_once() -> None:
    envelope = accepted(b"hello\n")

    mail = message_from_bytes(envelope.body, policy=policy.default)
    assert mail["From"] == "Ann <ann@web1>"
    assert mail["Date"]
    assert mail["Message-ID"] == envelope.message_id
    assert envelope.message_id.endswith("@web1>")


def test_a_header_that_says_nothing_is_made_too() -> None:
    mail = read(b"Message-ID:\nDate: \nFrom:\n\nhello\n")

    assert [len(mail.get_all(name, [])) for name in ("From", "Date", "Message-ID")] == [1, 1, 1]
    assert mail["From"] == "Ann <ann@web1>"


BCC = st.sampled_from([b"Bcc", b"BCC", b"bcc ", b"Resent-Bcc", b"Return-Path"])
FOLD = st.sampled_from([b"", b"\n ", b"\r\n\t", b"\n \n "])
OTHER = st.sampled_from(
    [b"Subject: s\n", b"X-A: b\r\n", b"X-F: a\n b\n", b"To: a@x.org\n", b"Cc: sch\xc3\xb6n\n"]
)


@given(heads=st.lists(OTHER, max_size=4), tails=st.lists(OTHER, max_size=4), name=BCC, fold=FOLD)
def test_blind_copies_never_leak(
    heads: list[bytes], tails: list[bytes], name: bytes, fold: bytes
) -> None:
    raw = b"".join([*heads, name, b":", fold, b" hid@x.org,", fold, b"den@x.org\n", *tails])

    body = accepted(raw + b"\ntext\n").body

    assert b"hid@" not in body
    assert b"den@" not in body
    assert len(body.split(b"\r\n\r\n")) == 2


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        (b"From: root (Cron Daemon)", "From: Cron Daemon <root@web1>"),
        (b"To: root, Bob <bob>", "To: root@web1, Bob <bob@web1>"),
        (b"Reply-To: root", "Reply-To: root@web1"),
        ("Cc: Jörg <j@müller.de>".encode(), "Cc: =?utf-8?q?J=C3=B6rg?= <j@xn--mller-kva.de>"),
        (b"To: undisclosed-recipients:;", "To: undisclosed-recipients:;"),
        (b"To: broken@x@y", "To: broken@x@y"),
        (b"To: Ann  <ann@x.org>", "To: Ann  <ann@x.org>"),
    ],
)
def test_addresses_in_the_head_are_such_as_other_hosts_can_read(header: bytes, sent: str) -> None:
    assert f"\r\n{sent}\r\n".encode() in accepted(header + b"\n\ntext\n").body


def test_headers_of_eight_bits_become_encoded_words() -> None:
    mail = read("Subject: Grüße aus der Straße\nX-Long: ".encode() + b"x " * 800 + b"\n\ntext")

    assert mail["Subject"] == "Grüße aus der Straße"
    assert mail["X-Long"].split() == ["x"] * 800


def test_an_id_stays_one_and_the_same_in_those_that_answer_it() -> None:
    first = accepted("Message-ID: <1.jörg@müller.de>\n\ntext".encode())
    answer = read(
        "In-Reply-To: <1.jörg@müller.de>\nReferences: <0@x.org>\n <1.jörg@müller.de>\n\nt".encode()
    )

    assert first.message_id == "<1.j%C3%B6rg@m%C3%BCller.de>"
    assert f"\r\nMessage-ID: {first.message_id}\r\n".encode() in first.body
    assert answer["In-Reply-To"] == first.message_id
    assert answer["References"].split() == ["<0@x.org>", first.message_id]


@pytest.mark.parametrize("name", ["From", "Reply-To", "Cc"])
def test_an_author_whom_few_servers_take_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="'jörg' is not ASCII; only the domain may be"):
        accepted(f"{name}: Ann <ann@x.org>, Jörg <jörg@x.org>\n\ntext".encode())


EVIL = "=?utf-8?q?a=0D=0ABcc:_eve@y.org=0D=0A=0D=0Atext?="
TWICE = "=?utf-8?q?" + "".join(f"={ord(letter):02X}" for letter in EVIL) + "?="


@pytest.mark.parametrize("evil", [EVIL, TWICE], ids=["once", "twice"])
@pytest.mark.parametrize(
    "head",
    [
        "Subject: ü {}",
        "Subject: {}",
        "X-A: ü {}",
        "To: {} <a@müller.de>",
        "Cc: ü {}",
        "Reply-To: {} <ann>",
        "From: {} <a@x.org>, Ü <b@x.org>",
        "List-Id: ü {} <x.y>",
        'Content-Type: text/plain; name="ü {}"',
        'Content-Disposition: attachment; filename="ü {}"',
        "MIME-Version: 1.0 (ü {})",
        "Message-ID: <ü{}@x.org>",
    ],
)
def test_an_encoded_word_brings_no_header_with_it(head: str, evil: str) -> None:
    try:
        body = accepted(head.replace("{}", evil).encode() + b"\n\ntext\n").body
    except UsageError:
        return
    assert b"\r\nBcc:" not in body
    assert body.split(b"\r\n\r\n")[1:] == [b"text\r\n"]


def test_a_word_that_no_line_can_hold_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Message-ID: .* a word of more than 998 letters"):
        accepted(b"Message-ID: <" + b"x" * 2000 + b"@x.org>\n\ntext")


@pytest.mark.parametrize(
    ("head", "body", "read_as"),
    [
        (b"", "schön\n".encode(), "schön\n"),
        (b"Content-Type: text/plain\n", "schön\n".encode(), "schön\n"),
        (b"Content-Type: text/plain; charset=latin-1\n", "schön\n".encode("latin-1"), "schön\n"),
        (b"", b"x" * 998 + b"\n" + b"y" * 999, "x" * 998 + "\n" + "y" * 999 + "\n"),
        (b"Content-Transfer-Encoding: 8bit\n", b"x" * 3000 + b"\n", "x" * 3000 + "\n"),
        (b"Content-Transfer-Encoding: base64\n", b"eHgK" * 500 + b"\n", "xx\n" * 500),
        (b"Content-Transfer-Encoding: quoted-printable\n", b"=41" * 500 + b"\n", "A" * 500 + "\n"),
    ],
)
def test_a_text_of_eight_bits_or_long_lines_arrives_as_it_was(
    head: bytes, body: bytes, read_as: str
) -> None:
    assert read(head + b"\n" + body).get_content() == read_as


def test_a_text_in_nobody_knows_what_is_sent_as_that() -> None:
    mail = read(b"\n\xff\xfe\n")

    assert mail.get_content_charset() == "unknown-8bit"
    assert mail.get_payload(decode=True) == b"\xff\xfe\n"


def test_parts_are_made_fit_each_for_itself() -> None:
    picture = bytes(range(256)) * 4
    raw = (
        b"Content-Type: multipart/mixed; boundary=XX\nContent-Transfer-Encoding: binary\n\n"
        b"--XX\n\n" + "schön\n".encode() + b"\n"
        b"--XX\nContent-Type: text/html\nX-A: stays\n\n<p>plain\n\n"
        b"--XX\nContent-Type: image/png\nContent-Disposition: attachment;\n filename="
        + '"Bild ü.png"'.encode()
        + b"\nContent-Transfer-Encoding: binary\n\n"
        + picture
        + b"\n--XX--\n"
    )

    text, html, image = read(raw).iter_parts()

    assert text.get_content() == "schön\n"
    assert (html["X-A"], html.get_content()) == ("stays", "<p>plain\n")
    assert (image.get_filename(), image.get_content()) == ("Bild ü.png", picture)


def test_what_stands_between_parts_must_be_ascii() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=XX\n\n\xff\n--XX\n\ntext\n--XX--\n"

    with pytest.raises(UsageError, match="cannot be written in ASCII"):
        accepted(raw)


def test_a_mail_that_goes_round_in_circles_is_stopped() -> None:
    hop = b"Received: by here; today\n"

    assert accepted(hop * MOST_HOPS + WHOLE + b"text").body
    with pytest.raises(UsageError, match="it goes round in circles"):
        accepted(hop * (MOST_HOPS + 1) + WHOLE + b"text")


@given(st.binary(max_size=200))
def test_whatever_is_handed_over_is_fit_or_refused(raw: bytes) -> None:
    try:
        envelope = accepted(raw)
    except UsageError:
        return
    assert envelope.body.isascii()
    assert b"\r" not in envelope.body.replace(b"\r\n", b"")
