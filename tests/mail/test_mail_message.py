"""A mail is finished, and found wanting, when it is queued."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseer.errors import UsageError
from overseer.mail.headers import is_fit
from overseer.mail.message import Mail, compose


def mail(
    to: list[str] | None = None,
    subject: str = "hello",
    text: str = "a line\n",
    sender: str = "",
    bcc: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Mail:
    return Mail(
        to=["a@b.c"] if to is None else to,
        subject=subject,
        text=text,
        sender=sender,
        bcc=bcc or [],
        headers=headers or {},
    )


def test_what_is_stored_is_seven_bit_and_whole() -> None:
    envelope = compose(
        Mail(to=["Änn <ann@example.com>"], subject="Grüße", text="schön\n", html="<p>schön</p>")
    )

    read = message_from_bytes(envelope.body, policy=policy.default)
    assert envelope.body.isascii()
    assert (read["Subject"], read["To"]) == ("Grüße", "Änn <ann@example.com>")
    assert read["Message-ID"] == envelope.message_id
    assert [part.get_content_type() for part in read.walk()][1:] == ["text/plain", "text/html"]


def test_no_line_is_longer_than_servers_take() -> None:
    envelope = compose(mail(subject="ü" * 500, text="x" * 5000))

    assert max(map(len, envelope.body.split(b"\r\n"))) <= 998


def test_blind_copies_are_in_the_envelope_alone() -> None:
    envelope = compose(mail(bcc=["secret@b.c"]))

    assert envelope.rcpts == ("a@b.c", "secret@b.c")
    assert b"secret" not in envelope.body


def test_nobody_gets_a_mail_twice() -> None:
    assert compose(mail(to="a@b.c, d@e.f", bcc=["a@b.c"])).rcpts == ("a@b.c", "d@e.f")


@pytest.mark.parametrize(
    "address",
    [
        "a b c",
        "nobody",
        " ",
        "a@",
        "@b",
        "a@b.c\nBcc: x@y.z",
        "a@b.c\n",
        "ü@b.c",
        "a\0@b.c",
        "a@b@c.d",
    ],
)
@pytest.mark.parametrize("key", ["to", "bcc", "from"])
def test_an_address_that_is_none_is_refused(address: str, key: str) -> None:
    with pytest.raises(UsageError, match=f"^{key}:"):
        compose(
            mail(
                to=[address] if key == "to" else None,
                bcc=[address] if key == "bcc" else None,
                sender=address if key == "from" else "",
            )
        )


def test_a_mail_to_nobody_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody is named"):
        compose(mail(to=[]))


@pytest.mark.parametrize(
    "text", ["hi\nBcc: x@y.z", "hi\r\n", "hi\n", "hi\r", "hi\0", "hi\u2028", "hi\udc80"], ids=repr
)
def test_a_header_cannot_bring_another_one_nor_end_them_all(text: str) -> None:
    with pytest.raises(UsageError, match=r"^subject: .* which no header may hold"):
        compose(mail(subject=text))
    with pytest.raises(UsageError, match=r"^headers: X-A: .* which no header may hold"):
        compose(mail(headers={"X-A": text}))


@pytest.mark.parametrize("name", ["X: y\r\nBcc", "X Y", "", "Ü", "X\n"])
def test_the_name_of_a_header_cannot_either(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a header"):
        compose(mail(headers={name: "v"}))


@pytest.mark.parametrize("name", ["Bcc", "resent-bcc", "SUBJECT", "Message-ID", "Content-Type"])
def test_a_header_that_is_made_of_the_mails_fields_is_not_given_twice(name: str) -> None:
    with pytest.raises(UsageError, match="made from the mail's own fields"):
        compose(mail(headers={name: "v"}))


def test_other_headers_are_added() -> None:
    body = compose(mail(headers={"List-Unsubscribe": "<https://x.org/u>"})).body

    assert b"\r\nList-Unsubscribe: <https://x.org/u>\r\n" in body


def test_a_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="the text cannot be written"):
        compose(mail(text="broken \udc80\n"))


def read(body: bytes) -> EmailMessage:
    """As a mail program does, once it is sure that any server takes it."""
    assert is_fit(body)
    assert body.count(b"\n") == body.count(b"\r\n")
    return message_from_bytes(body.replace(b"\r\n", b"\n"), EmailMessage, policy=policy.default)


EVIL = "=?utf-8?q?a=0D=0ABcc:_eve@y.org=0D=0A=0D=0Atext?="
TWICE = "=?utf-8?q?" + "".join(f"={ord(letter):02X}" for letter in EVIL) + "?="


@pytest.mark.parametrize("evil", [EVIL, TWICE, f"ü {EVIL}"], ids=["once", "twice", "mixed"])
def test_an_encoded_word_is_text_and_brings_no_header_with_it(evil: str) -> None:
    found = read(compose(mail(subject=evil, headers={"X-A": evil})).body)

    assert (found["Subject"], found["X-A"]) == (evil, evil)
    assert "Bcc" not in found
    for name in ("to", "sender"):
        with pytest.raises(UsageError, match=f"^{'from' if name == 'sender' else 'to'}: "):
            compose(mail(**{name: f"{evil} <a@x.org>"}))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"^headers: Reply-To: "):
        compose(mail(headers={"Reply-To": f"{evil} <a@x.org>"}))


def in_lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


HEADERS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\t"),
    max_size=300,
)


@given(subject=HEADERS, other=HEADERS, name=HEADERS, text=st.text(), html=st.none() | st.text())
def test_what_is_written_is_what_is_read(
    subject: str, other: str, name: str, text: str, html: str | None
) -> None:
    quoted = name.replace("\\", "").replace('"', "").strip()
    written = Mail(
        to=f'"{quoted}" <ann@müller.de>',
        bcc="hid@y.org",
        subject=subject,
        text=text,
        html=html,
        headers={"X-A": other},
        sender="app@x.org",
    )
    if "\0" in text + (html or "") or "=?" in quoted:
        with pytest.raises(UsageError):
            compose(written)
        return
    body = compose(written).body
    found = read(body)

    assert set(found.keys()) - {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"} == {
        *("From", "To", "Subject", "Date", "Message-ID", "X-A")
    }
    assert found["To"].addresses[0].addr_spec == "ann@xn--mller-kva.de"
    assert (found["Subject"], found["X-A"]) == (subject.strip(" "), other.strip(" "))
    for kind, was in (("plain", text), ("html", html)):
        part = found.get_body((kind,))
        assert (part is None) is (was is None)
        if part and was is not None:
            assert in_lines(part.get_content()) == in_lines(was)
    assert b"hid@" not in body


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Reply-To", "Jörg <j@müller.de>", b"Reply-To: =?utf-8?q?J=C3=B6rg?= <j@xn--mller-kva.de>"),
        ("In-Reply-To", "<1@müller.de>", b"In-Reply-To: <1@m%C3%BCller.de>"),
        ("References", "<" + "a" * 90 + "@x.org>", b" <" + b"a" * 90 + b"@x.org>"),
        ("List-Unsubscribe", "<https://x.org/" + "a" * 90 + ">", b" <https://x.org/" + b"a" * 90),
    ],
)
def test_headers_that_programs_read_stay_as_they_read_them(
    name: str, value: str, sent: bytes
) -> None:
    assert b"\r\n" + sent in compose(mail(headers={name: value})).body.replace(b": \r\n", b":\r\n")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (mail(text="a\0b"), r"text: has '\\x00', which no mail may hold"),
        (mail(text=None), "both are missing"),  # type: ignore[arg-type]
        (mail(subject=5), "subject: 5 is not text"),  # type: ignore[arg-type]
        (mail(headers={"X-Priority": 1}), "headers: X-Priority: 1 is not text"),  # type: ignore[dict-item]
        (mail(headers={"Reply-To": "jörg@x.org"}), "'jörg' is not ASCII; only the domain may be"),
        (mail(headers={"Reply-To": "ann"}), "'ann' is not an address; write ann@example.com"),
        (mail(to=["a" * 250 + "@x.org"]), "is not an address"),
        (mail(to=["n" * 2200 + " <a@x.org>"]), "to: .* is too long for an address"),
        (mail(headers={"Return-Path": "<a@x.org>"}), "made from the mail's own fields"),
    ],
)
def test_what_no_mail_can_hold_is_named(wrong: Mail, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        compose(wrong)


def test_one_address_needs_no_list() -> None:
    assert compose(Mail(to="a@x.org", cc="b@x.org", subject="s", text="t")).rcpts == (
        *("a@x.org", "b@x.org"),
    )
