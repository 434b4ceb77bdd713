"""A mail is finished, and found wanting, when it is queued."""

from email import message_from_bytes, policy

import pytest

from overseer.errors import UsageError
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
    assert compose(mail(to=["a@b.c, d@e.f"], bcc=["a@b.c"])).rcpts == ("a@b.c", "d@e.f")


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
